"""What a funder holds, seen together: the rules, and the records they are fed with."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.financing.portfolio import claims, ways
from registry.financing.rules import BUCKETS, Claim, bucket, exposures, flow, ladder, way_of_holders
from registry.financing.use_cases import agree_sale, finance_lot, lock_lot, lock_message, sale_message
from registry.receivables import queries
from registry.receivables.model import Lot
from tests.builders.office import Office

TODAY = date(2026, 11, 22)
CNY, EUR = 156, 978


def due(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "rung"),
    [(-1, "overdue"), (0, "7"), (7, "7"), (8, "30"), (30, "30"), (31, "60"), (60, "60"), (61, "90"), (90, "90"),
     (91, "180"), (180, "180"), (181, "more")],
)  # fmt: skip
def test_a_maturity_stands_on_one_rung_and_is_overdue_only_after_its_day(days: int, rung: str) -> None:
    assert bucket(due(days), TODAY) == rung


def test_the_ladder_keeps_currencies_apart_and_names_every_rung() -> None:
    found = ladder([Claim(1, CNY, due(-3), 5), Claim(2, CNY, due(-9), 7), Claim(1, EUR, due(400), 11)], TODAY)
    assert list(found) == [CNY, EUR]
    assert list(found[CNY]) == list(BUCKETS)
    assert (found[CNY]["overdue"], found[EUR]["more"], sum(found[EUR].values())) == (12, 11, 11)


def test_exposures_are_added_up_by_obligor_the_largest_first() -> None:
    held = [
        Claim(1, CNY, due(1), 10, 2),
        Claim(2, CNY, due(1), 60),
        Claim(1, CNY, due(9), 20),
        Claim(2, EUR, due(1), 1),
    ]
    found = [(one.obligor, one.currency, one.amount_minor, one.lots, one.share) for one in exposures(held)]
    assert found == [(2, CNY, 60, 1, 667), (1, CNY, 30, 3, 333), (2, EUR, 1, 1, 1000)]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 10**15)), min_size=1, max_size=20))
def test_shares_of_a_currency_add_up_to_the_whole(held: list[tuple[int, int]]) -> None:
    found = exposures([Claim(obligor, CNY, TODAY, amount) for obligor, amount in held])
    assert sum(one.share for one in found) == 1000
    assert sum(one.amount_minor for one in found) == sum(amount for _, amount in held)


def test_nothing_owed_has_no_share() -> None:
    assert [one.share for one in exposures([Claim(1, CNY, TODAY, 0)])] == [0]


def test_a_way_names_each_holder_once_in_turn_and_may_come_back() -> None:
    assert way_of_holders(1, [2, 2, 3, 3, 2, 7]) == (1, 2, 3, 2, 7)


def test_a_flow_adds_up_what_takes_the_same_step_and_ends_with_the_funder() -> None:
    moved = flow([((1, 2, 7), 10), ((1, 2, 3, 7), 5)])
    assert moved == {(0, 1, 1, 2): 15, (1, 2, 2, 3): 5, (1, 2, 3, 7): 10, (2, 3, 3, 7): 5}


def bought(office: Office, lot: str, seller: str, *, is_pledge: bool = False) -> None:
    bank, until = office.number("bank"), office.context.now + 3600
    with office.context.database.read() as session:
        message = lock_message(session, lot, bank, until)
    office.settle(lock_lot(office.context, lot, bank, until, [office.sign(seller, message)]))
    deal = agree_sale(office.context, lot, bank, Decimal("0.05"), with_recourse=False, is_pledge=is_pledge)
    with office.context.database.read() as session:
        sale = sale_message(session, lot, deal)
    office.settle(finance_lot(office.context, lot, [office.sign(seller, sale), office.sign("bank", sale)]))


def lots_of(office: Office, holder: str) -> list[Lot]:
    with office.context.database.read() as session:
        return list(queries.lots(session, holder=office.number(holder)))


def test_a_portfolio_holds_what_was_bought_and_what_is_pledged_and_nothing_of_others(office: Office) -> None:
    root = lots_of(office, "tier1")[0].id
    office.pass_on(root, "tier1", "tier2", "600000.00")
    office.pass_on(lots_of(office, "tier2")[0].id, "tier2", "tier3", "100000.00")
    bought(office, lots_of(office, "tier3")[0].id, "tier3")
    bought(office, lots_of(office, "tier2")[0].id, "tier2", is_pledge=True)
    obligor, tier1, tier2, tier3, bank = (
        office.number(one) for one in ("obligor", "tier1", "tier2", "tier3", "bank")
    )
    with office.context.database.read() as session:
        held, found = claims(session, bank), ways(session, bank)
        others = claims(session, office.number("second_bank"))
    assert [(one.obligor, one.currency, one.amount_minor, one.lots) for one in held] == [
        (obligor, CNY, 60_000_000, 2)
    ]
    assert sorted(found[CNY]) == [
        ((obligor, tier1, tier2, tier3, bank), 10_000_000),
        ((obligor, tier1, tier2, bank), 50_000_000),
    ]
    assert others == []
