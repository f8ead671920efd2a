"""Borrowing power: each claim is counted where it belongs, and the sums hold to the cent."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.financing.borrowing import FREE, OFFERED, PLEDGED, SOLD, Stake, borrowing_power

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
def test_the_parts_add_up_to_the_whole(stakes: list[Stake]) -> None:
    (power,) = borrowing_power(stakes, TODAY)
    pledged = sum(one.amount_minor for one in stakes if one.state == PLEDGED)
    assert power.free + power.offered + pledged == power.held
    assert power.held + power.financed - pledged == sum(one.amount_minor for one in stakes)
    assert power.eligible <= power.free
    assert power.due_within[30] <= power.due_within[60] <= power.due_within[90] <= power.held
