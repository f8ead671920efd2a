"""Many rows in few statements: by executing one many times where that is cheap, by arrays on PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
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


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """New rows, each with all of the table's columns."""
    if not rows:
        return
    if not _by_arrays(connection):
        _execute(connection, insert(table), rows)
        return
    names = [column.name for column in table.columns]
    statement = insert(table).from_select(names, _given(table, names).select())
    connection.execute(statement, _arrays(rows, names))


def update_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Rows in place of those with their primary keys, each with all of the table's columns."""
    if not rows:
        return
    names, keys = [column.name for column in table.columns], _keys(table)
    others = [name for name in names if name not in keys]
    if _by_arrays(connection):
        given = _given(table, names)
        values = {name: given.c[name] for name in others}
        connection.execute(update(table).where(_same(table, given.c)).values(values), _arrays(rows, names))
        return
    # SQLAlchemy wants no parameter called as a column that is set.
    statement = (
        update(table)
        .where(_same(table, {name: bindparam(f"one_{name}") for name in keys}))
        .values({name: bindparam(f"one_{name}") for name in others})
    )
    _execute(connection, statement, [{f"one_{name}": row[name] for name in names} for row in rows])


def delete_many(connection: Connection, table: Table, keys: Iterable[Sequence[Any]]) -> None:
    """The rows with these primary keys go, as far as they are there."""
    names = _keys(table)
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    if not rows:
        return
    if _by_arrays(connection):
        connection.execute(delete(table).where(_same(table, _given(table, names).c)), _arrays(rows, names))
        return
    _execute(connection, delete(table).where(_same(table, {name: bindparam(name) for name in names})), rows)


def _execute(connection: Connection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """The statement once for each row of parameters. They are made ready column by column here: SQLAlchemy does so row
    by row, which takes longer than the database."""
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    columns = []
    for name in compiled.positiontup or ():
        column = [row[name] for row in rows]
        ready = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        columns.append(column if ready is None else list(map(ready, column)))
    connection.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


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
