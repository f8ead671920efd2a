"""Several under one signature: all or nothing, one party, one currency, each as its turn comes."""

from collections.abc import Callable

import pytest

from registry.financing.settlement import Paid, settle_lots, settlements_message
from registry.kit.errors import Refusal
from registry.receivables import queries
from registry.receivables.batches import require_batch
from registry.receivables.checks import Use
from registry.receivables.many import (
    Step,
    confirm_receivables,
    confirmations_message,
    register_receivables,
    registrations_message,
    transfer_lots,
    transfers_message,
)
from registry.receivables.use_cases import prepare_receivable
from registry.relay.model import Act
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.fixture
def root(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.lots(session)[0].id


def invoice(office: Office) -> str:
    return office.bring(FAPIAO).id or ""


def prepare(office: Office, invoice_id: str, minor: int | None = None) -> str:
    return prepare_receivable(office.context, office.request(Use(invoice_id, minor))).receivable


def register(office: Office, receivables: list[str], *, by: str = "tier1") -> Act:
    with office.service.database.read() as session:
        message = registrations_message(session, receivables)
    return register_receivables(office.context, receivables, [office.sign(by, message)])


def confirm(office: Office, receivables: list[str], *, by: str = "obligor") -> Act:
    with office.service.database.read() as session:
        message = confirmations_message(session, receivables)
    return confirm_receivables(office.context, receivables, [office.sign(by, message)])


def transfer(office: Office, *steps: Step, by: str = "tier1", holder: str = "") -> Act:
    with office.service.database.read() as session:
        message = transfers_message(session, steps)
    number = office.number(holder or by)
    return transfer_lots(office.context, number, steps, [office.sign(by, message)])


def settle(office: Office, *payments: Paid, by: str = "clearing", settler: str = "") -> Act:
    with office.service.database.read() as session:
        message = settlements_message(session, list(payments))
    number = office.number(settler or by)
    return settle_lots(office.context, number, list(payments), [office.sign(by, message)])


def statuses(office: Office, receivables: list[str]) -> set[int]:
    with office.service.database.read() as session:
        return {queries.receivable(session, one).status for one in receivables}


def test_two_receivables_over_one_invoice_are_registered_and_confirmed_together(office: Office) -> None:
    brought = invoice(office)
    both = [prepare(office, brought, 10_000), prepare(office, brought, 20_000)]
    assert refused_code(lambda: register(office, both, by="tier2")) == "consent_missing"
    office.settle(register(office, both))
    assert statuses(office, both) == {1}
    assert refused_code(lambda: register(office, both)) == "already_submitted"
    assert refused_code(lambda: confirm(office, both, by="tier1")) == "consent_missing"
    office.settle(confirm(office, both))
    assert statuses(office, both) == {2}
    assert refused_code(lambda: confirm(office, both)) == "not_awaiting_confirmation"


def test_what_the_first_takes_of_an_invoice_the_second_cannot(office: Office) -> None:
    brought = invoice(office)
    both = [prepare(office, brought), prepare(office, brought)]
    assert refused_code(lambda: register(office, both)) == "invoice_over_cap"
    office.settle(register(office, both[:1]))  # nothing of the batch was kept


def test_a_batch_names_each_once_and_is_not_empty(office: Office) -> None:
    one = prepare(office, invoice(office))
    assert refused_code(lambda: register(office, [one, one])) == "batch_invalid"
    assert refused_code(lambda: register_receivables(office.context, [], [])) == "batch_invalid"
    assert refused_code(lambda: transfer_lots(office.context, 3, [], [])) == "batch_invalid"
    assert refused_code(lambda: settle_lots(office.context, 3, [], [])) == "batch_invalid"


def test_several_parts_of_one_lot_pass_on_in_their_order(office: Office, root: str) -> None:
    steps = [
        Step(root, office.number("tier2"), 30_000_000),
        Step(root, office.number("tier3"), 30_000_000),
        Step(root, office.number("tier4"), 40_000_000),
    ]
    assert refused_code(lambda: transfer(office, *steps, by="tier2", holder="tier1")) == "consent_missing"
    assert refused_code(lambda: transfer(office, *steps, by="tier2")) == "not_entitled"
    office.settle(transfer(office, *steps))
    with office.service.database.read() as session:
        held = {one.holder: one.amount for one in queries.lots(session)}
    assert held == {step.to: step.amount_minor for step in steps}


@pytest.mark.parametrize(
    ("to", "minors", "code"),
    [
        ("tier2", (60_000_000, 60_000_000), "amount_over_lot"),
        ("tier2", (100_000_000, 1), "amount_over_lot"),
        ("tier2", (99_999_950, 50), "below_min_lot"),
        ("tier1", (100_000_000,), "same_holder"),
        ("tier2", (0,), "amount_not_positive"),
    ],
)
def test_one_step_that_may_not_be_ends_all(
    office: Office, root: str, to: str, minors: tuple[int, ...], code: str
) -> None:
    steps = [Step(root, office.number(to), minor) for minor in minors]
    assert refused_code(lambda: transfer(office, *steps)) == code


def test_a_lot_in_a_batch_waits_for_it(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    office.pass_on(root, "tier1", "tier2", "100000.00")
    with office.service.database.read() as session:
        one, two = [lot.id for lot in queries.lots(session, holder=office.number("tier2"))]
    to = office.number("tier3")
    act = transfer(office, Step(one, to, 10_000_000), Step(two, to, 10_000_000), by="tier2")
    for lot in (one, two):
        assert refused_code(lambda: office.send(lot, "tier2", "tier4", "50.00")) == "act_pending"  # noqa: B023
    office.settle(act)


def test_a_settler_records_several_payments_at_once(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    with office.service.database.read() as session:
        child = queries.lots(session, holder=office.number("tier2"))[0].id
    both = (Paid(root, 60_000_000, "PAY-1"), Paid(child, 10_000_000, "PAY-2"))
    assert refused_code(lambda: settle(office, *both, by="tier1")) == "not_entitled"
    assert refused_code(lambda: settle(office, *both, by="tier1", settler="clearing")) == "consent_missing"
    assert refused_code(lambda: settle(office, both[0], both[0])) == "batch_invalid"
    office.settle(settle(office, *both))
    with office.service.database.read() as session:
        assert [queries.lot(session, one).amount for one in (root, child)] == [0, 30_000_000]


def test_a_batch_is_in_one_currency() -> None:
    assert refused_code(lambda: require_batch([1, 2], currencies=[156, 978])) == "batch_mixed"
    require_batch([1, 2], currencies=[156, 156])
