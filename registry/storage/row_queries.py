"""Whole rows of any table, as mappings."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, tuple_

from registry.storage.many import Row


def rows_with_keys(connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> list[Row]:
    """Those of the rows with these primary keys that there are."""
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return _rows(connection, table, columns[0].in_([key[0] for key in keys]))
    return _rows(connection, table, tuple_(*columns).in_(keys))


def rows_where(connection: Connection, table: Table, values: Row) -> list[Row]:
    """The rows whose columns have these values."""
    return _rows(connection, table, *(table.c[name] == value for name, value in values.items()))


def _rows(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> list[Row]:
    names = [column.name for column in table.columns]
    found = connection.execute(select(table).where(*conditions))
    return [dict(zip(names, row, strict=True)) for row in found]
