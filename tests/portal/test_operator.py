"""The operator's pages and the auditor's, and the invited party's way in."""

import pytest
from playwright.sync_api import expect

from registry.chain.keys import SigningKey
from registry.chain.words import PartyFlag
from registry.parties import queries as parties
from tests.portal.browsing import Site
from tests.portal.dealing import confirmed, with_auditor, with_operator


def flags(site: Site, number: int) -> int:
    with site.office.context.database.read() as session:
        return parties.party(session, number).flags


def test_an_invited_party_comes_in_by_its_own_signature(site: Site) -> None:
    with_operator(site)
    site.office.story.keys["newcomer"] = SigningKey.create()
    with site.person("operator") as operator:
        page = operator.sign_in().page
        operator.go("/parties")
        operator.follow("Invite a party")
        page.get_by_label("Legal name").fill("Neue Weberei AG")
        page.get_by_label("Country").fill("DE")
        page.get_by_label("Tax identifier").fill("DE271828180")
        page.get_by_label("supplier").check()
        page.get_by_label("Valid until").fill("2030-01-31")
        operator.press("Show what will happen")
        operator.sees("Whoever has the link may come in once")
        operator.press("Yes, do it")
        expect(page.get_by_role("heading", name="Invitation for Neue Weberei AG")).to_be_visible()
        link = page.url.removeprefix(site.url)
    with site.person("newcomer") as newcomer:
        newcomer.go(link)
        address = site.office.key("newcomer").address
        newcomer.page.get_by_label("The address of the account").fill(address)
        newcomer.press("Show what I sign")
        expect(newcomer.page.locator(".sentence")).to_contain_text("Neue Weberei AG")
        newcomer.press("Sign and send")
        expect(newcomer.page.get_by_role("status")).to_contain_text("Accepted")
        newcomer.sign_in()
    with site.office.context.database.read() as session:
        assert parties.party_with_account(session, address) is not None


def test_another_keys_signature_does_not_accept_an_invitation(site: Site) -> None:
    with_operator(site)
    with site.person("operator") as operator:
        page = operator.sign_in().page
        query = "name=Zweite+AG&country=DE&identifier=DE136695976&roles=supplier&valid_until=2030-01-31"
        operator.go(f"/operate/invite/new?{query}")
        operator.press("Yes, do it")
        link = page.url.removeprefix(site.url)
    with site.person("stranger") as stranger:
        stranger.go(f"{link}?account={SigningKey.create().address}")
        stranger.expected = ("403",)
        stranger.press("Sign and send")
        stranger.sees("The signature does not fit")
    with site.person("operator") as operator:
        operator.sign_in()
        operator.go("/invitations")
        operator.page.get_by_role("row", name="Zweite AG").get_by_role(
            "link", name="Take an invitation back"
        ).click()
        operator.press("Yes, do it")
        expect(operator.page.get_by_role("row", name="Zweite AG")).to_contain_text("ended")


def test_what_will_happen_is_said_before_a_party_is_frozen(site: Site) -> None:
    with_operator(site)
    number = site.office.number("stranger")
    with site.person("operator") as operator:
        operator.sign_in()
        operator.go(f"/parties/{number}")
        operator.follow("Freeze a party")
        operator.sees("It can neither send nor receive anything until the freeze is lifted.")
        assert not flags(site, number) & PartyFlag.FROZEN
        operator.press("Yes, do it")
        operator.sees("Done: it is on the chain.")
        assert flags(site, number) & PartyFlag.FROZEN
        operator.go(f"/parties/{number}")
        operator.sees("frozen")
        operator.follow("Lift a party's freeze")
        operator.press("Yes, do it")
        operator.sees("Done: it is on the chain.")
    assert not flags(site, number) & PartyFlag.FROZEN


def test_an_account_is_proposed_for_a_party_that_lost_its_own(site: Site) -> None:
    with_operator(site)
    number, account = site.office.number("tier4"), SigningKey.create().address
    with site.person("operator") as operator:
        operator.sign_in()
        operator.expected = ("422",)
        operator.go(f"/operate/recover/{number}")
        operator.page.get_by_label("The new account's address").fill("not an address")
        operator.press("Show what will happen")
        operator.press("Yes, do it")
        operator.sees("Write an address: 0x and 40 hex digits.")
        operator.page.get_by_label("The new account's address").fill(account)
        operator.press("Show what will happen")
        operator.sees("after 7 days")
        operator.press("Yes, do it")
        operator.sees("Done: it is on the chain.")
        operator.go(f"/parties/{number}")
        operator.sees(account)


def test_the_operator_sees_conflicts_from_both_sides_and_the_machines_health(site: Site) -> None:
    with_operator(site)
    with site.person("operator") as operator:
        page = operator.sign_in().page
        operator.go("/conflicts")
        expect(page.get_by_role("row", name="invoice-5-altered-1.ubl.xml")).to_contain_text(
            "invoice-1.ubl.xml"
        )
        page.get_by_role("row", name="invoice-5-altered-1.ubl.xml").get_by_role("link").first.click()
        expect(page.locator("table.beside tr.differs").first).to_contain_text("differs")
        assert operator.axe() == []
        page.get_by_label("Cannot tell yet").check()
        page.get_by_label("Why").fill("The seller is asked.")
        operator.press("Decide")
        operator.sees("The seller is asked.")
        operator.go("/conflicts?state=unclear")
        operator.sees("1 pair in all")
        operator.go("/conflicts?state=corrected")
        operator.sees("There is none like that.")
        operator.go("/health")
        operator.sees("open: everything goes on")
        operator.sees("Blocks behind")
        operator.sees("No log is in quarantine.")


def test_an_auditor_sees_what_consent_opens_and_can_do_nothing(site: Site) -> None:
    receivable, _ = confirmed(site, "88.00")
    with_auditor(site)
    with site.person("auditor") as auditor:
        page = auditor.sign_in().page
        auditor.go("/consents")
        page.locator("main").get_by_role("link", name="Ningbo").first.click()
        expect(page.locator(f'a[href*="{receivable[2:]}"]').first).to_be_visible()
        auditor.go("/acts")
        expect(page.locator("main table")).to_contain_text("register")
        auditor.go("/decisions")
        expect(page.locator("main table")).to_contain_text("register")
        auditor.expected = ("403",)
        auditor.go("/operate/freeze/2")
        auditor.sees("This is for operator; you are auditor.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_operators_pages_pass_axe_and_fit_a_phone(site: Site, language: str) -> None:
    with_operator(site)
    addresses = ["/parties", "/parties/2", "/operate/freeze/2", "/operate/invite/new", "/operate/roles/2"]
    addresses += ["/invitations", "/overdue", "/conflicts", "/health", "/auditors", "/decisions", "/acts"]
    with site.person("operator", locale=language, viewport={"width": 390, "height": 800}) as operator:
        operator.go("/sign-in")
        operator.page.locator("button.main").click()
        operator.page.wait_for_url("**/")
        assert [operator.barriers(one) for one in addresses] == [{}] * len(addresses)
