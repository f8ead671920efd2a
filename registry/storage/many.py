"""Many rows in few statements: by executing one many times where that is cheap, by arrays on PostgreSQL."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
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

Row = Mapping[str, Any]

_ONE = "one_"


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """New rows, each with all of the table's columns."""
    if not rows:
        return
    if not _by_arrays(connection):
        _execute(connection, table, _insertion, rows)
        return
    names = [column.name for column in table.columns]
    statement = insert(table).from_select(names, _given(table, names).select())
    connection.execute(statement, _arrays(rows, names))


def update_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Rows in place of those with their primary keys, each with all of the table's columns."""
    if not rows:
        return
    if not _by_arrays(connection):
        _execute(connection, table, _replacement, rows)
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
    if _by_arrays(connection):
        connection.execute(delete(table).where(_same(table, _given(table, names).c)), _arrays(rows, names))
        return
    _execute(connection, table, _deletion, rows)


def _execute(
    connection: Connection, table: Table, statement: Callable[[Table], UpdateBase], rows: Sequence[Row]
) -> None:
    """The statement once for each row. Parameters are made ready column by column here: SQLAlchemy does so row by row,
    which takes longer than the database."""
    sql, parameters = _prepared(statement, table, connection.dialect)
    columns = []
    for name, ready in parameters:
        column = [row[name] for row in rows]
        columns.append(column if ready is None else list(map(ready, column)))
    connection.exec_driver_sql(sql, list(zip(*columns, strict=True)))


@lru_cache(maxsize=128)
def _prepared(
    statement: Callable[[Table], UpdateBase], table: Table, dialect: Dialect
) -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]]]:
    """A statement in the database's words, and of each parameter its column and what makes it ready."""
    compiled = statement(table).compile(dialect=dialect)
    types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in compiled.positiontup or ()}
    return str(compiled), [
        (name.removeprefix(_ONE), kind.bind_processor(dialect)) for name, kind in types.items()
    ]


def _insertion(table: Table) -> UpdateBase:
    return insert(table).values(_parameters(column.name for column in table.columns))


def _replacement(table: Table) -> UpdateBase:
    keys = _keys(table)
    others = _parameters(column.name for column in table.columns if column.name not in keys)
    return update(table).where(_same(table, _parameters(keys))).values(others)


def _deletion(table: Table) -> UpdateBase:
    return delete(table).where(_same(table, _parameters(_keys(table))))


def _parameters(names: Iterable[str]) -> dict[str, Any]:
    # SQLAlchemy wants no parameter called as a column that is set.
    return {name: bindparam(_ONE + name) for name in names}


def _by_arrays(connection: Connection) -> bool:
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
