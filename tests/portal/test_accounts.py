"""Where a party is paid, on its own page: set by two persons, each in its own time, and accepted by who pays."""

import re

import pytest

from registry.chain.keys import SigningKey
from registry.notices import queries
from registry.notices.model import PaymentAccount
from tests.builders.office import Office
from tests.notices.told import second_person
from tests.portal.browsing import Site
from tests.portal.posting import Browser, at_desk

NUMBER = "6222020000001234567"


@pytest.fixture
def cashier(office: Office) -> SigningKey:
    """A second person of tier1 who may record payments."""
    return second_person(office)


def on_record(office: Office) -> list[PaymentAccount]:
    with office.context.database.read() as session:
        return list(queries.accounts(session, office.number("tier1")))


def where(office: Office, number: str = NUMBER, *, days: int = 0) -> str:
    on = office.clock.now().date().fromordinal(office.clock.now().date().toordinal() + days)
    return (
        f"/sign/payment_account/{office.number('tier1')}?currency=CNY&holder_name=Ningbo&number={number}"
        f"&bank_scheme=CNAPS&bank=103332001234&effective_on={on}"
    )


def page(browser: Browser, language: str = "en") -> str:
    return str(browser.http.get("/party/accounts", headers={"accept-language": language}).text)


def both_sign(desk: Site, cashier: SigningKey, number: str = NUMBER, *, days: int = 0) -> Browser:
    account = desk.office.key("tier1")
    owner = at_desk(desk, account)
    owner.signs(where(desk.office, number, days=days), account)
    clerk = at_desk(desk, cashier)
    assert clerk.signs(where(desk.office, number, days=days), cashier) == "/party/accounts"
    return clerk


def test_an_account_is_set_by_two_persons_each_at_its_own_sign_in(desk: Site, cashier: SigningKey) -> None:
    office, account = desk.office, desk.office.key("tier1")
    owner, clerk = at_desk(desk, account), at_desk(desk, cashier)
    assert "None is on record" in page(owner)
    assert owner.signs(where(office), account).startswith("/sign/payment_account/")
    assert on_record(office) == []
    assert "You have signed; a second person signs next." in page(owner)
    waiting = page(clerk)
    assert NUMBER in waiting
    assert account.address in waiting
    assert "Set where we are paid: a second key is wanted" in clerk.http.get("/").text
    link = re.search(r'href="(/sign/payment_account/[^"]+)">Sign it too', waiting)
    assert link is not None
    office.clock.advance(hours=10)
    clerk = at_desk(desk, cashier)
    assert clerk.signs(link[1].replace("&amp;", "&"), cashier) == "/party/accounts"
    (set_now,) = on_record(office)
    assert set_now.number == NUMBER
    assert {one["signer"] for one in set_now.signed["consents"]} == {account.address, cashier.address}
    shown = page(clerk)
    assert "in force" in shown
    assert "Waiting for a second person" not in shown


def test_the_same_person_twice_sets_no_account(desk: Site, cashier: SigningKey) -> None:
    clerk = at_desk(desk, cashier)
    for _ in range(2):
        assert clerk.signs(where(desk.office), cashier).startswith("/sign/payment_account/")
    assert on_record(desk.office) == []


def test_two_persons_who_sign_different_accounts_set_none(desk: Site, cashier: SigningKey) -> None:
    account = desk.office.key("tier1")
    at_desk(desk, account).signs(where(desk.office), account)
    other = where(desk.office, "6222020000009999999")
    assert at_desk(desk, cashier).signs(other, cashier).startswith("/sign/payment_account/")
    assert on_record(desk.office) == []


def test_the_next_account_stands_beside_the_one_in_force(desk: Site, cashier: SigningKey) -> None:
    both_sign(desk, cashier)
    clerk = both_sign(desk, cashier, "6222020000009999999", days=10)
    shown = page(clerk)
    assert shown.index("in force") < shown.index("to come")
    desk.office.clock.advance(days=11)
    shown = page(at_desk(desk, cashier))
    assert shown.index("6222020000009999999") < shown.index(NUMBER)
    assert "replaced" in shown


def test_who_owes_accepts_the_account_and_the_party_sees_that(desk: Site, cashier: SigningKey) -> None:
    clerk = both_sign(desk, cashier)
    assert "nobody yet" in page(clerk)
    (account,) = on_record(desk.office)
    obligor = desk.office.key("obligor")
    address = f"/sign/acknowledge_account/{account.id}_{desk.office.number('obligor')}"
    assert at_desk(desk, obligor).signs(address, obligor) == "/payments"
    assert "Huayuan Automotive" in page(clerk)


def test_what_is_no_account_is_refused_in_the_form(desk: Site) -> None:
    owner = at_desk(desk, desk.office.key("tier1"))
    wrong = where(desk.office, "DE89370400440532013001").replace("&bank_scheme=CNAPS&bank=103332001234", "")
    answer = owner.http.get(wrong)
    assert answer.status_code == 422
    assert 'value="DE89370400440532013001"' in answer.text
    assert "is no IBAN" in answer.text


def test_an_account_is_shown_to_no_other_party(desk: Site, cashier: SigningKey) -> None:
    account = desk.office.key("tier1")
    at_desk(desk, account).signs(where(desk.office), account)
    assert NUMBER not in page(at_desk(desk, desk.office.key("tier2")))


def test_the_page_is_in_chinese_for_who_reads_chinese(desk: Site, cashier: SigningKey) -> None:
    clerk = both_sign(desk, cashier)
    shown = page(clerk, "zh")
    assert "<h1>收款账户</h1>" in shown
    assert "生效中" in shown


def test_an_obligor_that_is_paid_nothing_sets_no_account(desk: Site) -> None:
    treasurer = at_desk(desk, desk.office.key("obligor"))
    assert "Set where we are paid" not in page(treasurer)
    assert treasurer.http.get(f"/sign/payment_account/{desk.office.number('obligor')}").status_code == 403
