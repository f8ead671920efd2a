"""Everybody's own party: keys, people, API keys and consents, in a real browser."""

import httpx
import pytest
from playwright.sync_api import expect

from registry.chain.keys import SigningKey
from registry.parties import queries as parties
from registry.parties.recovery import propose_account
from tests.notices.told import second_person
from tests.portal.browsing import Site
from tests.portal.steps import sign_and_send

PAGES = (
    "/party",
    "/party/people",
    "/party/api-keys",
    "/party/webhooks",
    "/party/consents",
    "/party/accounts",
    "/party/company",
)


def key(number: int) -> SigningKey:
    return SigningKey.from_secret(bytes(31) + bytes([number]))


def test_an_account_gives_a_key_a_mandate_and_withdraws_it(site: Site) -> None:
    new = key(101)
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.follow("Our party")
        treasurer.follow("Give a key a mandate")
        page.get_by_label("The key's address").fill(new.address)
        page.get_by_label("confirm or decline what the party owes").check()
        page.get_by_label("Valid until").fill("2035-01-01")
        page.get_by_label("At most an act").fill("5000.00")
        page.get_by_label("In this currency only").fill("CNY")
        treasurer.press("Show what I sign")
        expect(page.locator(".sentence")).to_contain_text("up to 5,000.00 CNY an act")
        treasurer.press("Sign and send")
        expect(page.locator("[data-done]:visible")).to_have_count(1)
        assert treasurer.wallet is not None
        treasurer.wallet.key, account = new, treasurer.wallet.key
        sign_and_send(treasurer)
        treasurer.wallet.key = account
        treasurer.go("/party")
        row = page.locator("tr", has_text=new.address)
        expect(row).to_contain_text("5,000.00 CNY")
        row.get_by_role("link").click()
        sign_and_send(treasurer)
        treasurer.go("/party")
        expect(row).to_contain_text("ended")


def test_somebody_who_was_let_in_signs_in_and_is_signed_out_by_the_account(site: Site) -> None:
    clerk = key(102)
    with site.person("tier1") as accountant:
        page = accountant.sign_in().page
        accountant.go("/party/people")
        page.get_by_label("Address of the person's key").fill(clerk.address)
        page.get_by_label("Name", exact=True).fill("Ms. Wang")
        page.get_by_label("supplier").check()
        accountant.press("Let in")
        expect(page.get_by_role("table").first).to_contain_text("Ms. Wang")
        with site.person("tier1") as newcomer:
            assert newcomer.wallet is not None
            newcomer.wallet.key = clerk
            newcomer.sign_in()
            newcomer.go("/party/people")
            newcomer.sees("Only your party's account decides here.")
            accountant.go("/party/people")
            stay = page.get_by_role("table").last.locator("tr", has_text="Ms. Wang")
            stay.get_by_role("button", name="Sign out").click()
            expect(stay).to_have_count(0)
            newcomer.go("/receivables")
            expect(newcomer.page.get_by_role("heading", name="Sign in")).to_be_visible()
        accountant.press("End for Ms. Wang")
        expect(page.get_by_role("table").first).to_contain_text("ended")


def test_an_api_keys_secret_is_shown_once_and_opens_the_api_until_the_key_is_ended(site: Site) -> None:
    with site.person("tier1") as accountant:
        page = accountant.sign_in().page
        accountant.go("/party/api-keys")
        page.get_by_label("Name", exact=True).fill("bookkeeping")
        page.get_by_label("supplier").check()
        accountant.press("Make the key")
        secret = page.locator("[data-secret]").inner_text()

        def status() -> int:
            return httpx.get(
                f"{site.url}/v1/receivables", headers={"Authorization": f"Bearer {secret}"}
            ).status_code

        assert status() == 200
        accountant.go("/party/api-keys")
        assert secret not in page.content()
        accountant.press("End the key bookkeeping")
        expect(page.get_by_role("table")).to_contain_text("ended")
        assert status() == 401


def test_a_consent_is_given_and_taken_back(site: Site) -> None:
    with site.person("tier1") as accountant:
        page = accountant.sign_in().page
        accountant.go("/party/consents")
        page.get_by_label("A funder").select_option(str(site.office.number("bank")))
        page.get_by_label("What for").fill("working capital")
        accountant.press("Give consent")
        row = page.locator("tr", has_text="working capital")
        expect(row).to_contain_text("Donggang Bank")
        row.get_by_role("button", name="Take back").click()
        expect(row).to_contain_text("ended")


def test_a_party_vetoes_an_account_it_did_not_ask_for(site: Site) -> None:
    office = site.office
    number = office.number("tier2")
    office.settle(propose_account(office.context, number, key(103).address))
    with site.person("tier2") as accountant:
        accountant.sign_in()
        accountant.follow("An account is proposed for your party: veto it if you did not ask for it")
        accountant.follow("Veto the proposed account")
        sign_and_send(accountant)
    with office.context.database.read() as session:
        assert parties.recovery(session, number) is None


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_two_persons_set_where_we_are_paid_at_one_page_one_after_the_other(site: Site, locale: str) -> None:
    cashier, on = second_person(site.office, "tier3"), site.office.clock.now().date().isoformat()
    with site.person("tier3", locale=locale) as accountant:
        page = accountant.sign_in().page
        accountant.follow("Our party")
        accountant.follow("Where we are paid")
        accountant.follow("Set where we are paid")
        for name, text in (("currency", "EUR"), ("holder_name", "Heli Tooling"), ("effective_on", on)):
            page.locator(f"main [name={name}]").fill(text)
        page.locator("main [name=number]").fill("DE89 3704 0044 0532 0130 00")
        accountant.press("Show what I sign")
        accountant.press("Sign and send")
        expect(page.locator("[data-before]")).to_contain_text(site.office.key("tier3").address)
        accountant.sees("Still wanted: your party's account, or another key whose mandate covers this.")
        found = accountant.axe()
        signing = page.url.removeprefix(site.url)
        accountant.go("/party/accounts")
        accountant.sees("You have signed; a second person signs next.")
        found += accountant.axe()
        accountant.go(signing)
        assert accountant.wallet is not None
        accountant.wallet.key = cashier
        accountant.press("Sign and send")
        page.wait_for_url("**/party/accounts")
        expect(page.get_by_role("table")).to_contain_text(accountant.say("in force"))
        found += accountant.axe()
        cookies = accountant.context.cookies()
    assert found == []
    with site.person(locale=locale, java_script_enabled=False) as reader:
        reader.context.add_cookies(cookies)
        reader.go("/party/accounts")
        reader.sees("DE89370400440532013000")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_pages_pass_axe_and_fit_a_phone(site: Site, locale: str) -> None:
    addresses = (*PAGES, "/confirmations", "/outstanding", f"/sign/grant_key/{site.office.number('obligor')}")
    with site.person("obligor", locale=locale, viewport={"width": 390, "height": 800}) as treasurer:
        page = treasurer.go("/sign-in")
        page.locator("button.main").click()
        page.wait_for_url("**/")
        assert [treasurer.barriers(one) for one in addresses] == [{}] * len(addresses)
