"""One number for all projections: equal rows, equal digest, whatever wrote them and in which order."""

from hashlib import sha256
from operator import itemgetter

import orjson
from sqlalchemy import Table
from sqlalchemy.orm import Session

from registry.mirror import queries
from registry.mirror.fold import PROJECTIONS
from registry.storage.base import table_of


def digest(session: Session) -> str:
    """SHA-256 (hex) over every row of every projection.

    A line of JSON each; tables by name, rows by primary key, columns by name."""
    found = sha256()
    for table in projection_tables():
        order = sorted(range(len(table.columns)), key=[each.name for each in table.columns].__getitem__)
        names = [list(table.columns)[place].name for place in order]
        found.update(orjson.dumps([table.name, names]) + b"\n")
        by_name = itemgetter(*order)
        for row in queries.rows(session, table):
            found.update(orjson.dumps(by_name(row)) + b"\n")
    return found.hexdigest()


def projection_tables() -> list[Table]:
    """The projections' tables by name."""
    return sorted(map(table_of, PROJECTIONS), key=lambda table: table.name)
