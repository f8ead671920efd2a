"""Many processes on one PostgreSQL: nothing twice, one leader, and what was answered survives the server's death."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, a_database
from tests.storage.crowds import (
    ACTS_BEFORE_DEATH,
    KEYS,
    Crowd,
    a_crowd,
    kill_under_load,
    race_for_invoices,
    started,
    twice,
    until,
)

INVOICES = 25  # 300 in the campaign


@pytest.fixture
def database() -> Iterator[Database]:
    made = a_database(on=POSTGRESQL)
    yield made
    made.close()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    with a_crowd(tmp_path_factory.mktemp("crowd")) as made:
        yield made


def test_of_eight_writers_that_look_before_they_insert_none_takes_a_key_twice(crowd: Crowd) -> None:
    crowd.writes("queued", KEYS)
    assert twice(crowd.database) == 0
    with crowd.database.write() as session:
        session.execute(text("DELETE FROM claimed"))
    crowd.writes("alone", KEYS)  # the control
    assert twice(crowd.database) > KEYS // 20


def test_eight_writers_register_each_invoice_once(crowd: Crowd) -> None:
    race_for_invoices(crowd, INVOICES)


def test_a_killed_leaders_lock_is_free_and_another_leads(database: Database, tmp_path: Path) -> None:
    first = started("leading_process.py", database.url, tmp_path / "first")
    until((tmp_path / "first").exists)
    second = started("leading_process.py", database.url, tmp_path / "second")
    with database.lead("work", 0.5) as lead:
        assert lead is None
    assert not (tmp_path / "second").exists()
    first.kill()
    until((tmp_path / "second").exists)
    second.kill()
    for one in (first, second):
        one.wait()
    with database.lead("work", 10) as lead:
        assert lead


def test_a_server_killed_under_load_has_lost_nothing_that_was_answered() -> None:
    assert kill_under_load(deaths=1) >= 2 * ACTS_BEFORE_DEATH
