"""An obligor overdue on a confirmed receivable: new ones are refused or warned of, and the operator is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from registry.financing.settlement import settle_lot, settlement_message
from registry.kit.clock import unix
from registry.kit.errors import Refusal
from registry.kit.money import Money
from registry.parties.use_cases import bar_obligor
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.disputes import suspend_receivable
from registry.receivables.many import (
    confirm_receivables,
    confirmations_message,
    register_receivables,
    registrations_message,
)
from registry.receivables.overdue import Overdue, overdue_obligors
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    issue_messages,
    issue_receivable,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act
from registry.rules import queries as rules
from registry.rules.pack import packaged
from registry.rules.use_cases import choose_packs
from tests.builders.office import Office

FAPIAO = "invoice-6.fapiao-2019.xml"


def use(office: Office, *packs: str) -> None:
    choose_packs(office.service.database, office.clock, [packaged(one) for one in packs])


def request(office: Office, invoice: str, minor: int) -> DraftRequest:
    return office.request(Use(invoice, minor), days=300)


def overdue(office: Office) -> list[Overdue]:
    with office.service.database.read() as session:
        return overdue_obligors(session, office.clock.now().date())


def pass_maturity(office: Office) -> None:
    """To the day after the confirmed receivable was due."""
    with office.service.database.read() as session:
        maturity = min(one.maturity for one in queries.receivables(session, status=2))
    office.clock.advance(seconds=maturity - unix(office.clock.now()), days=1)


def register(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = registration_message(session, receivable)
    return register_receivable(office.context, receivable, [office.sign("tier1", message)])


def register_many(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = registrations_message(session, [receivable])
    return register_receivables(office.context, [receivable], [office.sign("tier1", message)])


def issue(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        registration, confirmation = issue_messages(session, receivable)
    consents = [office.sign("tier1", registration), office.sign("obligor", confirmation)]
    return issue_receivable(office.context, receivable, consents)


def confirm(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = confirmation_message(session, receivable)
    return confirm_receivable(office.context, receivable, [office.sign("obligor", message)])


def confirm_many(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = confirmations_message(session, [receivable])
    return confirm_receivables(office.context, [receivable], [office.sign("obligor", message)])


ENTERING: dict[str, tuple[Callable[[Office, str], Act], set[str]]] = {
    "register": (register, {"register"}),
    "register-many": (register_many, {"register"}),
    "issue": (issue, {"register", "confirm"}),
    "confirm": (confirm, {"confirm"}),
    "confirm-many": (confirm_many, {"confirm"}),
}


@pytest.mark.parametrize("name", ENTERING)
def test_a_hard_stop_list_refuses_every_way_to_a_new_receivable_and_a_soft_one_warns(
    office: Office, name: str
) -> None:
    act, judged = ENTERING[name]
    invoice = office.bring(FAPIAO).id or ""
    pass_maturity(office)
    use(office, "generic")
    receivable = prepare_receivable(office.context, request(office, invoice, 10_000)).receivable
    if name.startswith("confirm"):
        office.settle(register(office, receivable))
    use(office, "cn-2025-77")
    with pytest.raises(Refusal) as caught:
        act(office, receivable)
    assert (caught.value.code, caught.value.fields["rule"]) == (
        "rule_blocks",
        "cn-2025-77/obligor-in-default",
    )
    use(office, "generic")
    office.settle(act(office, receivable))
    with office.service.database.read() as session:
        told = {
            one.act
            for one in rules.decisions_about(session, f"receivable:{receivable}")
            for finding in one.findings
            if finding["rule"] == "generic/overdue-obligor" and finding["outcome"] == "warn"
        }
    assert judged <= told


def test_nothing_is_even_prepared_against_an_overdue_obligor_under_a_hard_stop_list(office: Office) -> None:
    invoice = office.bring(FAPIAO).id or ""
    use(office, "cn-2025-77")
    prepare_receivable(office.context, request(office, invoice, 10_000))
    pass_maturity(office)
    with pytest.raises(Refusal) as caught:
        prepare_receivable(office.context, request(office, invoice, 10_000))
    assert caught.value.code == "rule_blocks"


def test_the_list_says_since_when_how_much_and_what_the_rules_make_of_it(office: Office) -> None:
    assert overdue(office) == []
    pass_maturity(office)
    (one,) = overdue(office)
    assert (one.obligor, one.days, one.receivables) == (office.number("obligor"), 1, 1)
    assert one.since == office.clock.now().date() - timedelta(days=1)
    assert one.amounts == (Money.parse("1000000.00", "CNY"),)
    assert (one.new_receivables, one.is_barred) == ("warned", False)
    use(office, "generic", "cn-2025-77")
    assert overdue(office)[0].new_receivables == "refused"
    use(office, "in-treds")
    assert overdue(office)[0].new_receivables == "taken"
    office.settle(bar_obligor(office.context, one.obligor, is_barred=True))
    assert overdue(office)[0].is_barred


def test_what_was_paid_in_part_is_overdue_with_the_rest_and_what_was_paid_is_not(office: Office) -> None:
    pass_maturity(office)
    with office.service.database.read() as session:
        (lot,) = queries.lots(session)
    for minor, left in ((40_000_000, ["600000.00"]), (60_000_000, [])):
        with office.service.database.read() as session:
            message = settlement_message(session, lot.id, minor, "PAY-1")
        consents = [office.sign("clearing", message)]
        number = office.number("clearing")
        office.settle(settle_lot(office.context, lot.id, number, minor, "PAY-1", consents))
        assert [money.plain() for one in overdue(office) for money in one.amounts] == left


def test_a_suspended_receivable_puts_nobody_on_the_list(office: Office) -> None:
    pass_maturity(office)
    with office.service.database.read() as session:
        (one,) = queries.receivables(session, status=2)
    office.settle(suspend_receivable(office.context, one.id, "who owes is being looked into"))
    assert overdue(office) == []
