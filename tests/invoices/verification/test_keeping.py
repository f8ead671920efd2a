"""What was found is kept beside all that was found before, and nothing is lost where nobody answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from registry.invoices import correction_queries
from registry.invoices import queries as invoices
from registry.invoices.errors import InvoiceUnknown
from registry.invoices.invoice import Invoice
from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.invoices.rules import Outcome
from registry.invoices.verification import queries
from registry.invoices.verification.errors import NoVerificationService
from registry.invoices.verification.findings import State
from registry.invoices.verification.provider import Answer, Inquiry
from registry.invoices.verification.use_cases import verify_invoice
from registry.kit.clock import FixedClock
from registry.storage.unit_of_work import Database
from tests.invoices.builders import a_database, id_source, register, ubl
from tests.invoices.verification.signing import signed_xml

START = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)


class Authority:
    """Says what it is told to say, and keeps what it was asked."""

    name = "authority"

    def __init__(self, *states: State) -> None:
        self.states, self.asked = list(states), list[Invoice]()

    def verify(self, invoice: Invoice) -> Answer:
        self.asked.append(invoice)
        return Answer(self.states.pop(0), "So it is.", {"gross": "1190.00"}, "ab" * 32)


class Desk:
    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.ids = database, FixedClock(START), id_source()

    def bring(self, content: bytes, **changes: object) -> str:
        done = register(self.database, content, clock=self.clock, ids=self.ids, **changes)
        assert done.id is not None
        return done.id

    def ask(self, invoice: str, *states: State) -> list[str]:
        inquiry = Inquiry(Authority(*states), 30)
        found = []
        for _ in states:
            self.clock.advance(hours=1)
            done = verify_invoice(self.database, inquiry, invoice, clock=self.clock, ids=self.ids)
            found.append(done.id)
        return found

    def history(self, invoice: str) -> list[tuple[str, str, str | None]]:
        with self.database.read() as session:
            return [(one.kind, one.state, one.was) for one in queries.verifications(session, invoice)]

    def due(self, *in_use: str, days: int = 1, hours: int = 1) -> list[str]:
        now = self.clock.now()
        with self.database.read() as session:
            return list(
                queries.due_for_inquiry(
                    session,
                    select(InvoiceRecord.id).where(InvoiceRecord.id.in_(in_use)),
                    answered_before=now - timedelta(days=days),
                    asked_before=now - timedelta(hours=hours),
                )
            )


@pytest.fixture
def desk() -> Iterator[Desk]:
    database = a_database()
    yield Desk(database)
    database.close()


def test_an_invoice_is_examined_when_it_is_brought(desk: Desk) -> None:
    content = signed_xml(ubl())
    invoice = desk.bring(content)
    with desk.database.read() as session:
        (one,) = queries.verifications(session, invoice)
    assert (one.kind, one.provider, one.state) == ("examination", "counterfoil", "passed")
    assert one.document_sha256 == sha256(content).hexdigest()
    found = {each["check"]: each["result"] for each in one.findings}
    assert found["signature"] == "passed"
    assert found["payable_sum"] == "passed"


def test_what_is_doubtful_stands_with_the_record_and_refuses_nothing(desk: Desk) -> None:
    invoice = desk.bring(signed_xml(ubl()).replace(b"1190.00", b"1290.00", 1))
    with desk.database.read() as session:
        record = invoices.invoice_by_id(session, invoice)
        (one,) = queries.verifications(session, invoice)
    assert (record.outcome, record.doubts, one.state) == (Outcome.NEW, ["payable_sum", "signature"], "error")


def test_a_duplicate_leaves_no_verification(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    assert register(desk.database, ubl(), clock=desk.clock, ids=desk.ids).outcome is Outcome.DUPLICATE
    assert len(desk.history(invoice)) == 1


def test_each_answer_is_kept_beside_those_before(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    asked = desk.ask(invoice, State.NOT_FOUND, State.VERIFIED, State.VOID)
    assert desk.history(invoice) == [
        ("answer", "void", "verified"),
        ("answer", "verified", "not_found"),
        ("answer", "not_found", None),
        ("examination", "passed", None),
    ]
    with desk.database.read() as session:
        page = queries.verifications(session, invoice, after=asked[2], limit=1)
        assert [one.id for one in page] == [asked[1]]
        newest = queries.newest_answers(session, [invoice])[invoice]
        assert (newest.id, newest.answer_sha256) == (asked[2], "ab" * 32)
        assert [one.kind for one in queries.latest(session, [invoice])] == ["answer", "examination"]


def test_no_answer_is_kept_too_and_takes_nothing_back(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    desk.ask(invoice, State.VERIFIED, State.UNAVAILABLE, State.VERIFIED)
    assert desk.history(invoice)[:3] == [
        ("answer", "verified", "verified"),
        ("answer", "unavailable", "verified"),
        ("answer", "verified", None),
    ]


def test_each_of_an_authoritys_findings_corrects_once(desk: Desk) -> None:
    good, bad = desk.bring(ubl()), desk.bring(ubl(number="2026-18"))
    desk.ask(good, State.VERIFIED, State.NOT_FOUND, State.MISMATCH)
    desk.ask(bad, State.VERIFIED, State.RED_LETTER, State.UNAVAILABLE, State.RED_LETTER, State.VOID)
    with desk.database.read() as session:
        found = correction_queries.corrections(session)
        assert [(one.corrected, one.origin) for one in found] == [
            (bad, "authority:red_letter"),
            (bad, "authority:void"),
        ]


def test_an_invoice_is_asked_of_as_it_was_read(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    authority = Authority(State.VERIFIED)
    verify_invoice(desk.database, Inquiry(authority, 30), invoice, clock=desk.clock, ids=desk.ids)
    (asked,) = authority.asked
    assert (asked.number, asked.seller.identifiers[0].value) == ("2026-17", "307141589")


def test_without_a_service_nothing_is_kept(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    with pytest.raises(NoVerificationService):
        verify_invoice(desk.database, None, invoice, clock=desk.clock, ids=desk.ids)
    with pytest.raises(InvoiceUnknown):
        verify_invoice(desk.database, Inquiry(Authority(), 30), "inv_none", clock=desk.clock, ids=desk.ids)
    assert len(desk.history(invoice)) == 1


def test_what_was_never_answered_for_is_due_and_given_time(desk: Desk) -> None:
    invoice = desk.bring(ubl())
    assert desk.due() == [invoice]
    desk.ask(invoice, State.UNAVAILABLE)
    assert desk.due() == []
    desk.clock.advance(hours=1)
    assert desk.due() == [invoice]
    desk.ask(invoice, State.NOT_FOUND)
    assert desk.due() == []


def test_what_is_in_use_is_due_again_after_so_many_days(desk: Desk) -> None:
    used, idle = desk.bring(ubl()), desk.bring(ubl(number="2026-18"))
    for invoice in (used, idle):
        desk.ask(invoice, State.VERIFIED)
    assert desk.due(used) == []
    desk.clock.advance(days=2)
    assert desk.due(used, days=3) == []
    assert desk.due(used, days=2) == [used]
    desk.ask(used, State.UNAVAILABLE)
    desk.clock.advance(hours=2)
    assert desk.due(used, days=2) == [used]


def test_what_is_blocked_by_a_conflict_is_not_asked_about(desk: Desk) -> None:
    first = desk.bring(ubl())
    desk.bring(ubl(gross="2380.00", payable="2380.00"))
    assert desk.due() == [first]


def test_rows_are_only_ever_added(desk: Desk) -> None:
    """Whatever is asked, what was there before is there unchanged."""
    invoice = desk.bring(ubl())

    def rows() -> list[dict[str, object]]:
        with desk.database.read() as session:
            found = session.scalars(select(InvoiceVerification).order_by(InvoiceVerification.position))
            return [
                {column.key: getattr(one, column.key) for column in InvoiceVerification.__table__.columns}
                for one in found
            ]

    before = rows()
    for state in State:
        desk.ask(invoice, state)
        after = rows()
        assert after[:-1] == before
        before = after
    assert len(before) == 1 + len(State)


def worth(desk: Desk, invoice: str) -> int:
    with desk.database.read() as session:
        return correction_queries.chain(session, [invoice]).cap(invoice)


@pytest.mark.parametrize("bad", [State.VOID, State.RED_LETTER])
def test_what_its_authority_calls_void_is_worth_nothing_until_it_is_called_good_again(
    desk: Desk, bad: State
) -> None:
    invoice = desk.bring(ubl())
    desk.ask(invoice, State.VERIFIED, State.UNAVAILABLE)
    assert worth(desk, invoice) == 119_000
    desk.ask(invoice, bad, bad)
    assert worth(desk, invoice) == 0
    desk.ask(invoice, State.UNAVAILABLE)
    assert worth(desk, invoice) == 0
    desk.ask(invoice, State.VERIFIED)
    assert worth(desk, invoice) == 119_000
    desk.ask(invoice, bad)
    assert worth(desk, invoice) == 0
