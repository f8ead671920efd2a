"""What an obligor pays on a day: one payment a payee, to the cent, where and under which reference."""

import csv
import io
from datetime import date, timedelta

import pytest

from api import notice_views as views
from registry.kit.clock import from_unix
from registry.notices.banks import bank_account
from registry.notices.payments import DuePayment, payments_due
from registry.notices.rules import lacks_evidence, payment_reference
from registry.receivables import queries as receivables
from tests.builders.office import Office
from tests.financing.test_remedies import finance, settle
from tests.notices.told import (
    FIRST,
    SECOND,
    passed_on,
    pay_into,
    payee,
    root_of,
    second_person,
    told,
    withdraw,
)

FACE = 100_000_000


@pytest.fixture
def root(office: Office) -> str:
    return root_of(office)


def due_of(office: Office, lot: str) -> date:
    with office.service.database.read() as session:
        return from_unix(
            receivables.receivable(session, receivables.lot(session, lot).receivable).maturity
        ).date()


def due(office: Office, on: date, handle: str = "obligor") -> list[DuePayment]:
    with office.service.database.read() as session:
        return payments_due(session, office.number(handle), on, office.clock.now().date())


def table(office: Office, on: date) -> list[dict[str, str]]:
    with office.service.database.read() as session:
        found = payments_due(session, office.number("obligor"), on, office.clock.now().date())
        return list(csv.DictReader(io.StringIO(views.payments_csv(session, on, found))))


def test_lots_of_one_payee_are_one_payment_and_all_add_up_to_what_is_owed(office: Office, root: str) -> None:
    for amount in ("100000.00", "200000.00"):
        office.pass_on(root, "tier1", "tier2", amount)
    finance(office, root)
    on = due_of(office, root)
    found = {one.party: one for one in due(office, on)}
    assert {party: one.amount_minor for party, one in found.items()} == {
        office.number("tier2"): 30_000_000,
        office.number("bank"): 70_000_000,
    }
    assert len(found[office.number("tier2")].lots) == 2
    office.settle(settle(office, root, "clearing", 70_000_000, "clearing"))
    assert sum(one.amount_minor for one in due(office, on)) == 30_000_000
    assert [one.party for one in due(office, on)] == [office.number("tier2")]


def test_only_that_day_and_that_obligor(office: Office, root: str) -> None:
    on = due_of(office, root)
    assert [one.amount_minor for one in due(office, on)] == [FACE]
    assert due(office, on - timedelta(days=1)) == due(office, on + timedelta(days=1)) == []
    assert due(office, on, "stranger") == []


def test_of_a_pledged_lot_the_funder_is_paid(office: Office, root: str) -> None:
    finance(office, root, is_pledge=True)
    (payment,) = due(office, due_of(office, root))
    assert payment.party == office.number("bank") == payee(office, root).party


def test_a_notice_taken_back_pays_as_before_and_says_that_the_ledger_differs(
    office: Office, root: str
) -> None:
    notice = passed_on(office, root, "400000.00")
    withdraw(office, notice, "tier2")
    (payment,) = due(office, due_of(office, root))
    assert payment.party == office.number("tier1")
    assert payment.amount_minor == FACE
    assert [lot.id for lot in payment.at_odds] == [notice.lot]
    assert table(office, due_of(office, root))[0]["look_twice"] == (
        "no account on record; the ledger names another payee"
    )


def test_the_account_is_that_of_the_day_of_payment_and_of_today_once_it_is_overdue(
    office: Office, root: str
) -> None:
    second, on = second_person(office), due_of(office, root)
    pay_into(office, second, FIRST)
    pay_into(office, second, SECOND, days=(on - office.clock.now().date()).days + 1)

    def number() -> str:
        (payment,) = due(office, on)
        assert payment.destination.account is not None
        return payment.destination.account.number

    assert number() == FIRST.number
    office.clock.advance(days=(on - office.clock.now().date()).days + 1)
    assert number() == SECOND.number


def test_the_table_says_payee_account_amount_and_reference(office: Office, root: str) -> None:
    second, on = second_person(office), due_of(office, root)
    pay_into(office, second, FIRST)
    pay_into(office, second, SECOND)
    (row,) = table(office, on)
    obligor, tier1 = office.number("obligor"), office.number("tier1")
    assert row["payee_number"] == str(tier1)
    assert (row["account"], row["account_holder"], row["bank"]) == (SECOND.number, SECOND.holder_name, "")
    assert (row["amount"], row["currency"]) == ("1000000.00", "CNY")
    assert row["reference"] == f"CF{on:%y%m%d}-{obligor}-{tier1}-CNY"
    assert row["lots"] == root
    assert row["look_twice"] == "account changed, not acknowledged"


def test_no_cell_of_the_table_starts_a_formula(office: Office, root: str) -> None:
    second, on = second_person(office), due_of(office, root)
    evil = '=HYPERLINK("http://evil.example","pay")'
    pay_into(office, second, bank_account(evil, FIRST.number, "CNAPS", FIRST.bank))
    (row,) = table(office, on)
    assert row["account_holder"] == "'" + evil


def test_a_reference_fits_an_end_to_end_id_and_is_the_same_whenever_asked() -> None:
    longest = payment_reference(date(2105, 12, 31), 2**32 - 1, 2**32 - 1, "CNY")
    assert len(longest) <= 35
    assert payment_reference(date(2027, 1, 31), 2, 5, "EUR") == "CF270131-2-5-EUR"


@pytest.mark.parametrize(
    ("kind", "agreement", "lacks"),
    [
        ("sale", None, True),
        ("pledge", "0x" + "00" * 32, True),
        ("reassignment", "0x" + "00" * 31 + "01", False),
        ("transfer", None, False),
        ("order", None, False),
    ],
)
def test_a_funders_notice_without_its_agreement_lacks_evidence(
    kind: str, agreement: str | None, *, lacks: bool
) -> None:
    assert lacks_evidence(kind, agreement) is lacks


def test_a_sale_through_this_registry_shows_its_agreement(office: Office, root: str) -> None:
    finance(office, root)
    (notice,) = told(office)
    assert not lacks_evidence(notice.kind, notice.agreement)
