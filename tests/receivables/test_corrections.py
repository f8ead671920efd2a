"""What a credit note does to what rests on its invoice already, and to what still may."""

import pytest

from registry.chain.words import LotStatus
from registry.financing.use_cases import reserve_lot
from registry.invoices.corrections import correct_by_finding, decide_correction
from registry.kit.errors import Refusal
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.endings import declinature_message, decline_receivable
from registry.receivables.lots import reject_lot, rejection_message
from registry.receivables.many import Step, preview_transfers
from registry.receivables.use_cases import prepare_receivable, register_receivable, registration_message
from registry.storage.sight import Viewer
from tests.builders.office import Office
from tests.financing.test_financing import agree
from tests.financing.test_financing import finance as sell
from tests.financing.test_remedies import lock, settle, write_off
from tests.invoices.builders import preceding
from tests.receivables.corrected import (
    brought,
    confirm,
    credited,
    exposed,
    handed_in,
    link_of,
    on_ledger,
    refused_code,
    registered,
    sample,
)
from tests.receivables.test_endings import cancel

OWN = 119_000  # what ``brought`` comes to, in minor units


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.lots(session)[0].id


@pytest.fixture
def own(office: Office) -> str:
    """An invoice of 1,190.00 CNY of which nothing is used."""
    return brought(office, number="B-1", issued_on="2026-10-01")


def prepare(office: Office, invoice: str, minor: int | None = None) -> int:
    return prepare_receivable(office.context, office.request(Use(invoice, minor))).terms.face


def test_a_credit_note_that_came_first_leaves_less_to_register(office: Office, own: str) -> None:
    credited(office, "190.00", of="B-1")
    assert refused_code(lambda: prepare(office, own, 100_001)) == "invoice_corrected"
    assert prepare(office, own) == 100_000


def test_a_credit_note_below_what_is_used_ends_further_use(office: Office, own: str) -> None:
    registered(office, own, 60_000)
    credited(office, "700.00", of="B-1")
    with pytest.raises(Refusal) as caught:
        prepare(office, own, 1)
    assert caught.value.code == "invoice_corrected"
    assert "GS-1" in caught.value.detail
    assert caught.value.fields["cap_minor"] == 49_000
    assert caught.value.fields["over_minor"] == 11_000


def test_a_credit_note_above_what_is_used_leaves_the_rest_and_the_chain_keeps_its_cap(
    office: Office, own: str
) -> None:
    registered(office, own, 60_000)
    credited(office, "190.00", of="B-1")
    assert refused_code(lambda: prepare(office, own, 40_001)) == "invoice_corrected"
    second = registered(office, own, 40_000)
    with office.service.database.read() as session:
        (named,) = queries.registered_invoices(session, second)
    assert (named.cap, named.amount) == (OWN, 40_000)
    assert refused_code(lambda: prepare(office, own)) == "invoice_corrected"


def test_without_a_credit_note_all_of_it_can_be_used(office: Office, own: str) -> None:
    registered(office, own, 60_000)
    assert refused_code(lambda: prepare(office, own, 59_001)) == "invoice_over_cap"
    assert prepare(office, own) == 59_000


def test_a_draft_prepared_before_the_credit_note_is_checked_again_when_handed_in(
    office: Office, own: str
) -> None:
    prepared = prepare_receivable(office.context, office.request(Use(own)))
    credited(office, "190.00", of="B-1")
    with office.service.database.read() as session:
        consent = office.sign("tier1", registration_message(session, prepared.receivable))
    assert (
        refused_code(lambda: register_receivable(office.context, prepared.receivable, [consent]))
        == "invoice_corrected"
    )


def test_a_replacement_takes_over_with_what_was_used(office: Office, own: str) -> None:
    registered(office, own, 60_000)
    how = {"number": "B-2", "type_code": "384", "issued_on": "2026-10-20"}
    new = brought(office, **how, gross="1000.00", extra=preceding("B-1"))
    assert refused_code(lambda: prepare(office, own, 1)) == "invoice_corrected"
    assert refused_code(lambda: prepare(office, new, 40_001)) == "invoice_corrected"
    assert prepare(office, new) == 40_000
    assert exposed(office, own) == exposed(office, new)
    assert exposed(office, new).over_minor == 0


def test_a_strangers_credit_note_keeps_nobody_from_anything(office: Office, root: str) -> None:
    credited(office, "452000.00", by="stranger", tax_id="CN91440300MA5XX0000Q")
    office.pass_on(root, "tier1", "tier2", "400000.00")


def test_a_free_lot_over_more_than_there_is_stays_where_it_is(office: Office, root: str) -> None:
    credited(office, "52000.00")
    for minor in (100_000_000, 40_000_000):
        amount = f"{minor // 100}.00"
        assert refused_code(lambda: office.send(root, "tier1", "tier2", amount)) == "invoice_corrected"  # noqa: B023
    assert refused_code(lambda: lock(office, root)) == "invoice_corrected"
    until = office.context.now + 3600
    assert (
        refused_code(lambda: reserve_lot(office.context, root, office.number("bank"), until))
        == "invoice_corrected"
    )
    with office.service.database.on_behalf(Viewer(office.number("tier1"))).read() as session:
        steps = [Step(root, office.number("tier2"), 100_000_000)]
        assert (
            refused_code(lambda: preview_transfers(session, office.context, office.number("tier1"), steps))
            == "invoice_corrected"
        )


