"""Reconciling finds every edit, names its cell and puts it right; where nothing was edited it finds nothing."""

import random
from contextlib import suppress
from random import Random

import pytest
from sqlalchemy import delete, insert, update

from registry.kit.clock import FixedClock
from registry.mirror import queries
from registry.mirror import repair as repairing
from registry.mirror.digest import projection_tables
from registry.mirror.errors import NodeInconsistent
from registry.mirror.folding import DoesNotFit
from registry.mirror.mirror import Mirror
from registry.mirror.model import ChainBlock, ChainEvent
from registry.mirror.reconcile import ABSENT, PRESENT, ROW, Drift
from registry.mirror.repair import repair
from tests.builders.databases import copied
from tests.mirror.branches import BranchingNode
from tests.mirror.edits import edit_one_by_one, key_of, look, other_value, put_right, rows_of, where
from tests.mirror.test_mirror_safety import RECEIPTS, Lying


@pytest.fixture
def copy(lived, tmp_path):
    """The life's database, to be edited."""
    database = copied(lived.database, tmp_path / "copy.db")
    yield database
    database.close()


def test_an_untouched_database_has_no_drift(lived):
    found = look(lived, lived.database)
    assert found.drifts == []
    assert found.records > 60
    assert found.block_number == lived.node.block_number()


def test_each_of_many_random_edits_of_one_cell_is_named_and_put_right(lived, copy):
    edit_one_by_one(lived, copy, edits=60, seed=7)


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


EVENTS = ChainEvent.__table__


def an_event(database, rng):
    return rng.choice(rows_of(database, EVENTS))


def test_logs_left_out_and_logs_made_up_are_put_right_together(lived, copy):
    rng, events = random.Random(13), rows_of(copy, EVENTS)
    gone, copied_to = an_event(copy, rng), an_event(copy, rng)
    made_up = {**copied_to, "log_index": 1_000}
    with copy.write() as session:
        session.execute(delete(EVENTS).where(*where(EVENTS, gone)))
        session.execute(insert(EVENTS).values(**made_up))
    drifts = look(lived, copy).drifts
    assert {drift.key for drift in drifts} == {key_of(EVENTS, gone), key_of(EVENTS, made_up)}
    done = put_right(lived, copy, drifts)
    assert done.blocks == len({gone["block_number"], made_up["block_number"]})
    assert rows_of(copy, EVENTS) == events
    assert look(lived, copy).drifts == []


def test_all_of_a_table_edited_at_once_is_put_right(lived, copy):
    before = {table.name: rows_of(copy, table) for table in (*projection_tables(), EVENTS)}
    with copy.write() as session:
        session.execute(update(EVENTS).values(time=EVENTS.c.time + 1))
        for table in reversed(projection_tables()):
            session.execute(delete(table))
    put_right(lived, copy, look(lived, copy).drifts)
    assert {table.name: rows_of(copy, table) for table in (*projection_tables(), EVENTS)} == before


def altered(answers):
    """The last hex digit of each log's data is another."""
    for receipt in answers:
        for log in receipt["logs"]:
            log["data"] = log["data"][:-1] + ("0" if log["data"][-1:] != "0" else "1")
    return answers


@pytest.fixture
def drifted(lived, copy):
    """One stored log's data edited, and what reconciling says of it."""
    event = next(event for event in rows_of(copy, EVENTS) if event["data"])
    with copy.write() as session:
        session.execute(update(EVENTS).where(*where(EVENTS, event)).values(data=event["data"] + b"\1"))
    return look(lived, copy).drifts


def test_a_node_that_alters_logs_puts_nothing_right(lived, copy, drifted):
    held = rows_of(copy, EVENTS)
    with pytest.raises(NodeInconsistent, match="root"):
        repair(copy, Lying(lived.node, RECEIPTS, altered), lived.address, drifted)
    assert rows_of(copy, EVENTS) == held
    put_right(lived, copy, drifted)  # the control
    assert look(lived, copy).drifts == []


def test_logs_of_another_block_than_the_mirrors_are_not_taken(lived, copy, drifted):
    held, number = rows_of(copy, EVENTS), int(drifted[0].key.partition("/")[0])
    with copy.write() as session:
        of_block = update(ChainBlock).where(ChainBlock.number == number)
        session.execute(of_block.values(hash="0x" + "ab" * 32))
    with pytest.raises(NodeInconsistent, match="another block"):
        put_right(lived, copy, drifted)
    assert rows_of(copy, EVENTS) == held


@pytest.fixture
def forged(node, database, logs):
    """Of a node's mirrored chain an empty block that is final, and a node that shows one with a log in its place."""
    node.grow(12)
    Mirror(database, node, logs[0]["address"], 0, FixedClock()).catch_up()
    number = next(number for number in range(1, node.head) if node.told[number] == node.told[number - 1])
    lying = copied_node(node)
    lying.cut(lying.head - number + 1)
    lying.seal_with(logs[0])
    lying.blocks += node.blocks[number + 1 :]
    return number, lying


def copied_node(node):
    other = BranchingNode(node.logs, Random(8))
    other.blocks, other.told, other.receipts = [*node.blocks], [*node.told], {**node.receipts}
    return other


def missing(number):
    return [Drift(EVENTS.name, f"{number}/0", ROW, ABSENT, PRESENT)]


def test_a_log_in_a_block_nothing_is_kept_of_is_bound_by_the_blocks_above(database, logs, forged):
    number, lying = forged
    held = rows_of(database, EVENTS)
    with database.read() as session:
        assert queries.hash_at(session, number) is None
    with pytest.raises(NodeInconsistent):
        repair(database, lying, logs[0]["address"], missing(number))
    assert rows_of(database, EVENTS) == held


def test_control_by_itself_the_forged_block_would_be_believed(database, logs, forged, monkeypatch):
    number, lying = forged
    monkeypatch.setattr(repairing, "_header", lambda reader, number, _kept: reader.headers(number, number)[0])
    with suppress(DoesNotFit):
        repair(database, lying, logs[0]["address"], missing(number))
    assert number in {row["block_number"] for row in rows_of(database, EVENTS)}
