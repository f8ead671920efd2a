"""Single cells of a copy of a life's database changed at random: each is named, and put right."""

from random import Random

from sqlalchemy import LargeBinary, String, select, update

from registry.mirror.digest import projection_tables
from registry.mirror.model import ChainEvent
from registry.mirror.reconcile import reconcile
from registry.mirror.repair import repair


def look(lived, database):
    return reconcile(database, lived.node, lived.address)


def put_right(lived, database, drifts):
    return repair(database, lived.node, lived.address, drifts)


def key_of(table, row):
    return "/".join(str(row[column.name]) for column in table.primary_key.columns)


def where(table, row):
    return [column == row[column.name] for column in table.primary_key.columns]


def rows_of(database, table):
    wanted = select(table).order_by(*table.primary_key.columns)
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]


def other_value(column, value, rng):
    if isinstance(column.type, LargeBinary):
        place = rng.randrange(len(value)) if value else 0
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :] if value else b"\x01"
    if isinstance(column.type, String):
        if not value:
            return "0x00"
        place = rng.randrange(len(value))
        return value[:place] + ("1" if value[place] != "1" else "2") + value[place + 1 :]
    return (value or 0) + rng.choice([1, 2, 1_000])


def edit_one_by_one(lived, database, *, edits, seed):
    """Each is put right before the next; at the end nothing differs."""
    rng = Random(seed)
    tables = [table for table in (*projection_tables(), ChainEvent.__table__) if rows_of(database, table)]
    for _ in range(edits):
        table = rng.choice(tables)
        row = rng.choice(rows_of(database, table))
        column = rng.choice(
            [each for each in table.columns if not each.primary_key and each.name != "decoder"]
        )
        value = other_value(column, row[column.name], rng)
        with database.write() as session:
            session.execute(update(table).where(*where(table, row)).values({column.name: value}))
        drifts = look(lived, database).drifts
        assert [(drift.table, drift.key, drift.field) for drift in drifts] == [
            (table.name, key_of(table, row), column.name)
        ]
        put_right(lived, database, drifts)
        assert row in rows_of(database, table)
    assert look(lived, database).drifts == []
