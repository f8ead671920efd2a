"""Reconciling finds every edit and names its cell; where nothing was edited it finds nothing."""

import os
import random

import pytest
from sqlalchemy import LargeBinary, String, delete, insert, select, update

from registry.mirror.digest import projection_tables
from registry.mirror.model import ChainEvent
from registry.mirror.reconcile import ABSENT, PRESENT, ROW, reconcile
from tests.builders.databases import copied

EDITS = int(os.environ.get("COUNTERFOIL_EDITS", "60"))  # 1,000 in a campaign


@pytest.fixture
def copy(lived, tmp_path):
    """The life's database, to be edited."""
    database = copied(lived.database, tmp_path / "copy.db")
    yield database
    database.close()


def look(lived, database):
    return reconcile(database, lived.node, lived.address)


def key_of(table, row):
    return "/".join(str(row[column.name]) for column in table.primary_key.columns)


def where(table, row):
    return [column == row[column.name] for column in table.primary_key.columns]


def rows_of(database, table):
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


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


def test_an_untouched_database_has_no_drift(lived):
    found = look(lived, lived.database)
    assert found.drifts == []
    assert found.records > 60
    assert found.block_number == lived.node.block_number()


def test_each_of_many_random_edits_of_one_cell_is_named(lived, copy):
    rng = random.Random(7)
    tables = [table for table in (*projection_tables(), ChainEvent.__table__) if rows_of(copy, table)]
    for _ in range(EDITS):
        table = rng.choice(tables)
        row = rng.choice(rows_of(copy, table))
        column = rng.choice(
            [each for each in table.columns if not each.primary_key and each.name != "decoder"]
        )
        value = other_value(column, row[column.name], rng)
        with copy.write() as session:
            session.execute(update(table).where(*where(table, row)).values({column.name: value}))
        drifts = look(lived, copy).drifts
        assert [(drift.table, drift.key, drift.field) for drift in drifts] == [
            (table.name, key_of(table, row), column.name)
        ]
        with copy.write() as session:
            session.execute(update(table).where(*where(table, row)).values({column.name: row[column.name]}))
    assert look(lived, copy).drifts == []


def test_a_deleted_row_is_missed_in_every_table(lived, copy):
    for table in (*projection_tables(), ChainEvent.__table__):
        row = rows_of(copy, table)[0]
        with copy.write() as session:
            session.execute(delete(table).where(*where(table, row)))
        assert [
            (drift.table, drift.key, drift.field, drift.database) for drift in look(lived, copy).drifts
        ] == [(table.name, key_of(table, row), ROW, ABSENT)]
        with copy.write() as session:
            session.execute(insert(table).values(**row))


def test_a_row_the_chain_knows_nothing_of_is_found_in_every_table(lived, copy):
    rng = random.Random(11)
    for table in projection_tables():
        keys = [column.name for column in table.primary_key.columns]
        row = max(rows_of(copy, table), key=lambda one, keys=keys: [one[key] for key in keys])
        for column in table.columns:
            if column.primary_key or column.unique:
                row[column.name] = other_value(column, row[column.name], rng)
        with copy.write() as session:
            session.execute(insert(table).values(**row))
        assert [
            (drift.table, drift.key, drift.field, drift.database) for drift in look(lived, copy).drifts
        ] == [(table.name, key_of(table, row), ROW, PRESENT)]
        with copy.write() as session:
            session.execute(delete(table).where(*where(table, row)))


def test_a_drift_says_both_sides(lived, copy):
    with copy.write() as session:
        table = next(table for table in projection_tables() if table.name == "lot")
        session.execute(update(table).values(amount=table.c.amount + 1))
    drifts = look(lived, copy).drifts
    assert {drift.key for drift in drifts} == lived.lived.lots()
    assert all(int(drift.database) == int(drift.chain) + 1 for drift in drifts)
    assert str(drifts[0]).startswith(f"lot {drifts[0].key} amount: database ")
    assert drifts[0].as_json()["field"] == "amount"
