"""Many rows in few statements: one executed many times where that is cheap; on PostgreSQL COPY and arrays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Table,
    UpdateBase,
    and_,
    bindparam,
    delete,
    func,
    insert,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from registry.storage.storable import LOOKED_AT, require_storable

Row = Mapping[str, Any]
# Of each parameter of a statement its column, and what makes a value ready for the driver.
Parameters = Sequence[tuple[str, Callable[[Any], Any] | None]]

_ONE = "one_"


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """New rows, each with all of the table's columns."""
    if not rows:
        return
    prepared = _copying if _is_postgresql(connection) else _inserting
    _execute(connection, *prepared(table, connection.dialect), rows)


def update_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Rows in place of those with their primary keys, each with all of the table's columns."""
    if not rows:
        return
    if not _is_postgresql(connection):
        _execute(connection, *_replacing(table, connection.dialect), rows)
        return
    names, keys = [column.name for column in table.columns], _keys(table)
    given = _given(table, names)
    values = {name: given.c[name] for name in names if name not in keys}
    connection.execute(update(table).where(_same(table, given.c)).values(values), _arrays(rows, names))


def delete_many(connection: Connection, table: Table, keys: Iterable[Sequence[Any]]) -> None:
    """The rows with these primary keys go, as far as they are there."""
    names = _keys(table)
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    if not rows:
        return
    if _is_postgresql(connection):
        connection.execute(delete(table).where(_same(table, _given(table, names).c)), _arrays(rows, names))
        return
    _execute(connection, *_deleting(table, connection.dialect), rows)


def _execute(connection: Connection, sql: str, parameters: Parameters, rows: Sequence[Row]) -> None:
    """The statement once for each row. Parameters are made ready column by column here: SQLAlchemy does so row by row,
    which takes longer than the database."""
    columns = []
    for name, ready in parameters:
        column = list(map(itemgetter(name), rows))
        ready_column = column if ready is None else list(map(ready, column))
        require_storable(ready_column)
        columns.append(ready_column)
    connection.exec_driver_sql(sql, list(zip(*columns, strict=True)), execution_options=LOOKED_AT)


@lru_cache(maxsize=64)
def _copying(table: Table, dialect: Dialect) -> tuple[str, Parameters]:
    words = dialect.identifier_preparer
    columns = ", ".join(map(words.format_column, table.columns))
    ready = [(column.name, _ready(column.type, dialect)) for column in table.columns]
    return f"COPY {words.format_table(table)} ({columns}) FROM STDIN", ready


@lru_cache(maxsize=64)
def _inserting(table: Table, dialect: Dialect) -> tuple[str, Parameters]:
    return _prepared(insert(table).values(_parameters(column.name for column in table.columns)), dialect)


@lru_cache(maxsize=64)
def _replacing(table: Table, dialect: Dialect) -> tuple[str, Parameters]:
    keys = _keys(table)
    others = _parameters(column.name for column in table.columns if column.name not in keys)
    return _prepared(update(table).where(_same(table, _parameters(keys))).values(others), dialect)


@lru_cache(maxsize=64)
def _deleting(table: Table, dialect: Dialect) -> tuple[str, Parameters]:
    return _prepared(delete(table).where(_same(table, _parameters(_keys(table)))), dialect)


def _prepared(statement: UpdateBase, dialect: Dialect) -> tuple[str, Parameters]:
    compiled = statement.compile(dialect=dialect)
    names = compiled.positiontup or ()
    return str(compiled), [
        (name.removeprefix(_ONE), _ready(compiled.binds[name].type, dialect)) for name in names
    ]


def _ready(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _parameters(names: Iterable[str]) -> dict[str, Any]:
    # SQLAlchemy wants no parameter called as a column that is set.
    return {name: bindparam(_ONE + name) for name in names}


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _same(table: Table, given: Any) -> ColumnElement[bool]:
    return and_(*(table.c[name] == given[name] for name in _keys(table)))


def _given(table: Table, names: list[str]) -> FromClause:
    """The rows of arrays named as the columns are."""
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type, dimensions=1)) for name in names]
    return func.unnest(*arrays).table_valued(*names).render_derived(name="given")


def _arrays(rows: Sequence[Row], names: list[str]) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in names}
