"""Many processes on one PostgreSQL, and a PostgreSQL that is killed under load."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

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
LOAD = 4
ACTS_BEFORE_DEATH = 60


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


@contextmanager
def a_crowd(folder: Path) -> Iterator[Crowd]:
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


def race_for_invoices(crowd: Crowd, invoices: int) -> None:
    """All register the same invoices at once; checks that each was new to one of them and is kept once."""
    crowd.writes("invoices", invoices)
    with crowd.database.read() as session:
        outcomes = Counter(session.scalars(select(InvoiceRecord.outcome)))
        owners = set(session.scalars(select(InvoiceKey.invoice_id)))
    assert outcomes["new"] == invoices == len(owners)


def until_grown(some: list[str], by: int) -> None:
    wanted = len(some) + by
    until(lambda: len(some) >= wanted)


def kill_under_load(deaths: int) -> int:
    """A PostgreSQL is killed so many times while acts are written; checks that each act that was answered is kept, and
    once. Answers how many were."""
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
    writers = [threading.Thread(target=write) for _ in range(LOAD)]
    try:
        for one in writers:
            one.start()
        for _ in range(deaths):
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
    assert len(set(kept) - set(answered)) <= deaths * len(writers)
    return len(answered)
