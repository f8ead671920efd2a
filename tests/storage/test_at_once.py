"""Many processes on one PostgreSQL: nothing twice, one leader, and what was answered survives the server's death."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, text

from registry.invoices.model import InvoiceKey, InvoiceRecord
from registry.kit.clock import Deadline, SystemClock
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act
from registry.storage.errors import DatabaseAway
from registry.storage.migrate import upgrade
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, a_database
from tests.builders.postgres import Server
from tests.mirror.life import Desk

ROOT = Path(__file__).parents[2]
WRITERS = 8
KEYS = 300
INVOICES = int(os.environ.get("COUNTERFOIL_RACED_INVOICES", "25"))  # 300 in a campaign
ACTS_BEFORE_DEATH = 60
DEATHS = int(os.environ.get("COUNTERFOIL_DEATHS", "1"))


@pytest.fixture
def database() -> Iterator[Database]:
    made = a_database(on=POSTGRESQL)
    yield made
    made.close()


def until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    deadline = Deadline(seconds)
    while not is_so():
        assert not deadline.has_passed
        deadline.pause(0.01)


def started(script: str, *words: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(Path(__file__).with_name(script)), *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@dataclass(frozen=True)
class Crowd:
    """Processes that write at once, as often as they are told to."""

    database: Database
    folder: Path
    processes: list["subprocess.Popen[bytes]"]

    def writes(self, how: str, keys: int) -> None:
        (self.folder / f"go-{how}-{keys}").touch()
        until(lambda: self.are(f"done-{how}"))

    def are(self, what: str) -> bool:
        assert all(one.poll() is None for one in self.processes)
        return len(list(self.folder.glob(f"{what}-*"))) == len(self.processes)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("crowd")
    database = a_database(on=POSTGRESQL)
    with database.migration() as connection:
        connection.execute(text("CREATE TABLE claimed (key BIGINT NOT NULL, by BIGINT NOT NULL)"))
    processes = [started("writing_process.py", database.url, folder, one) for one in range(WRITERS)]
    try:
        made = Crowd(database, folder, processes)
        until(lambda: made.are("ready"))
        yield made
        (folder / "end").touch()
        assert [one.wait(60) for one in processes] == [0] * WRITERS
    finally:
        for one in processes:
            one.kill()
            one.wait()
        database.close()


def twice(database: Database) -> int:
    """How many keys were taken more than once, nothing in the database being in the way."""
    with database.read() as session:
        taken = Counter(session.scalars(text("SELECT key FROM claimed")))
    assert len(taken) == KEYS
    return sum(number > 1 for number in taken.values())


def test_of_eight_writers_that_look_before_they_insert_none_takes_a_key_twice(crowd: Crowd) -> None:
    crowd.writes("queued", KEYS)
    assert twice(crowd.database) == 0
    with crowd.database.write() as session:
        session.execute(text("DELETE FROM claimed"))
    crowd.writes("alone", KEYS)  # the control
    assert twice(crowd.database) > KEYS // 20


def test_eight_writers_register_each_invoice_once(crowd: Crowd) -> None:
    crowd.writes("invoices", INVOICES)
    with crowd.database.read() as session:
        outcomes = Counter(session.scalars(select(InvoiceRecord.outcome)))
        owners = set(session.scalars(select(InvoiceKey.invoice_id)))
    assert outcomes["new"] == INVOICES == len(owners)


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


def until_grown(some: list[str], by: int) -> None:
    wanted = len(some) + by
    until(lambda: len(some) >= wanted)


def test_a_server_killed_under_load_has_lost_nothing_that_was_answered() -> None:
    """As often as COUNTERFOIL_DEATHS says."""
    durable = Server(is_durable=True)
    database = Database(durable.url("postgres"))
    upgrade(database)
    database.close()
    numbers, answered, refused = count(1), [], []
    stop = threading.Event()

    def write() -> None:
        own = Database(durable.url("postgres"))
        while not stop.is_set():
            about = f"limits:{next(numbers)}"
            try:
                with own.write() as session:
                    enqueue_act(session, desk, "setLimits", about, [365, 10, 5, 30, 100], sender="operator")
            except DatabaseAway:
                refused.append(about)
                stop.wait(0.01)
            else:
                answered.append(about)
        own.close()

    desk = Desk(SystemClock())
    writers = [threading.Thread(target=write) for _ in range(4)]
    try:
        for one in writers:
            one.start()
        for _ in range(DEATHS):
            until_grown(answered, ACTS_BEFORE_DEATH)
            durable.kill()
            until_grown(refused, len(writers))
            durable.start()
        until_grown(answered, ACTS_BEFORE_DEATH)
        stop.set()
        for one in writers:
            one.join(60)
        again = Database(durable.url("postgres"))
        with again.read() as session:
            kept = Counter(session.scalars(select(Act.about)))
        again.close()
    finally:
        stop.set()
        durable.stop()
    assert set(answered) <= set(kept)
    assert set(kept.values()) == {1}
    # Of what was not answered, only what was on its way at that moment may have been kept.
    assert len(set(kept) - set(answered)) <= DEATHS * len(writers)
