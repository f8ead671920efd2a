"""The core enterprise's pages: what it is asked to confirm, one by one and in a batch, beside its own list."""

import io
import re

from openpyxl import Workbook
from playwright.sync_api import Page, expect

from registry.receivables import queries
from registry.receivables.page_queries import contests_of_receivables
from tests.portal.browsing import TAX_IDS, Site
from tests.portal.steps import sign_and_send

CONFIRMED, DECLINED = 2, 3
MAX_CLICKS = 8


def status(site: Site, receivable: str) -> int:
    with site.office.context.database.read() as session:
        return queries.receivable(session, receivable).status


def outside(receivable: str) -> str:
    return "rcv_" + receivable.removeprefix("0x")


def number_of(page: Page, receivable: str) -> str:
    """The number of the one invoice behind a request, as the page shows it."""
    row = page.locator("tr", has=page.locator(f'a[href="/receivables/{outside(receivable)}"]'))
    found = re.search(r"PORTAL-\d+", row.inner_text())
    assert found is not None
    return found[0]


def payables(*rows: tuple[str, str, str], due: str = "") -> bytes:
    """A workbook with a line per (invoice number, amount, supplier's tax id)."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Invoice number", "Supplier tax id", "Amount", "Currency", "Due date"])
    for number, amount, supplier in rows:
        sheet.append([number, supplier, float(amount), "CNY", due or None])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_treasurer_gets_from_sign_in_to_a_signed_batch_confirmation_in_under_a_minute(site: Site) -> None:
    asked = [site.to_confirm("1000.00"), site.to_confirm("2000.50")]
    with site.person("obligor") as treasurer:
        page = treasurer.go("/sign-in")
        page.evaluate(
            "window.name = '0'"
        )  # lives through navigation, so that clicks are counted on all pages
        page.add_init_script("addEventListener('click', () => { window.name = +window.name + 1 }, true)")
        page.reload()
        treasurer.press("Sign in")
        treasurer.follow("To confirm")
        treasurer.follow("Choose all")
        treasurer.press("Confirm those chosen in CNY")
        expect(page.locator(".sentence")).to_contain_text("confirms that it owes")
        expect(page.locator("tfoot")).to_contain_text("CNY")
        for one in asked:
            expect(page.locator(f'a[href="/receivables/{outside(one)}"]')).to_be_visible()
        sign_and_send(treasurer)
        clicks = int(page.evaluate("window.name"))
        assert treasurer.wallet is not None
        signed = [params for method, params in treasurer.wallet.asked if method == "eth_signTypedData_v4"]
    assert 0 < clicks <= MAX_CLICKS
    assert len(signed) == 1
    assert [status(site, one) for one in asked] == [CONFIRMED, CONFIRMED]


def test_requests_are_held_against_an_uploaded_list_and_those_that_match_are_chosen(site: Site) -> None:
    matching, differing, unlisted = (site.to_confirm(one) for one in ("700.00", "800.00", "900.00"))
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.go("/confirmations")
        supplier = TAX_IDS["tier1"]
        content = payables(
            (number_of(page, matching), "700.00", "CN" + supplier),
            (number_of(page, differing), "799.00", supplier),
            (number_of(page, unlisted), "900.00", TAX_IDS["tier2"]),
        )
        page.get_by_label("List of payables").set_input_files(
            {"name": "payables.xlsx", "mimeType": "application/octet-stream", "buffer": content}
        )
        treasurer.press("Compare")
        row = {
            one: page.locator("tr", has=page.locator(f'a[href="/receivables/{outside(one)}"]'))
            for one in (matching, differing, unlisted)
        }
        expect(row[matching]).to_contain_text("as in your list")
        expect(row[differing]).to_contain_text("amount differs")
        expect(row[differing]).to_contain_text("799.00 CNY")
        expect(row[unlisted]).to_contain_text("not in your list")
        expect(row[matching].get_by_role("checkbox")).to_be_checked()
        expect(row[differing].get_by_role("checkbox")).not_to_be_checked()
        expect(row[unlisted].get_by_role("checkbox")).not_to_be_checked()
        assert treasurer.axe() == []


def test_a_list_that_cannot_be_read_is_refused_with_what_to_do(site: Site) -> None:
    site.to_confirm("10.00")
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.expected = ("400", "422")
        treasurer.go("/confirmations")
        page.get_by_label("List of payables").set_input_files(
            {"name": "payables.csv", "mimeType": "text/csv", "buffer": b"what,ever\n1,2\n"}
        )
        treasurer.press("Compare")
        treasurer.sees("The first line must name the columns")


def test_an_obligor_declines_and_says_what_it_owes(site: Site) -> None:
    receivable = site.to_confirm("50.00")
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.go("/confirmations")
        page.locator(f'a[href="/sign/decline/{outside(receivable)}"]').click()
        page.get_by_label("What you do owe").fill("40.00")
        page.get_by_label("Reason").fill("ten were returned")
        treasurer.press("Show what I sign")
        expect(page.locator(".sentence")).to_contain_text("40.00 CNY")
        sign_and_send(treasurer)
    assert status(site, receivable) == DECLINED


def test_what_is_owed_is_shown_with_its_bound_and_by_maturity(site: Site) -> None:
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.follow("What we owe")
        with site.office.context.database.read() as session:
            (owed,) = queries.obligations(session, site.office.number("obligor"))
        expect(page.locator("svg.bars")).to_contain_text("61 to 90 days")
        expect(page.get_by_role("table").nth(1)).to_contain_text(f"in all {owed.outstanding / 100:,.2f} CNY")
        treasurer.follow("Change the bound in CNY")
        page.get_by_label("Bound").fill("90000000.00")
        treasurer.press("Show what I sign")
        expect(page.locator(".sentence")).to_contain_text("bounds what it may owe to 90,000,000.00 CNY")
        sign_and_send(treasurer)
        treasurer.go("/outstanding")
        expect(page.get_by_role("table").first).to_contain_text("90,000,000.00 CNY")


def test_an_obligor_contests_what_it_confirmed(site: Site) -> None:
    receivable = site.to_confirm("77.00")
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.go(f"/receivables/{outside(receivable)}")
        treasurer.follow("Confirm a receivable")
        sign_and_send(treasurer)
        treasurer.go(f"/receivables/{outside(receivable)}")
        treasurer.follow("Contest a receivable")
        page.get_by_label("Ground").select_option("5")
        page.get_by_label("What shows it").fill("delivery note 17")
        treasurer.press("Show what I sign")
        expect(page.locator(".sentence")).to_contain_text("contests")
        sign_and_send(treasurer)
    with site.office.context.database.read() as session:
        assert [one.code for one in contests_of_receivables(session, [receivable])] == [5]
