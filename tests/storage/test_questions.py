"""A question finds what a session finds, on both databases, in an event loop or not; no viewer sees more by it."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, event, func, select

from registry.kit.clock import SystemClock
from registry.parties.model import PartyDocument, PartyProfile
from registry.receivables.model import Lot
from registry.storage.errors import DatabaseAway, DatabaseBusy, ValueNotStorable
from registry.storage.postgresql import CONNECTIONS
from registry.storage.questions import Question
from registry.storage.sight import Viewer
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, a_database, server
from tests.builders.loops import in_a_loop
from tests.storage.test_storage import profile

BEYOND_SIGNED = 2**64 - 5
NAMES = Question(
    select(PartyProfile.number, PartyProfile.name, PartyProfile.created_at).where(
        PartyProfile.number >= bindparam("least", 0)
    )
)
DOCUMENTS = Question(select(PartyDocument.title).order_by(PartyDocument.title))
AMOUNTS = Question(select(Lot.amount))


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        session.add_all(profile(number) for number in (1, 2, 3))
        session.flush()
        session.add_all(
            PartyDocument(party=number, title=f"of {number}", sha256="0" * 64, kept_at=SystemClock().now())
            for number in (1, 2)
        )
        session.add(
            Lot(id="0x1", receivable="0x1", holder=1, peer=0, amount=BEYOND_SIGNED, until=0, seq=0, hops=0, status=1,
                block_number=1)
        )  # fmt: skip
    return database


def titles(database: Database) -> list[str]:
    return [one.title for one in database.ask(DOCUMENTS)]


def test_a_question_finds_what_a_session_finds(filled: Database) -> None:
    found = filled.ask(NAMES, least=2)
    with filled.read() as session:
        kept = session.execute(NAMES.put_by(None), {"least": 2}).all()
    assert [(one.number, one.name, one.created_at) for one in found] == [tuple(one) for one in kept]
    assert len(found) == 2
    assert filled.ask(AMOUNTS)[0].amount == BEYOND_SIGNED


def test_a_viewer_sees_by_it_what_it_sees_in_a_session(filled: Database) -> None:
    assert titles(filled) == ["of 1", "of 2"]
    for party, seen in ((1, ["of 1"]), (2, ["of 2"]), (3, [])):
        mine = filled.on_behalf(Viewer(party))
        with mine.read() as session:
            assert session.scalars(DOCUMENTS.statement).all() == seen
        assert titles(mine) == seen


def test_what_is_not_storable_is_not_asked_for(filled: Database) -> None:
    with pytest.raises(ValueNotStorable):
        filled.ask(NAMES, least=2**63)


def test_an_event_loop_waits_for_it_without_a_thread_where_the_database_lets_it(filled: Database) -> None:
    waiting = []

    async def asked() -> list[str]:
        async with filled.awaiting():
            if not filled.is_attended:
                return titles(filled)
            waiting.append(True)
            many = await asyncio.gather(*(filled.attend(lambda: titles(filled)) for _ in range(40)))
            assert all(one == many[0] for one in many)
            return many[0]

    assert in_a_loop(asked) == ["of 1", "of 2"]
    assert bool(waiting) is filled.url.startswith("postgresql")
    assert not filled.is_attended
    assert in_a_loop(asked) == ["of 1", "of 2"]  # another loop has connections of its own


def test_a_connection_that_broke_since_is_replaced_and_a_database_that_is_away_is_said_to_be() -> None:
    database = a_database(on=POSTGRESQL, busy_ms=300)
    pids = Question(select(PartyProfile.number).where(PartyProfile.number == bindparam("number", 0)))
    opened: list[int] = []

    @event.listens_for(database.backend.asking, "connect")
    def note(connection, _record):  # type: ignore[no-untyped-def]
        opened.append(connection.info.backend_pid)

    assert database.ask(pids, number=1) == []
    server().ask("SELECT pg_terminate_backend(%s, 5000)", opened[0])
    assert database.ask(pids, number=1) == []
    assert len(opened) == 2
    database.close()
    nowhere = Database("postgresql://nobody@/none?host=/nowhere", busy_ms=300)
    with pytest.raises(DatabaseAway):
        nowhere.ask(pids, number=1)

    async def asked() -> object:
        async with nowhere.awaiting():
            return await nowhere.attend(lambda: nowhere.ask(pids, number=1))

    with pytest.raises(DatabaseAway):
        in_a_loop(asked)
    nowhere.close()


PID = Question(select(func.pg_backend_pid().label("pid")))
SLEEP = Question(select(func.pg_sleep(bindparam("seconds", 0.1)).label("nothing")))
REST = Question(select(func.mod(10, bindparam("by", 2), type_=Integer).label("rest")))


@pytest.fixture
def impatient() -> Iterator[Database]:
    database = a_database(on=POSTGRESQL, busy_ms=300)
    yield database
    database.close()


def test_a_loops_connection_is_kept_and_one_that_broke_since_is_replaced(impatient: Database) -> None:
    def pid() -> int:
        return int(impatient.ask(PID)[0].pid)

    async def asked() -> tuple[int, int, int]:
        async with impatient.awaiting():
            first, second = await impatient.attend(pid), await impatient.attend(pid)
            await asyncio.to_thread(server().ask, "SELECT pg_terminate_backend(%s, 5000)", first)
            return first, second, await impatient.attend(pid)

    first, second, third = in_a_loop(asked)
    assert first == second != third


def test_what_a_statement_comes_to_costs_no_connection(impatient: Database) -> None:
    async def asked() -> list[int]:
        async with impatient.awaiting():
            pids = [(await impatient.attend(lambda: impatient.ask(PID)))[0].pid]
            with pytest.raises(Exception, match="division by zero"):
                await impatient.attend(lambda: impatient.ask(REST, by=0))
            with pytest.raises(ValueNotStorable):
                await impatient.attend(lambda: impatient.ask(REST, by=2**63))
            return [*pids, (await impatient.attend(lambda: impatient.ask(PID)))[0].pid]

    before, after = in_a_loop(asked)
    assert before == after


def test_a_loop_in_which_all_connections_are_taken_says_so_within_the_bound(impatient: Database) -> None:
    async def asked() -> list[object]:
        async with impatient.awaiting():

            def sleep(seconds: float) -> Coroutine[Any, Any, object]:
                return impatient.attend(lambda: impatient.ask(SLEEP, seconds=seconds))

            found = await asyncio.gather(
                *(sleep(1.0) for _ in range(CONNECTIONS + 2)), return_exceptions=True
            )
            return [*found, await sleep(0.0)]

    *many, last = in_a_loop(asked)
    assert [isinstance(one, DatabaseBusy) for one in many].count(True) == 2
    assert isinstance(last, list)
