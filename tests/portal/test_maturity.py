"""What the pages offer once a maturity has passed: enforce, put back, bar. The clock is set, so there is no window."""

from decimal import Decimal

import pytest

from registry.chain.words import LotStatus
from registry.financing.use_cases import agree_sale, finance_lot, lock_lot, lock_message, sale_message
from registry.receivables import queries
from registry.relay import queries as acts
from tests.builders.office import Office
from tests.portal.browsing import Site
from tests.portal.dealing import with_operator
from tests.portal.posting import Browser


def root(office: Office) -> str:
    with office.context.database.read() as session:
        return queries.lots(session)[0].id


def financed(office: Office, *, is_pledge: bool) -> str:
    lot, bank, until = root(office), office.number("bank"), office.context.now + 3600
    with office.context.database.read() as session:
        message = lock_message(session, lot, bank, until)
    office.settle(lock_lot(office.context, lot, bank, until, [office.sign("tier1", message)]))
    deal = agree_sale(office.context, lot, bank, Decimal("0.05"), with_recourse=True, is_pledge=is_pledge)
    with office.context.database.read() as session:
        sale = sale_message(session, lot, deal)
    office.settle(finance_lot(office.context, lot, [office.sign("tier1", sale), office.sign("bank", sale)]))
    return lot


@pytest.mark.parametrize(
    ("act", "is_pledge", "holder", "status"),
    [("put_back", False, "tier1", LotStatus.FREE), ("enforce", True, "bank", LotStatus.FINANCED)],
)
def test_a_funders_way_out_is_open_from_the_maturity_on(
    desk: Site, act: str, is_pledge: bool, holder: str, status: LotStatus
) -> None:
    office, lot = desk.office, financed(desk.office, is_pledge=is_pledge)
    before = Browser(desk)
    before.sign_in(office.key("bank"))
    assert f"/sign/{act}/" not in before.http.get(f"/deals/{lot}").text
    office.clock.advance(days=130)
    officer = Browser(desk)
    officer.sign_in(office.key("bank"))
    page = officer.http.get(f"/deals/{lot}").text
    assert f"/sign/{act}/" in page
    assert "overdue since" in page
    asked = officer.asked(f"/sign/{act}/{lot}")
    assert officer.hand_in(f"/sign/{act}/{lot}", asked, asked["typed_data"], office.key("bank")) == 303
    with office.context.database.read() as session:
        waiting = acts.unfinished_about(session, f"lot:{lot}")
    assert waiting is not None
    office.settle(waiting)
    with office.context.database.read() as session:
        found = queries.lot(session, lot)
    assert (found.holder, found.status) == (office.number(holder), status)


def test_an_overdue_obligor_is_listed_and_barred(desk: Site) -> None:
    office = desk.office
    with_operator(desk)
    office.clock.advance(days=130)
    operator = Browser(desk)
    operator.sign_in(office.key("operator"))
    number = office.number("obligor")
    assert f"/operate/bar/{number}" in operator.http.get("/overdue").text
    posted = {"form_token": operator.form_token}
    assert operator.http.post(f"/operate/bar/{number}", data=posted).status_code == 303
    with office.context.database.read() as session:
        waiting = acts.unfinished_about(session, f"party:{number}")
    assert waiting is not None
    office.settle(waiting)
    assert "/operate/bar/" not in operator.http.get("/overdue").text


def test_operators_acts_are_nobody_elses(desk: Site) -> None:
    stranger = Browser(desk)
    stranger.sign_in(desk.office.key("stranger"))
    posted = {"form_token": stranger.form_token}
    assert stranger.http.post("/operate/freeze/2", data=posted).status_code == 403
    for address in ("/parties", "/health", "/conflicts", "/deals", "/portfolio"):
        assert stranger.http.get(address).status_code == 403


def test_a_deal_that_is_none_is_a_page_that_is_not_there(desk: Site) -> None:
    with_operator(desk)
    operator = Browser(desk)
    operator.sign_in(desk.office.key("operator"))
    assert operator.http.get("/operate/nothing/2").status_code == 404
    assert operator.http.get("/operate/freeze/900").status_code == 404