def test_a_lot_that_was_passed_on_before_can_still_be_given_back(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "1000000.00")
    credited(office, "52000.00")
    with office.service.database.read() as session:
        message = rejection_message(session, root)
    office.settle(reject_lot(office.context, root, [office.sign("tier2", message)]))


def test_written_down_to_what_is_left_it_goes_on(office: Office, root: str) -> None:
    credited(office, "52000.00")
    office.settle(write_off(office, root, 5_199_999, "tier1"))
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "invoice_corrected"
    assert exposed(office, sample(office)).over_minor == 1
    office.settle(write_off(office, root, 1, "tier1"))
    assert exposed(office, sample(office)).over_minor == 0
    office.pass_on(root, "tier1", "tier2", "400000.00")


def test_what_was_given_up_for_one_invoice_does_not_count_for_another(office: Office, root: str) -> None:
    credited(office, "52000.00")
    office.settle(write_off(office, root, 5_200_000, "tier1"))
    (second,) = [one for one in behind(office) if one != sample(office)][:1]
    office.clock.advance(seconds=1)
    with office.service.database.write() as session:
        correct_by_finding(session, second, finding="void", clock=office.clock, ids=office.context.new_id)
    assert exposed(office, second).over_minor == exposed(office, second).used_minor
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "invoice_corrected"


def behind(office: Office) -> list[str]:
    with office.service.database.read() as session:
        receivable = queries.receivables(session, status=2)[0].id
        return [one.invoice for one in queries.draft_invoices(session, receivable)]


def test_canceled_by_both_sides_nothing_rests_on_it(office: Office, root: str) -> None:
    credited(office, "52000.00")
    receivable = the_receivable(office)
    office.settle(cancel(office, receivable, "tier1", "obligor"))
    assert exposed(office, sample(office)).used_minor == 0


def the_receivable(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.receivables(session, status=2)[0].id


def test_the_operator_may_record_that_it_concerns_something_else_and_take_that_back(
    office: Office, root: str
) -> None:
    link = link_of(office, credited(office, "52000.00"))
    decide_correction(office.context, link.id, stands=False, why="another delivery", by="operator")
    office.pass_on(root, "tier1", "tier2", "100000.00")
    decide_correction(office.context, link.id, stands=True, why="it was this one", by="operator")
    assert refused_code(lambda: office.send(root, "tier1", "tier2")) == "invoice_corrected"


def test_a_credit_note_that_leaves_enough_stops_nothing(office: Office, own: str) -> None:
    receivable = registered(office, own, 60_000)
    office.settle(confirm(office, receivable))
    credited(office, "590.00", of="B-1")
    assert exposed(office, own).over_minor == 0
    lot = on_ledger(office, receivable).commitment
    office.pass_on(lot, "tier1", "tier2", "600.00")


def test_an_open_confirmation_is_refused_and_declining_frees_the_rest(office: Office, own: str) -> None:
    first, second = registered(office, own, 60_000), registered(office, own, 40_000)
    office.settle(confirm(office, first))
    credited(office, "300.00", of="B-1")
    assert refused_code(lambda: confirm(office, second)) == "invoice_corrected"
    lot = on_ledger(office, first).commitment
    assert refused_code(lambda: office.send(lot, "tier1", "tier2")) == "invoice_corrected"
    with office.service.database.read() as session:
        message = declinature_message(session, second, 0, "credited")
    consents = [office.sign("obligor", message)]
    office.settle(decline_receivable(office.context, second, 0, "credited", consents))
    office.pass_on(lot, "tier1", "tier2", "600.00")


def test_a_registration_on_its_way_counts_before_its_block(office: Office, own: str) -> None:
    receivable = handed_in(office, own, 60_000)
    credited(office, "700.00", of="B-1")
    assert refused_code(lambda: prepare(office, own, 1)) == "invoice_corrected"
    office.service.worker.run_until_idle()
    assert refused_code(lambda: confirm(office, receivable)) == "invoice_corrected"


def test_locked_and_financed_lots_are_not_touched(office: Office, root: str) -> None:
    lock(office, root)
    credited(office, "52000.00")
    sell(office, root, agree(office, root), "tier1", "bank")
    with office.service.database.read() as session:
        assert queries.lot(session, root).status == LotStatus.FINANCED


def test_what_was_paid_still_counts_against_what_is_left(office: Office, own: str) -> None:
    receivable = registered(office, own)
    office.settle(confirm(office, receivable))
    lot = on_ledger(office, receivable).commitment
    office.settle(settle(office, lot, "clearing", 100_000, "clearing"))
    credited(office, "190.00", of="B-1")
    found = exposed(office, own)
    assert (found.cap_minor, found.used_minor, found.out_minor, found.over_minor) == (
        100_000,
        119_000,
        19_000,
        19_000,
    )
    assert refused_code(lambda: office.send(lot, "tier1", "tier2")) == "invoice_corrected"
