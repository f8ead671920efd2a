"""What PostgreSQL can do to us: be away, be unsuitable, take too long, break in the middle. Each is a refusal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from registry.parties.model import PartyProfile
from registry.storage import postgresql
from registry.storage.errors import DatabaseAway, DatabaseBusy, DatabaseUnsuitable, ValueNotStorable
from registry.storage.migrate import require_newest, upgrade
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, a_database, server
from tests.storage.test_storage import profile


@pytest.fixture
def database() -> Iterator[Database]:
    made = a_database(on=POSTGRESQL, busy_ms=300)
    yield made
    made.close()


def end(pid: int) -> None:
    """As if the network or the server broke this connection."""
    server().ask("SELECT pg_terminate_backend(%s, 5000)", pid)


def own_pid(session: Session) -> int:
    return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)


def numbers(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(PartyProfile.number).order_by(PartyProfile.number)))


@pytest.mark.parametrize(
    ("made_with", "is_usable"),
    [
        ("ENCODING 'UTF8' LOCALE 'C'", True),
        ("ENCODING 'UTF8' LOCALE 'C.UTF-8'", True),
        ("ENCODING 'SQL_ASCII' LOCALE 'C'", False),
        ("ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en'", False),
    ],
)
def test_only_a_database_that_orders_text_by_bytes_is_used(
    database: Database, made_with: str, is_usable: bool
) -> None:
    server().ask("DROP DATABASE IF EXISTS odd")
    server().ask(f"CREATE DATABASE odd TEMPLATE template0 {made_with}")
    odd = Database(server().url("odd"))
    if is_usable:
        upgrade(odd)
        require_newest(odd)
    else:
        with pytest.raises(DatabaseUnsuitable, match="CREATE DATABASE"):
            upgrade(odd)
        with pytest.raises(DatabaseUnsuitable):
            require_newest(odd)
    odd.close()
    server().ask("DROP DATABASE odd")


def test_a_server_that_is_too_old_is_told_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    with pytest.raises(DatabaseUnsuitable, match="99 or newer"):
        require_newest(database)


@pytest.mark.parametrize("url", ["postgresql://x@/y?host=/nowhere", "postgresql://x@127.0.0.1:9/y"])
def test_where_no_server_answers_it_is_said_what_to_do(url: str) -> None:
    away = Database(url, busy_ms=100)
    with pytest.raises(DatabaseAway, match="database_url"):
        require_newest(away)
    with pytest.raises(DatabaseAway), away.write():
        pass
    with pytest.raises(DatabaseAway), away.read() as session:
        session.get(PartyProfile, 1)
    with pytest.raises(DatabaseAway), away.lead("work"):
        pass
    away.close()


def test_a_database_that_is_not_there_is_named(database: Database) -> None:
    missing = Database(server().url("nobody_made_it"))
    with pytest.raises(DatabaseAway, match="nobody_made_it"):
        upgrade(missing)
    missing.close()


def test_a_connection_that_breaks_undoes_the_work_and_the_next_gets_another(database: Database) -> None:
    def write() -> None:
        with database.write() as session:
            session.add(profile(1))
            session.flush()
            end(own_pid(session))

    def read() -> None:
        with database.read() as session:
            end(own_pid(session))
            session.get(PartyProfile, 1)

    with pytest.raises(DatabaseAway, match="may have been done or not"):
        write()
    with pytest.raises(DatabaseAway, match="Try again"):
        read()
    assert numbers(database) == []
    with database.write() as session:
        session.add(profile(2))
    assert numbers(database) == [2]


def test_where_it_breaks_at_the_very_end_it_is_said_that_nobody_knows(database: Database) -> None:
    def write() -> None:
        with database.write() as session:
            pid = own_pid(session)
            session.add(profile(1))
            event.listen(session, "before_commit", lambda _session: end(pid))

    with pytest.raises(DatabaseAway, match="it may have been done or not"):
        write()


def test_connections_that_broke_while_nobody_used_them_are_noticed_before_they_are_used(
    database: Database,
) -> None:
    with database.write() as session:
        pid = own_pid(session)
    end(pid)
    with database.write() as session:
        session.add(profile(1))
    assert numbers(database) == [1]


def execute(database: Database, *statements: str) -> None:
    with database.write() as session:
        for one in statements:
            session.execute(text(one))


@pytest.mark.parametrize(
    ("statements", "refusal"),
    [
        (("SET LOCAL statement_timeout = 30", "SELECT pg_sleep(20)"), DatabaseBusy),
        (("SET TRANSACTION READ ONLY", "DELETE FROM party_profile"), DatabaseAway),  # a standby
        (("SELECT 9223372036854775807 + 1::bigint",), ValueNotStorable),
    ],
)
def test_what_the_server_refuses_is_a_refusal(
    database: Database, statements: tuple[str, ...], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        execute(database, *statements)


def test_a_process_that_stands_still_in_a_transaction_holds_up_nobody_for_ever(database: Database) -> None:
    def stand_still() -> None:
        with database.write() as session:
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
            pid = own_pid(session)
            while server().ask("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid):
                pass
            session.add(profile(1))

    with pytest.raises(DatabaseAway, match="Try again"):
        stand_still()
    assert numbers(database) == []


def test_text_that_is_longer_than_its_column_is_refused(database: Database) -> None:
    with pytest.raises(ValueNotStorable), database.write() as session:
        session.add(profile(1, country="CHINA"))


def test_more_readers_than_connections_wait_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "CONNECTIONS", 1)
    monkeypatch.setattr(postgresql, "MORE_CONNECTIONS", 0)
    small = a_database(on=POSTGRESQL, busy_ms=50)
    with small.read() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseBusy), small.read() as second:
            second.execute(text("SELECT 1"))
    small.close()


def test_an_answer_stands_only_when_it_is_on_disk_whatever_the_server_is_told(database: Database) -> None:
    """The tests' own server answers sooner, as some do."""
    with database.read() as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "off"
    with database.write() as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "on"


def test_whoever_loses_the_connection_of_its_lock_leads_no_longer(database: Database) -> None:
    other = Database(database.url)
    with database.lead("work") as lead:
        assert lead
        assert lead()
        question = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = %s::oid"
        [(oid,)] = server().ask("SELECT oid::bigint FROM pg_database WHERE datname = %s", _name(database))
        [(pid,)] = server().ask(question, oid)
        end(pid)  # type: ignore[arg-type]
        assert not lead()
        with other.lead("work") as next_one:
            assert next_one
    other.close()


def _name(database: Database) -> Any:
    return database.engine.url.database


def test_files_beside_a_database_elsewhere_are_not_needed(database: Database, tmp_path: Path) -> None:
    with database.lead("work") as lead:
        assert lead
    assert list(tmp_path.iterdir()) == []
