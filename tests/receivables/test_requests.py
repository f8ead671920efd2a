"""What an obligor is asked to confirm and what it owes: lists in their order, sums that agree with the ledger."""

from datetime import timedelta
from hashlib import sha256

import pytest

from registry.access.actor import Actor, Role
from registry.kit.clock import midnight
from registry.receivables import obligor_queries as obligors
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.disputes import evidence_of
from registry.receivables.many import confirm_receivables, confirmable, confirmations_message
from registry.receivables.requests import asked, invoices_behind
from registry.receivables.rules import AGING_DAYS, DAY_SECONDS, days_left
from registry.receivables.use_cases import prepare_receivable, register_receivable, registration_message
from registry.relay.errors import ActPending
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"
CNY = 156


@pytest.fixture
def waiting(office: Office) -> list[str]:
    """Two receivables over parts of one invoice that wait for their obligor."""
    invoice = office.bring(FAPIAO).id or ""
    made = []
    for minor in (400, 500):
        draft = prepare_receivable(office.context, office.request(Use(invoice, minor))).receivable
        with office.service.database.read() as session:
            message = registration_message(session, draft)
        office.settle(register_receivable(office.context, draft, [office.sign("tier1", message)]))
        made.append(draft)
    return made


def test_days_are_counted_whole_and_the_last_is_zero() -> None:
    assert days_left(10 * DAY_SECONDS, 0) == 10
    assert days_left(10 * DAY_SECONDS, 1) == 9
    assert days_left(100, 99) == 0
    assert days_left(100, 100) < 0


def test_requests_come_in_the_order_they_end_and_are_paged(office: Office, waiting: list[str]) -> None:
    obligor, now = office.number("obligor"), office.context.now
    with office.service.database.read() as session:
        (first,) = obligors.awaiting_confirmation(session, obligor, now, limit=1)
        (second,) = obligors.awaiting_confirmation(session, obligor, now, after=(first.expires, first.id))
        assert {first.id, second.id} == set(waiting)
        assert (first.expires, first.id) < (second.expires, second.id)
        assert obligors.awaiting_totals(session, obligor, now) == {CNY: (2, 900)}
        assert obligors.awaiting_confirmation(session, office.number("tier2"), now) == []


def test_what_was_not_confirmed_in_time_is_late_and_no_longer_asked(
    office: Office, waiting: list[str]
) -> None:
    obligor = office.number("obligor")
    with office.service.database.read() as session:
        end = max(one.expires for one in obligors.awaiting_confirmation(session, obligor, office.context.now))
        assert obligors.awaiting_confirmation(session, obligor, end) == []
        late = obligors.awaiting_confirmation(session, obligor, end, is_late=True)
        assert {one.id for one in late} == set(waiting)


def test_the_obligor_sees_the_invoices_behind_a_request_and_a_stranger_does_not(
    office: Office, waiting: list[str]
) -> None:
    def behind(handle: str) -> list[int]:
        actor = Actor(office.number(handle), "", "", frozenset({Role.OBLIGOR}))
        with office.service.database.on_behalf(actor.viewer).read() as session:
            return [one.amount_minor for one in invoices_behind(session, waiting).get(waiting[0], [])]

    assert behind("obligor") == [400]
    assert behind("tier1") == [400]
    assert behind("tier2") == []


def test_a_request_in_a_batch_on_its_way_is_under_way_and_in_no_other_batch(
    office: Office, waiting: list[str]
) -> None:
    with office.service.database.read() as session:
        message = confirmations_message(session, waiting)
    confirm_receivables(office.context, waiting, [office.sign("obligor", message)])
    with office.service.database.read() as session:
        records = [queries.receivable(session, one) for one in waiting]
        assert [one.is_under_way for one in asked(session, records)] == [True, True]
        with pytest.raises(ActPending):
            confirmable(session, office.context, waiting[1:])


def test_what_is_owed_by_maturity_and_by_day_adds_up_to_what_the_ledger_says(office: Office) -> None:
    obligor, today = office.number("obligor"), office.clock.now().date()
    begins = [midnight(today + timedelta(days=days)) for days in AGING_DAYS]
    with office.service.database.read() as session:
        (owed,) = queries.obligations(session, obligor)
        aging = obligors.owed_by_maturity(session, obligor, begins)
        (due,) = queries.days_owed(session, obligor)
        record = queries.receivables(session)[0]
        assert due == (record.maturity, CNY, owed.outstanding, 1)
        assert queries.days_owed(session, obligor, after=(due[0], due[1])) == []
    days = (record.maturity - midnight(today)) // DAY_SECONDS
    assert 91 <= days <= 180
    assert aging == {CNY: [0, 0, 0, 0, owed.outstanding, 0]}
    with office.service.database.read() as session:
        after = [record.maturity + 1 + days for days in AGING_DAYS]
        assert obligors.owed_by_maturity(session, obligor, after)[CNY][0] == owed.outstanding


def test_evidence_is_a_documents_hash_or_the_words_hash() -> None:
    digest = sha256(b"a delivery note").digest()
    assert evidence_of(digest.hex()) == evidence_of("0x" + digest.hex().upper()) == digest
    assert evidence_of(" a delivery note ") == digest
