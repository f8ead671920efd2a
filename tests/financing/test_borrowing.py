"""Borrowing power: each claim is counted where it belongs, and the sums hold to the cent."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

import api.auth.sights  # noqa: F401 - who sees what
from registry.financing.borrowing import FREE, OFFERED, PLEDGED, SOLD, Power, Stake, borrowing_power
from registry.financing.position import stakes
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    reserve_lot,
    sale_message,
)
from registry.receivables import queries as receivables
from registry.storage.sight import Viewer
from tests.builders.office import Office

TODAY = date(2026, 11, 22)
CNY, EUR = 156, 978


def stake(state: str = FREE, days: int = 45, amount: int = 100, *, suspended: bool = False) -> Stake:
    return Stake(CNY, state, TODAY + timedelta(days=days), amount, suspended)


def test_what_is_free_and_not_yet_due_can_be_offered() -> None:
    (power,) = borrowing_power([stake(), stake(days=0), stake(suspended=True), stake(OFFERED)], TODAY)
    assert (power.held, power.free, power.eligible, power.offered) == (400, 300, 100, 100)


def test_what_was_sold_is_financed_and_no_longer_held() -> None:
    (power,) = borrowing_power([stake(SOLD, amount=70), stake(PLEDGED, amount=30)], TODAY)
    assert (power.held, power.financed, power.eligible) == (30, 100, 0)


def test_a_claim_falls_due_within_the_days_up_to_its_maturity() -> None:
    (power,) = borrowing_power([stake(days=one) for one in (-1, 0, 30, 31, 90, 91)], TODAY)
    assert power.due_within == {30: 200, 60: 300, 90: 400}
    assert power.overdue == 100


def test_currencies_are_never_added_up() -> None:
    found = borrowing_power([stake(), Stake(EUR, FREE, TODAY, 5)], TODAY)
    assert [(one.currency, one.held) for one in found] == [(CNY, 100), (EUR, 5)]


def test_who_holds_nothing_has_no_power() -> None:
    assert borrowing_power([], TODAY) == []


@given(
    st.lists(
        st.builds(
            stake,
            st.sampled_from([FREE, OFFERED, PLEDGED, SOLD]),
            st.integers(-400, 400),
            st.integers(0, 2**64),
            suspended=st.booleans(),
        ),
        min_size=1,
    )
)
def test_the_parts_add_up_to_the_whole(claims: list[Stake]) -> None:
    (power,) = borrowing_power(claims, TODAY)
    pledged = sum(one.amount_minor for one in claims if one.state == PLEDGED)
    assert power.free + power.offered + pledged == power.held
    assert power.held + power.financed - pledged == sum(one.amount_minor for one in claims)
    assert power.eligible <= power.free
    assert power.due_within[30] <= power.due_within[60] <= power.due_within[90] <= power.held


def test_a_claim_moves_from_free_to_offered_to_financed(office: Office) -> None:
    tier1, bank = office.number("tier1"), office.number("bank")

    def power() -> Power:
        with office.service.database.on_behalf(Viewer(tier1)).read() as session:
            found = stakes(session, tier1, office.context.now)
        (only,) = borrowing_power(found, office.clock.now().date())
        return only

    with office.service.database.read() as session:
        lot = receivables.lots(session)[0]
    assert (power().held, power().eligible, power().offered) == (lot.amount, lot.amount, 0)
    until = office.context.now + 3600
    reserve_lot(office.context, lot.id, bank, until)
    assert (power().held, power().eligible, power().offered) == (lot.amount, 0, lot.amount)
    with office.service.database.read() as session:
        locking = lock_message(session, lot.id, bank, until)
    office.settle(lock_lot(office.context, lot.id, bank, until, [office.sign("tier1", locking)]))
    assert (power().eligible, power().offered, power().financed) == (0, lot.amount, 0)
    agreed = agree_sale(office.context, lot.id, bank, Decimal("0.05"), with_recourse=False)
    with office.service.database.read() as session:
        sale = sale_message(session, lot.id, agreed)
    office.settle(finance_lot(office.context, lot.id, [office.sign(one, sale) for one in ("tier1", "bank")]))
    assert (power().held, power().offered, power().financed) == (0, 0, lot.amount)
