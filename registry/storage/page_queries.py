"""Pages of a model's rows in the order of its key: what a viewer sees of them is found from its side, since by the key
alone everybody's would be looked through."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, literal, select
from sqlalchemy.orm import Session

from registry.storage.base import Base, table_of
from registry.storage.sight import Found, first_keys, found_for, last_keys, viewer_of

_LAST = 2**63 - 1  # no row has this place
Model = TypeVar("Model", bound=Base)


def newest_first(
    session: Session, kind: type[Model], of: Mapping[str, object], before: int | None, limit: int
) -> Select[Model]:
    """Rows that have these values, by ``position`` downwards from before one on. Where the values leave few, no page is
    needed: say so with an index on them, and ask without this."""
    of = {name: value for name, value in of.items() if value is not None}
    below, viewer = _LAST if before is None else before, viewer_of(session)
    place: Any = table_of(kind).c.position
    query = select(kind).order_by(place.desc()).limit(limit)
    if viewer is None:
        return query.filter_by(**of) if before is None else query.filter_by(**of).where(place < before)
    return query.where(
        place.in_(last_keys(found_for(kind, viewer), literal(below), limit, _among(kind, of, "position")))
    )


def by_id(
    session: Session, kind: type[Model], of: Mapping[str, object], after: str, limit: int
) -> Select[Model]:
    """Rows that have these values, by ``id`` behind one."""
    of = {name: value for name, value in of.items() if value is not None}
    viewer, key = viewer_of(session), table_of(kind).c.id
    query = select(kind).where(key > after).order_by(key).limit(limit)
    if viewer is None:
        return query.filter_by(**of)
    # From that one on, which is not shown once more.
    return query.where(
        key.in_(first_keys(found_for(kind, viewer), literal(after), limit + 1, _among(kind, of, "id")))
    )


def _among(kind: type[Base], of: Mapping[str, object], key: str) -> Found | None:
    if not of:
        return None
    table = table_of(kind).alias()
    conditions: list[ColumnElement[bool]] = [table.c[name] == value for name, value in of.items()]
    return Found(table.c[key], and_(*conditions))
