"""Acts, decisions, corrections and notices are found from the viewer's side: page by page all that it is shown, each
once, in order, on both databases."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import TypeDecorator, select
from sqlalchemy.orm import Session

from registry.financing.model import Financing
from registry.invoices import correction_queries
from registry.invoices.model import InvoiceCorrection, InvoiceRecord
from registry.notices import queries as notice_queries
from registry.notices.model import CorrectionWarning, Notice
from registry.notices.queries import Turn
from registry.receivables.model import Draft, DraftInvoice, Lot, Receivable
from registry.relay import queries as act_queries
from registry.relay.model import Act
from registry.rules import queries as rule_queries
from registry.rules.model import RuleDecision, RulePack
from registry.storage.base import Base, Instant, Json, table_of
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, SQLITE, a_database
from tests.receivables.test_sight import PARTIES, an_id, fill, viewers

MANY = 60
AT = datetime(2026, 9, 1, tzinfo=UTC)
PLAIN = {int: 0, str: "", bool: False, bytes: b"", datetime: AT, date: AT.date()}


def row(kind: type[Base], /, **values: object) -> Any:
    """A row whose other columns hold nothing in particular."""
    plain = {
        column.name: _plain(column.type)
        for column in table_of(kind).columns
        if column.name not in values
        and not column.nullable
        and column is not table_of(kind).autoincrement_column
    }
    return kind(**plain, **values)


def _plain(of: Any) -> object:
    if isinstance(of, Instant):
        return AT
    if isinstance(of, Json):
        return {}
    if isinstance(of, TypeDecorator):
        of = of.impl_instance
    return PLAIN[of.python_type]


def fill_more(database: Database, random: Random) -> None:
    with database.write() as session:
        lots, receivables = list(session.scalars(select(Lot))), list(session.scalars(select(Receivable)))
        session.add(row(RulePack, version="1"))
        invoices = [
            row(InvoiceRecord, id=f"inv_{number}", uploader_party=random.choice(PARTIES))
            for number in range(MANY)
        ]
        session.add_all(invoices)
        session.flush()
        acts = [
            row(
                Act, id=f"act_{number}", about=f"x:{number}", actor=random.choice(PARTIES), status="included",
                requester=random.choice((0, *PARTIES)), kind=random.choice("ab"),
            )
            for number in range(MANY)
        ]  # fmt: skip
        session.add_all(acts)
        for each in session.scalars(select(Financing)):
            each.act = random.choice(acts).id
        for one in receivables:
            session.add(
                row(
                    Draft,
                    receivable=one.id,
                    commitment=an_id(random, 32),
                    originator=one.originator,
                    obligor=one.obligor,
                )
            )
        session.flush()
        for one in random.sample(receivables, 20):
            session.add(row(DraftInvoice, receivable=one.id, invoice=random.choice(invoices).id))
        subjects = [*(f"lot:{one.id}" for one in lots), *(f"receivable:{one.id}" for one in receivables)]
        for number, subject in enumerate(random.sample(subjects, MANY)):
            session.add(
                row(
                    RuleDecision,
                    id=f"dec_{number}",
                    subject=subject,
                    version="1",
                    outcome=random.choice(("held", "met")),
                )
            )
        for number in range(MANY):
            correction = row(
                InvoiceCorrection, id=f"cor_{number:03}", origin=f"o{number}", corrected=random.choice(invoices).id,
                party=random.choice(PARTIES), is_own=random.random() < 0.5,
                standing=random.choice(("stands", "doubtful")),
            )  # fmt: skip
            session.add(correction)
            session.flush()
            if random.random() < 0.3:
                session.add(
                    row(
                        CorrectionWarning,
                        id=f"war_{number}",
                        correction=correction.id,
                        party=random.choice(PARTIES),
                    )
                )
        for number in range(MANY):
            of = random.choice(lots)
            session.add(
                row(
                    Notice, id=f"not_{number}", lot=of.id, receivable=of.receivable, obligor=random.choice(PARTIES),
                    assignee=random.choice(PARTIES), block_number=number // 3, log_index=number % 3,
                    tx_hash=f"0x{number}",
                    acknowledged_at=random.choice((None, AT)), withdrawn_at=random.choice((None, None, AT)),
                )
            )  # fmt: skip


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def full(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = a_database(on=request.param)
    fill(database, Random(7))
    fill_more(database, Random(8))
    yield database
    database.close()


Page = Callable[[Session, Any, int], list[Any]]


def acts(session: Session, last: Act | None, limit: int, **of: Any) -> list[Act]:
    return act_queries.acts(session, before=last and last.position, limit=limit, **of)


def decisions(session: Session, last: RuleDecision | None, limit: int, **of: Any) -> list[RuleDecision]:
    return list(rule_queries.decisions(session, before=last and last.position, limit=limit, **of))


def corrections(
    session: Session, last: InvoiceCorrection | None, limit: int, **of: Any
) -> list[InvoiceCorrection]:
    return list(correction_queries.corrections(session, after=last.id if last else "", limit=limit, **of))


def notices(session: Session, last: Notice | None, limit: int, **of: Any) -> list[Notice]:
    return list(notice_queries.notices(session, after=last and Turn.of(last), limit=limit, **of))


def by_pages(database: Database, page: Page, limit: int) -> list[str]:
    found: list[Any] = []
    with database.read() as session:
        while some := page(session, found[-1] if found else None, limit):
            assert len(some) <= limit
            found += some
    return [one.id for one in found]


def in_order(kind: type[Base]) -> Callable[[Any], Any]:
    if kind is Notice:
        return lambda one: (not one.is_open, one.block_number, one.log_index)
    return (lambda one: one.id) if kind is InvoiceCorrection else (lambda one: -one.position)


LISTS: dict[str, tuple[type[Base], Any, dict[str, Any], dict[str, Any]]] = {
    "acts": (Act, acts, {}, {}),
    "acts of a party": (Act, acts, {"party": 3}, {"actor": 3}),
    "decisions": (RuleDecision, decisions, {}, {}),
    "decisions of an outcome": (RuleDecision, decisions, {"outcome": "held"}, {"outcome": "held"}),
    "corrections": (InvoiceCorrection, corrections, {}, {}),
    "corrections in doubt": (
        InvoiceCorrection,
        corrections,
        {"standing": "doubtful"},
        {"standing": "doubtful"},
    ),
    "notices": (Notice, notices, {}, {}),
    "notices to an obligor": (Notice, notices, {"obligor": 3}, {"obligor": 3}),
}


@pytest.mark.parametrize("limit", [1, 7, 100])
@pytest.mark.parametrize("name", LISTS)
def test_page_by_page_a_viewer_finds_what_it_is_shown(full: Database, name: str, limit: int) -> None:
    kind, page, asked, of = LISTS[name]
    sizes = set()
    for viewer in (None, *viewers()):
        mine = full.on_behalf(viewer)
        with mine.read() as session:
            shown = sorted(session.scalars(select(kind).filter_by(**of)), key=in_order(kind))
        found = by_pages(mine, lambda session, last, most: page(session, last, most, **asked), limit)
        assert found == [one.id for one in shown], viewer  # type: ignore[attr-defined]
        sizes.add(len(found))
    assert min(sizes) == 0
    assert max(sizes) > 2


@pytest.mark.parametrize("is_open", [True, False])
def test_notices_that_wait_and_the_others_are_listed_apart(full: Database, is_open: bool) -> None:
    found = by_pages(full, lambda session, last, most: notices(session, last, most, is_open=is_open), 7)
    with full.read() as session:
        wanted = [one for one in session.scalars(select(Notice)) if one.is_open == is_open]
    assert found == [one.id for one in sorted(wanted, key=in_order(Notice))]
    assert found
