"""A pledged lot's receipt: its holder and its funder sign that it was paid, each at its own sign-in."""

import pytest

from registry.receivables import queries
from tests.builders.office import Office
from tests.portal.browsing import Site
from tests.portal.posting import at_desk, settle
from tests.portal.test_maturity import financed


@pytest.fixture
def lot(office: Office) -> str:
    """Pledged by tier1 to the bank."""
    return financed(office, is_pledge=True)


def left(office: Office, lot: str) -> int:
    with office.context.database.read() as session:
        return int(queries.lot(session, lot).amount)


def receipt(lot: str, amount: str = "400000.00") -> str:
    return f"/sign/receipt/{lot}?amount={amount}&payment=PAY-7"


@pytest.mark.parametrize(
    ("first", "second", "home"),
    [("tier1", "bank", "/holdings/"), ("bank", "tier1", "/deals/")],
)
def test_either_side_signs_first_and_the_other_in_its_own_time(
    desk: Site, lot: str, first: str, second: str, home: str
) -> None:
    office, before = desk.office, left(desk.office, lot)
    one, other = at_desk(desk, office.key(first)), at_desk(desk, office.key(second))
    there = one.signs(receipt(lot), office.key(first))
    assert there.startswith(home)
    assert left(office, lot) == before
    assert "You signed that 400,000.00 CNY was paid, reference PAY-7." in one.http.get(there).text
    assert "Receipt you signed" in one.http.get("/").text
    assert "to sign too" in other.http.get("/").text
    page = other.http.get(("/deals/" if second == "bank" else "/holdings/") + lot).text
    assert "signed that 400,000.00 CNY was paid, reference PAY-7." in page
    assert f"/sign/receipt/lot_{lot[2:]}?amount=400000.00&amp;payment=PAY-7" in page
    office.clock.advance(days=3)
    settle(office, at_desk(desk, office.key(second)).signs(receipt(lot), office.key(second)))
    assert left(office, lot) == before - 40_000_000
    assert "to sign too" not in at_desk(desk, office.key(second)).http.get("/").text


def test_signatures_over_different_amounts_are_no_receipt(desk: Site, lot: str) -> None:
    office, before = desk.office, left(desk.office, lot)
    at_desk(desk, office.key("tier1")).signs(receipt(lot), office.key("tier1"))
    there = at_desk(desk, office.key("bank")).signs(receipt(lot, "300000.00"), office.key("bank"))
    assert there.startswith("/deals/")
    assert left(office, lot) == before


def test_a_signature_that_ran_out_counts_no_more(desk: Site, lot: str) -> None:
    office, before = desk.office, left(desk.office, lot)
    at_desk(desk, office.key("tier1")).signs(receipt(lot), office.key("tier1"))
    office.clock.advance(days=8)
    bank = at_desk(desk, office.key("bank"))
    assert "to sign too" not in bank.http.get("/").text
    assert bank.signs(receipt(lot), office.key("bank")).startswith("/deals/")
    assert left(office, lot) == before


def test_neither_side_signs_for_the_other_and_no_third_for_either(desk: Site, lot: str) -> None:
    office = desk.office
    holder = at_desk(desk, office.key("tier1"))
    asked = holder.asked(receipt(lot))
    for key in ("bank", "stranger"):
        assert holder.hand_in(receipt(lot), asked, asked["typed_data"], office.key(key)) == 403
    assert at_desk(desk, office.key("second_bank")).http.get(receipt(lot)).status_code == 404


def test_a_lot_that_is_not_pledged_needs_its_holder_alone(desk: Site) -> None:
    office, lot = desk.office, financed(desk.office, is_pledge=False)
    before = left(office, lot)
    settle(office, at_desk(desk, office.key("bank")).signs(receipt(lot), office.key("bank")))
    assert left(office, lot) == before - 40_000_000
