"""A unit of work is all or nothing, alone while it writes, and what it refuses it says, in every database."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from registry.kit.clock import SystemClock
from registry.kit.errors import Refusal
from registry.parties.model import PartyProfile
from registry.receivables.model import InvoiceUse
from registry.storage.errors import DatabaseBusy, DatabaseUnsuitable, ValueNotStorable
from registry.storage.unit_of_work import Database


def profile(number: int, name: str = "A", country: str = "CN") -> PartyProfile:
    return PartyProfile(
        number=number, name=name, country=country, account=f"0x{number:040x}", created_at=SystemClock().now()
    )


def in_a_thread(block: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            block()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def test_a_unit_of_work_is_all_or_nothing(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            session.add(profile(1))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with database.read() as session:
        assert session.get(PartyProfile, 1) is None
    with database.write() as session:
        session.add(profile(1))
    with database.read() as session:
        assert session.get(PartyProfile, 1) is not None


def test_what_is_changed_while_reading_is_never_written(database: Database) -> None:
    with database.write() as session:
        session.add(profile(1))
    with database.read() as session:
        found = session.get_one(PartyProfile, 1)
        found.name = "B"
        session.add(profile(2))
        assert session.scalars(select(PartyProfile.name)).all() == ["A"]
    with database.read() as session:
        assert session.scalars(select(PartyProfile.name)).all() == ["A"]


def test_whoever_reads_sees_one_state_to_the_end(database: Database) -> None:
    def write() -> None:
        with database.write() as session:
            session.add(profile(1))

    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PartyProfile)) == 0
        in_a_thread(write)
        assert session.scalar(select(func.count()).select_from(PartyProfile)) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PartyProfile)) == 1


def test_whoever_writes_sees_all_that_was_committed_before(database: Database) -> None:
    """Also where it began to wait before that was written."""
    other = Database(database.url, busy_ms=20_000)
    began = threading.Event()
    seen: list[int] = []

    def second() -> None:
        began.set()
        with other.write() as session:
            seen.append(session.scalar(select(func.count()).select_from(PartyProfile)) or 0)

    waiting = threading.Thread(target=second)
    with database.write() as session:
        session.add(profile(1))
        session.flush()
        waiting.start()
        assert began.wait(10)
    waiting.join(30)
    other.close()
    assert seen == [1]


@pytest.mark.parametrize("is_other_process", [False, True])
def test_a_database_that_is_held_too_long_is_said_to_be_busy(
    database: Database, is_other_process: bool
) -> None:
    """In another process it has its own queue, and the database says so; in the same one, the queue."""
    other = Database(database.url, busy_ms=200) if is_other_process else database
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.execute(text("select 1"))
            holding.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(5)
    try:
        with pytest.raises(DatabaseBusy), other.write():
            pass
        with database.read() as session:
            session.execute(text("select 1"))
    finally:
        done.set()
        holder.join()
    with other.write() as session:
        session.add(profile(3))
    if is_other_process:
        other.close()


def test_only_one_of_all_leads_and_its_end_frees_the_next(database: Database) -> None:
    other = Database(database.url)
    with database.lead("work") as lead:
        assert lead
        assert lead()
        with database.lead("work") as again, other.lead("work", 0.1) as elsewhere:
            assert (again, elsewhere) == (None, None)
        with other.lead("something else") as free:
            assert free
    with other.lead("work") as lead:
        assert lead
    other.close()


def refusal_of(database: Database, act: Callable[[Session], object]) -> type[Refusal]:
    with pytest.raises(Refusal) as refused, database.write() as session:
        act(session)
    return refused.type


def test_text_with_nul_is_refused_before_a_driver_sees_it(database: Database) -> None:
    assert refusal_of(database, lambda session: session.add(profile(1, "A\0B"))) is ValueNotStorable
    with pytest.raises(ValueNotStorable), database.read() as session:
        session.scalars(select(PartyProfile).where(PartyProfile.name == "\0")).all()


def test_numbers_beyond_64_bits_are_refused_before_a_driver_sees_them(database: Database) -> None:
    for number in (2**63, -(2**63) - 1, 2**200):
        assert refusal_of(database, lambda session, it=number: session.add(profile(it))) is ValueNotStorable
        with pytest.raises(ValueNotStorable), database.read() as session:
            session.get(PartyProfile, number)
    with database.write() as session:
        session.add(profile(2**63 - 1))


def test_a_word_of_the_chain_comes_back_as_it_was(database: Database) -> None:
    for place, number in enumerate((0, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)):
        with database.write() as session:
            session.add(
                InvoiceUse(
                    fingerprint=f"0x{place}", receivable="0x", cap=number, used=number, uses=1, currency=156,
                    place=2**40, fingerprints=1, block_number=2**40,
                )
            )  # fmt: skip
        with database.read() as session:
            found = session.get_one(InvoiceUse, f"0x{place}")
            assert (found.cap, found.used, found.block_number) == (number, number, 2**40)
    with database.read() as session:
        total = session.scalar(select(func.sum(InvoiceUse.cap)).where(InvoiceUse.fingerprint < "0x4"))
        assert (total, type(total)) == (2**31 + 2**32 + 2**53 + 1, int)


def test_an_instant_comes_back_in_utc_whatever_zone_it_came_in(database: Database) -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=8)))
    with database.write() as session:
        one = profile(1)
        one.created_at = at
        session.add(one)
    with database.read() as session:
        found = session.get_one(PartyProfile, 1).created_at
        assert (found, found.tzinfo) == (at, UTC)


def test_text_is_ordered_by_its_bytes_and_searched_alike(database: Database) -> None:
    names = ["Zeta", "alpha", "Öl", "alpha-b", "alphab", "华源", "_x", "ALPHA", "~"]
    with database.write() as session:
        session.add_all(profile(number, name) for number, name in enumerate(names, 1))
    with database.read() as session:
        ordered = session.scalars(select(PartyProfile.name).order_by(PartyProfile.name)).all()
        assert ordered == sorted(names, key=str.encode)
        behind = select(PartyProfile.name).where(PartyProfile.name > "alpha").order_by(PartyProfile.name)
        assert session.scalars(behind).all() == ["alpha-b", "alphab", "~", "Öl", "华源"]
        found = select(PartyProfile.name).where(PartyProfile.name.icontains("Alpha", autoescape=True))
        assert set(session.scalars(found)) == {"alpha", "alpha-b", "alphab", "ALPHA"}
        found = select(PartyProfile.name).where(PartyProfile.name.icontains("_", autoescape=True))
        assert session.scalars(found).all() == ["_x"]


@pytest.mark.parametrize("url", ["mysql://somebody@somewhere/registry", "registry.db", "", "://"])
def test_an_address_of_no_database_we_know_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnsuitable):
        Database(url)
