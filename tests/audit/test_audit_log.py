"""The audit log: whatever is changed in it, its check names the first entry that no longer fits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.audit import queries
from registry.audit.log import Checked, append, check
from registry.audit.rules import BEFORE_THE_FIRST, entry_hash
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, SQLITE, a_database

AT = datetime(2026, 11, 2, 9, 0, 0, 123_456, tzinfo=UTC)
ENTRIES = 5


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = a_database(tmp_path / "audit.db", on=request.param)
    for number in range(1, ENTRIES + 1):
        with made.write() as session:
            at = AT + timedelta(seconds=number)
            append(session, at, who="0xabc", what="transfer", about=f"lot:{number}", outcome="accepted")
    yield made
    made.close()


def checked(database: Database) -> Checked:
    with database.read() as session:
        return check(session)


def test_what_nobody_changed_is_as_it_was_written(database: Database) -> None:
    found = checked(database)
    assert (found.entries, found.broken_at) == (ENTRIES, None)
    with database.read() as session:
        last = queries.last_entry(session)
    assert last is not None
    assert found.head == last.hash


@pytest.mark.parametrize(
    ("change", "broken_at", "why"),
    [
        ("UPDATE audit_entry SET who = '0xdef' WHERE position = 2", 2, "its fields"),
        ("UPDATE audit_entry SET outcome = 'refused some' WHERE position = 5", 5, "its fields"),
        ("UPDATE audit_entry SET about = 'lot:9' WHERE position = 1", 1, "its fields"),
        ("UPDATE audit_entry SET at = '2026-11-02 09:00:09.000000' WHERE position = 4", 4, "its fields"),
        ("UPDATE audit_entry SET hash = previous WHERE position = 3", 3, "its fields"),
        ("UPDATE audit_entry SET previous = hash WHERE position = 3", 3, "does not follow"),
        ("DELETE FROM audit_entry WHERE position = 3", 3, "missing"),
        ("DELETE FROM audit_entry WHERE position = 1", 1, "missing"),
        ("UPDATE audit_entry SET position = 9 WHERE position = 2", 2, "missing"),
    ],
)
def test_the_first_entry_that_does_not_fit_is_named(
    database: Database, change: str, broken_at: int, why: str
) -> None:
    with database.write() as session:
        session.execute(text(change))
    found = checked(database)
    assert (found.entries, found.broken_at) == (broken_at - 1, broken_at)
    assert why in found.why


def test_a_change_with_its_own_hash_made_anew_breaks_the_next(database: Database) -> None:
    with database.write() as session:
        two = queries.entries(session, limit=ENTRIES)[-2]
        two.who = "0xdef"
        two.hash = entry_hash(two.position, two.at, two.who, two.what, two.about, two.outcome, two.previous)
    assert checked(database).broken_at == 3


def test_what_was_cut_off_at_the_end_shows_by_another_head_only(database: Database) -> None:
    before = checked(database)
    with database.write() as session:
        session.execute(text(f"DELETE FROM audit_entry WHERE position = {ENTRIES}"))
    after = checked(database)
    assert after.broken_at is None
    assert (after.entries, after.head) != (before.entries, before.head)


def test_a_hash_can_be_made_by_anybody_from_what_stands_here() -> None:
    # printf '[1,"2026-11-02T09:00:00.123456+00:00","a","b","c","d","00…0"]' | sha256sum
    found = entry_hash(1, AT.astimezone(timezone(timedelta(hours=8))), "a", "b", "c", "d", BEFORE_THE_FIRST)
    assert found == "aee3947db9c3b73d2c3b7de1b70da1fe3984bfbd6a008abc183de8f21e9fd0c5"


def test_what_a_client_sent_is_kept_short_and_printable(database: Database) -> None:
    with database.write() as session:
        made = append(session, AT, who="x" * 500, what="y", about="a\0b\nc", outcome="z")
    assert (len(made.who), made.about) == (80, "a?b?c")
    assert checked(database).broken_at is None
