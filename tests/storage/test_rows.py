"""Rows held in memory: read once, changed as often as need be, written together."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from registry.parties.model import ChainSetting, Party
from registry.receivables.model import Obligation
from registry.storage.rows import Before, Rows
from registry.storage.unit_of_work import Database
from tests.builders.databases import a_database


@pytest.fixture
def database() -> Iterator[Database]:
    database = a_database()
    yield database
    database.close()


def setting(name: str, value: str = "1", block_number: int = 1) -> dict[str, Any]:
    return {"name": name, "value": value, "block_number": block_number}


def owed(obligor: int, currency: int, outstanding: int) -> dict[str, Any]:
    more = {"outstanding": outstanding, "quota": 0, "count": 1, "block_number": 1}
    return {"obligor": obligor, "currency": currency, **more}


def party(number: int, identity: str) -> dict[str, Any]:
    rest = dict.fromkeys(("valid_until", "nonce", "epoch", "roles", "flags", "block_number"), 0)
    return {"number": number, "identity": identity, "account": "0x", **rest}


def settings_in(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {one.name: one.value for one in session.scalars(select(ChainSetting))}


def test_rows_stand_in_the_database_once_written(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(ChainSetting), [setting("stays"), setting("changes"), setting("goes")])
        rows = Rows(session)
        rows.change(ChainSetting, "changes", value="2")
        rows.remove(ChainSetting, "goes")
        rows.add(ChainSetting, setting("comes"))
        rows.put(ChainSetting, setting("put", "3"))
        rows.write()
    assert settings_in(database) == {"stays": "1", "changes": "2", "comes": "1", "put": "3"}


def test_what_is_not_written_stands_nowhere(database: Database) -> None:
    with database.write() as session:
        Rows(session).add(ChainSetting, setting("comes"))
    assert settings_in(database) == {}


def test_a_row_may_go_and_come_again_before_all_is_written(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(Party), [party(1, "0xaa"), party(2, "0xbb")])
        rows = Rows(session)
        rows.remove(Party, 1)
        rows.remove(Party, 2)
        rows.add(Party, party(1, "0xcc"))
        rows.add(Party, party(3, "0xbb"))
        rows.write()
    with database.read() as session:
        found = {one.number: one.identity for one in session.scalars(select(Party))}
    assert found == {1: "0xcc", 3: "0xbb"}


def test_many_rows_are_asked_for_in_one_query(database: Database) -> None:
    asked: list[str] = []
    with database.write() as session:
        session.execute(insert(Obligation), [owed(number, 156, number) for number in range(1, 100)])
        rows = Rows(session)
        event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        rows.load(Obligation, [(number, 156) for number in range(200)])
        found = [rows.get(Obligation, number, 156) for number in range(200)]
    assert [row["outstanding"] for row in found if row] == list(range(1, 100))
    assert len(asked) == 1


def test_rows_are_found_by_other_columns_with_what_was_changed(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(Obligation), [owed(1, 156, 5), owed(1, 978, 5), owed(2, 156, 5)])
        rows = Rows(session)
        rows.change(Obligation, 1, 978, outstanding=6)
        rows.add(Obligation, owed(3, 156, 5))
        found = rows.where(Obligation, outstanding=5)
    assert [(row["obligor"], row["currency"]) for row in found] == [(1, 156), (2, 156), (3, 156)]


def test_a_block_is_told_what_each_row_was_before_its_first_change(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(ChainSetting), [setting("old")])
        rows = Rows(session)
        rows.add(ChainSetting, setting("new"))
        rows.change(ChainSetting, "old", value="2")
        rows.write()
        rows.change(ChainSetting, "old", value="3")
        assert rows.take_before() == [
            Before("chain_setting", ("new",), None),
            Before("chain_setting", ("old",), setting("old")),
        ]
        rows.remove(ChainSetting, "old")
        assert rows.take_before() == [Before("chain_setting", ("old",), setting("old", "3"))]
        assert rows.take_before() == []


def test_what_does_not_fit_is_refused_at_once(database: Database) -> None:
    with database.write() as session:
        rows = Rows(session)
        rows.add(ChainSetting, setting("there"))
        with pytest.raises(ValueError, match="there is a chain_setting there already"):
            rows.add(ChainSetting, setting("there"))
        with pytest.raises(ValueError, match="other columns"):
            rows.put(ChainSetting, {"name": "short"})
        with pytest.raises(ValueError, match="other columns"):
            rows.change(ChainSetting, "there", worth="2")
        with pytest.raises(ValueError, match="keeps its key"):
            rows.change(ChainSetting, "there", name="elsewhere")
        for act in (rows.remove, rows.change, rows.at):
            with pytest.raises(LookupError, match="there is no chain_setting nowhere"):
                act(ChainSetting, "nowhere")


def test_a_row_the_database_has_already_is_refused_when_written(database: Database) -> None:
    def add(name: str) -> None:
        with database.write() as session:
            rows = Rows(session)
            rows.add(ChainSetting, setting(name))
            rows.write()

    add("there")
    with pytest.raises(IntegrityError):
        add("there")
    add("elsewhere")
    assert set(settings_in(database)) == {"there", "elsewhere"}


@pytest.mark.parametrize("seed", range(10))
def test_any_order_of_changes_and_writes_ends_as_if_each_were_done_at_once(
    database: Database, seed: int
) -> None:
    random, model = Random(seed), dict[str, str]()
    with database.write() as session:
        rows = Rows(session)
        for step in range(200):
            name = random.choice("abcdefgh")
            match random.randrange(5):
                case 0 if name not in model:
                    rows.add(ChainSetting, setting(name, model.setdefault(name, str(step))))
                case 1 if name in model:
                    rows.remove(ChainSetting, name)
                    del model[name]
                case 2 if name in model:
                    model[name] = str(step)
                    rows.change(ChainSetting, name, value=model[name])
                case 3:
                    model[name] = str(step)
                    rows.put(ChainSetting, setting(name, model[name]))
                case _ if random.random() < 0.3:
                    rows.write()
        rows.write()
    assert settings_in(database) == model
