"""A funder's pages: from an invoice to the chain, from an offer to the money, and everything it holds."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from playwright.sync_api import Page, expect

from registry.chain.words import LotStatus
from registry.financing import queries as financings
from registry.financing.signing import for_sale, sign_sale
from registry.financing.use_cases import sale_message
from registry.invoices import queries as invoices
from registry.kit.clock import from_unix
from registry.receivables import queries
from tests.portal.browsing import Person, Site
from tests.portal.dealing import agreed, confirmed, financed, holder_of, let_bank_see, locked
from tests.portal.steps import sign_and_send, signs

COUNT_CLICKS = """
addEventListener("click", () => sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1), true);
"""


def clicks(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.getItem('clicks'))"))


def status(site: Site, lot: str) -> int:
    with site.office.context.database.read() as session:
        return queries.lot(session, lot).status


def open_deal(person: Person, lot: str) -> Page:
    return person.go(f"/deals/lot_{lot[2:]}")


def seller_signs(site: Site, lot: str) -> None:
    """The holder's own signature, made past the pages; with the funder's already here the sale goes out."""
    context = site.office.context
    with context.database.read() as session:
        deal = financings.live_financing(session, lot)
        assert deal is not None
        message = sale_message(session, lot, deal)
        deadline = for_sale(session, context, lot).deadline()
    consents = [site.office.sign("tier1", message, deadline=deadline)]
    act = sign_sale(context, lot, site.office.number("tier1"), consents)
    if act is not None:
        site.office.settle(act)


def test_from_an_invoices_number_to_the_chains_own_evidence_in_three_clicks(site: Site) -> None:
    let_bank_see(site)
    receivable, lot = confirmed(site, "4321.00")
    with site.office.context.database.read() as session:
        named = [
            one
            for one in invoices.invoices_of(session, site.office.number("tier1"))
            if one.payable_minor == 432100
        ]
    number = named[-1].number
    with site.person("bank") as officer:
        page = officer.sign_in().page
        page.add_init_script(COUNT_CLICKS)
        officer.go("/receivables")
        page.locator("header [type=search]").fill(number)
        page.locator("header .search button").click()
        page.locator(f'main a[href*="{receivable[2:]}"]').first.click()
        page.get_by_role("link", name="Check against the chain").first.click()
        expect(page.get_by_role("heading", name="The chain's own evidence")).to_be_visible()
        assert clicks(page) == 3
        assert lot[2:] in page.url
        officer.sees("Verified: every act from the registration to today is signed by those it binds.")
        for outcome in ("proven", "claimed", "not_checked", "failed"):
            expect(page.locator(f'[data-outcome="{outcome}"]')).to_have_count(1)
        assert page.locator('[data-outcome="proven"] li').count() > 5
        expect(page.locator("main")).to_contain_text(site.office.key("obligor").address)
        expect(page.locator("main")).to_contain_text(number)
        page.locator("details.verifications summary").first.click()
        expect(page.get_by_role("row", name="Amount payable").first).to_contain_text("good")


def test_a_funder_without_consent_is_told_why_it_does_not_see_an_invoice(site: Site) -> None:
    lot = locked(site, funder="second_bank")
    with site.person("second_bank") as officer:
        officer.sign_in()
        open_deal(officer, lot)
        officer.sees("Its contents are not shown: the supplier has not let you see its records.")
        expect(officer.page.locator("details.verifications")).to_have_count(0)
        officer.sees("nothing overdue")
        officer.sees("The obligor's confirmation")


def test_a_lot_is_held_and_let_go(site: Site) -> None:
    let_bank_see(site)
    _, lot = confirmed(site, "77.00")
    with site.person("bank") as officer:
        officer.sign_in()
        page = open_deal(officer, lot)
        officer.press("Hold")
        expect(page.locator("main")).to_contain_text("reserved")
        officer.go("/")
        officer.sees("Lot held for you")
        open_deal(officer, lot)
        officer.press("Let it go")
        expect(page.get_by_role("heading", name="Offers")).to_be_visible()
    with site.office.context.database.read() as session:
        assert financings.live_financing(session, lot) is None


def test_the_price_is_shown_to_the_cent_before_terms_are_fixed_and_both_sign(site: Site) -> None:
    lot = locked(site, "98765.43")
    with site.office.context.database.read() as session:
        maturity = from_unix(
            queries.receivable(session, queries.lot(session, lot).receivable).maturity
        ).date()
    today: date = site.office.clock.now().date()
    discount = Decimal("98765.43") * Decimal("0.042") * (maturity - today).days / 360
    price = Decimal("98765.43") - discount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    with site.person("bank") as officer:
        page = officer.sign_in().page
        officer.sees("Price and conditions to fix")
        open_deal(officer, lot)
        officer.follow("Fix price and conditions")
        officer.expected = ("422",)
        page.get_by_label("Yearly discount in percent").fill("four")
        officer.press("Compute the price")
        officer.sees("Write a yearly rate in percent like 4.2.")
        page.get_by_label("Yearly discount in percent").fill("4.2")
        page.get_by_label("With recourse").check()
        officer.press("Compute the price")
        expect(page.locator(".facts").nth(1)).to_contain_text(f"{price:,.2f} CNY")
        officer.press("Fix these and sign")
        expect(page.locator(".sentence")).to_contain_text(f"{price:,.2f} CNY")
        officer.press("Sign and send")
        officer.sees("The funder has signed; the holder's signature is still missing.")
        assert status(site, lot) == LotStatus.LOCKED
        seller_signs(site, lot)
        open_deal(officer, lot)
        officer.sees("Signed by both")
        expect(page.locator("main")).to_contain_text(site.office.key("tier1").address)
    assert holder_of(site, lot) == site.office.number("bank")


def test_the_funders_signature_completes_what_the_holder_signed_first(site: Site) -> None:
    lot, _ = agreed(site, "55.00")
    seller_signs(site, lot)
    with site.person("bank") as officer:
        officer.sign_in()
        officer.sees("Sale to sign")
        open_deal(officer, lot)
        officer.sees("The holder has signed; the funder's signature is still missing.")
        signs(officer, "Sign the sale as its funder")
    assert status(site, lot) == LotStatus.FINANCED


def test_a_locked_lot_is_released_and_a_bought_one_paid(site: Site) -> None:
    lot, bought = locked(site, "12.00"), financed(site, "34.00")
    with site.person("bank") as officer:
        page = officer.sign_in().page
        open_deal(officer, lot)
        signs(officer, "Release a lot")
        open_deal(officer, bought)
        officer.follow("Confirm a payment received")
        page.get_by_label("Amount received").fill("34.00")
        page.get_by_label("Payment reference").fill("PAY-1")
        officer.press("Show what I sign")
        sign_and_send(officer)
    assert (status(site, lot), status(site, bought)) == (LotStatus.FREE, LotStatus.REDEEMED)


def test_a_bought_lot_passes_to_the_next_funder_when_both_have_signed(site: Site) -> None:
    lot = financed(site, "5000.00")
    with site.person("bank") as officer:
        page = officer.sign_in().page
        open_deal(officer, lot)
        officer.follow("Pass a financed lot on")
        page.get_by_label("To which funder").select_option(label="南湖保理有限公司 (Nanhu Factoring)")
        page.get_by_label("Yearly discount in percent").fill("3.9")
        page.get_by_label("It pays on").fill(site.office.clock.now().date().isoformat())
        officer.press("Show what I sign")
        officer.press("Sign and send")
        expect(page.get_by_role("heading", name="What you can do")).to_be_visible()
        officer.go("/")
        officer.sees("Reassignment you signed")
    with site.person("second_bank") as next_one:
        next_one.sign_in()
        next_one.follow("Financed lot to take over")
        sign_and_send(next_one)
    assert holder_of(site, lot) == site.office.number("second_bank")


def test_the_portfolio_shows_ladder_exposure_and_flow_and_goes_into_files(site: Site) -> None:
    lot = financed(site, "640.00")
    with site.person("bank") as officer:
        page = officer.sign_in().page
        officer.go("/portfolio")
        expect(page.locator("svg.bars")).to_contain_text("61 to 90 days")
        expect(page.locator("svg.flow")).to_contain_text("Huayuan")
        expect(page.locator("svg.flow")).to_contain_text("Donggang")
        expect(page.get_by_role("row", name="Huayuan")).to_contain_text("100.0 %")
        with page.expect_download() as download:
            officer.follow("Download as CSV")
        text = download.value.path().read_text("utf-8-sig")
        assert f"lot_{lot[2:]}," in text
        assert ",640.00,CNY," in text
        with page.expect_download() as download:
            officer.follow("Download as XLSX")
        assert download.value.path().read_bytes()[:2] == b"PK"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_funders_pages_pass_axe_and_fit_a_phone(site: Site, language: str) -> None:
    (deal, _), bought = agreed(site, "21.00"), financed(site, "22.00")
    addresses = [
        "/",
        "/deals",
        f"/deals/{deal}",
        f"/deals/{deal}/terms?rate=4.2",
        f"/deals/{bought}",
        "/portfolio",
    ]
    addresses += [
        f"/sign/finance/{deal}",
        f"/sign/reassign/{bought}",
        f"/lots/{bought}/evidence",
        "/proofs",
        "/consents",
    ]
    with site.person("bank", locale=language, viewport={"width": 390, "height": 800}) as officer:
        officer.go("/sign-in")
        officer.page.locator("button.main").click()
        officer.page.wait_for_url("**/")
        assert [officer.barriers(one) for one in addresses] == [{}] * len(addresses)
