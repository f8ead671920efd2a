"""The supplier's pages: files dropped in, a receivable registered, split, passed on, offered and sold."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api.portal.bars import WIDTH, Bar, draw, length
from registry.financing.signing import sign_sale
from registry.financing.use_cases import agree_sale, sale_message
from registry.invoices.verification.file_provider import FileProvider
from registry.invoices.verification.provider import Inquiry
from registry.receivables import queries
from registry.receivables.endings import declinature_message, decline_receivable
from registry.receivables.use_cases import confirm_receivable, confirmation_message
from tests.portal.browsing import TAX_IDS, Person, Site
from tests.portal.steps import a_file, drop, outcome_of, sign_and_send


@pytest.fixture(scope="module")
def supplier(site: Site) -> Iterator[Person]:
    with site.person("tier1") as person:
        yield person.sign_in()


@pytest.fixture(scope="module")
def free_lot(site: Site) -> str:
    """Nobody else's test has offered it."""
    return site.confirmed()


def test_files_dropped_on_the_page_show_their_outcomes_at_once(
    site: Site, supplier: Person, tmp_path: Path
) -> None:
    fresh = a_file(site, tmp_path, "DROP-1", amount="61317.71")
    again = a_file(site, tmp_path, "DROP-1", name="again.xml", amount="61317.71")
    altered = a_file(site, tmp_path, "DROP-1", name="altered.xml", amount="61318.71")
    alike = a_file(site, tmp_path, "DROP-1A", name="alike.xml", amount="61317.71")
    broken = tmp_path / "broken.xml"
    broken.write_text("<Invoice")
    page = supplier.go("/invoices")
    drop(page, page.locator("[type=file]"), [fresh, again, altered, alike, broken])
    supplier.sees("5 files read")
    outcomes = [outcome_of(page, one.name) for one in (fresh, again, altered, alike, broken)]
    assert outcomes == ["accepted", "duplicate", "conflict", "accepted, look twice", "refused"]
    expect(page.locator("#outcomes")).to_contain_text("malformed")
    assert supplier.axe() == []


def test_at_a_conflict_the_two_stand_side_by_side_with_what_differs_marked(
    site: Site, supplier: Person, tmp_path: Path
) -> None:
    page = supplier.go("/invoices")
    files = [
        a_file(site, tmp_path, "BESIDE-1", amount="2000.00"),
        a_file(site, tmp_path, "BESIDE-1", name="b.xml", amount="1900.00"),
    ]
    page.locator("[type=file]").set_input_files(files)
    supplier.follow("Compare the two")
    table = page.locator("table.beside")
    expect(table.locator("caption")).to_have_text("3 fields differ")
    expect(table.locator("tr.differs", has_text="Payable")).to_contain_text("1900.00")
    expect(table.locator("tr.differs", has_text="Payable")).to_contain_text("2000.00")
    expect(table.locator("tr", has_text="Number").first).not_to_contain_text("differs")
    expect(page.get_by_role("link", name="Register a receivable")).to_have_count(0)
    assert supplier.axe() == []


def test_what_was_found_of_an_invoice_stands_on_its_page_and_is_asked_for_again(
    site: Site, supplier: Person, tmp_path: Path
) -> None:
    known = tmp_path / "known.csv"
    known.write_text("seller,number,state\n")
    page = supplier.go("/invoices")
    page.locator("[type=file]").set_input_files(
        [a_file(site, tmp_path, "FOUND-1", amount="5000.00", payable="4000.00")]
    )
    expect(page.locator("#outcomes")).to_contain_text("Look at: Amount payable")
    site.office.service.inquiry = Inquiry(FileProvider(known), 30)
    try:
        supplier.follow("FOUND-1")
        rows = page.locator("table", has=page.get_by_role("columnheader", name="Check")).locator("tbody tr")
        expect(rows.filter(has_text="Amount payable")).to_contain_text("look twice")
        expect(rows.filter(has_text="Signature")).to_contain_text("not checked")
        for row, told in (("", "not known there"), (f"{TAX_IDS['tier1']},FOUND-1,void\n", "void")):
            known.write_text("seller,number,state\n" + row)
            supplier.press("Ask the outside service again")
            expect(rows.filter(has_text="Outside service").first).to_contain_text(told)
        expect(rows.filter(has_text="Outside service")).to_have_count(2)
        assert supplier.axe() == []
    finally:
        site.office.service.inquiry = None


def test_what_another_party_brought_is_not_shown_beside(site: Site, supplier: Person, tmp_path: Path) -> None:
    page = supplier.go("/invoices")
    page.locator("[type=file]").set_input_files([a_file(site, tmp_path, "SECRET-1", amount="3000.00")])
    supplier.sees("1 file read")
    with site.person("tier2") as other:
        theirs = other.sign_in().go("/invoices")
        theirs.locator("[type=file]").set_input_files(
            [a_file(site, tmp_path, "SECRET-1", name="forged.xml", amount="7.00")]
        )
        other.sees("Another party brought the other one")
        expect(theirs.locator("main")).not_to_contain_text("3,000.00")
        theirs.locator("#outcomes a").first.click()
        other.sees("Another party brought the other one")
        expect(theirs.locator("table.beside")).to_have_count(0)


def test_files_are_brought_without_script(site: Site, supplier: Person, tmp_path: Path) -> None:
    with site.person(java_script_enabled=False) as reader:
        reader.context.add_cookies(supplier.context.cookies())
        page = reader.go("/invoices")
        page.locator("[type=file]").set_input_files([a_file(site, tmp_path, "PLAIN-1", amount="4321.07")])
        reader.press("Bring these files")
        reader.sees("1 file read")
        assert outcome_of(page, "PLAIN-1.xml") == "accepted"
        page.get_by_role("searchbox", name="Number or file").fill("plain-1")
        reader.press("Show")
        reader.sees("1 invoice on this page")


def test_a_claim_is_registered_split_passed_on_offered_and_sold(
    site: Site, supplier: Person, tmp_path: Path
) -> None:
    office, page = site.office, supplier.go("/invoices")
    page.locator("[type=file]").set_input_files([a_file(site, tmp_path, "LIFE-1", amount="300000.00")])
    supplier.follow("Register a receivable")
    page.get_by_label("Take LIFE-1").check()
    page.get_by_label("How much of LIFE-1").fill("250,000.00")
    page.locator("[name=obligor]").select_option(str(office.number("obligor")))
    maturity = (office.clock.now() + timedelta(days=45)).date()
    page.get_by_label("Maturity", exact=True).fill(maturity.isoformat())
    supplier.press("Check and keep as a draft")
    expect(page.get_by_role("heading", name="What the rules say")).to_be_visible()
    assert supplier.axe() == []
    draft = "0x" + page.url.rpartition("_")[2]
    supplier.follow("Sign and register")
    expect(page.locator(".sentence")).to_contain_text("250,000.00 CNY")
    sign_and_send(supplier)
    confirm(site, draft)

    lot = root_of(site, draft)
    supplier.go(f"/holdings/{lot}")
    supplier.follow("Split or transfer")
    supplier.press("One more part")
    page.get_by_label("Receiver in row 1").select_option(str(office.number("tier2")))
    page.get_by_label("Amount in row 1").fill("100,000.01")
    page.get_by_label("Receiver in row 2").select_option(str(office.number("tier2")))
    page.get_by_label("Amount in row 2").fill("1.98")
    supplier.press("Show the remainder")
    expect(page.locator("strong")).to_have_text("149,998.01 CNY")
    assert supplier.axe() == []
    supplier.follow("Show what I sign")
    sign_and_send(supplier)
    with site.person("tier2") as receiver:
        receiver.sign_in()
        receiver.sees("keep it, or give it back in time")
        receiver.page.get_by_role("row", name=re.compile(r"1\.98 CNY")).get_by_role("link").click()
        receiver.follow("Give a lot back")
        sign_and_send(receiver)

    sell(site, supplier, lot)


def confirm(site: Site, receivable: str) -> None:
    office = site.office
    with office.context.database.read() as session:
        message = confirmation_message(session, receivable)
    office.settle(confirm_receivable(office.context, receivable, [office.sign("obligor", message)]))


def root_of(site: Site, receivable: str) -> str:
    with site.office.context.database.read() as session:
        return queries.receivable(session, receivable).commitment


def sell(site: Site, supplier: Person, lot: str) -> None:
    """Offer, lock, read the funder's terms, sign; the funder signs after."""
    office, page = site.office, supplier.go(f"/holdings/{lot}")
    page.locator("[name=funder]").select_option(str(office.number("bank")))
    page.get_by_label("Until the end of").fill((office.clock.now() + timedelta(days=5)).date().isoformat())
    supplier.press("Offer")
    expect(page.locator(".sentence")).to_contain_text("149,998.01 CNY")
    sign_and_send(supplier)
    agreed = agree_sale(office.context, lot, office.number("bank"), Decimal("0.045"), with_recourse=True)
    supplier.go("/")
    offer = supplier.page.get_by_role("link", name=re.compile("Offer to"))
    offer.and_(supplier.page.locator(f"a[href$='{agreed.id}']")).click()  # others may stand open
    supplier.sees("The funder's terms")
    supplier.sees("yes: you answer for payment")
    assert supplier.axe() == []
    supplier.follow("Read and sign the terms")
    supplier.press("Sign and send")
    supplier.sees("You signed; the funder signs next.")
    with office.context.database.read() as session:
        message = sale_message(session, lot, agreed)
    act = sign_sale(office.context, lot, office.number("bank"), [office.sign("bank", message)])
    assert act is not None
    office.settle(act)
    supplier.go(page.url.removeprefix(site.url))
    supplier.sees("It is financed.")
    supplier.go("/power")
    expect(page.locator("details")).to_contain_text("Financed, not yet paid")
    assert supplier.axe() == []


def test_several_drafts_are_registered_under_one_signature(
    site: Site, supplier: Person, tmp_path: Path
) -> None:
    page = supplier.go("/invoices")
    page.locator("[type=file]").set_input_files(
        [a_file(site, tmp_path, f"MANY-{one}", amount=f"10{one}.00") for one in (1, 2)]
    )
    supplier.sees("2 files read")
    for one in (1, 2):
        supplier.go("/register")
        page.get_by_label(f"Take MANY-{one}").check()
        page.locator("[name=obligor]").select_option(str(site.office.number("obligor")))
        maturity = (site.office.clock.now() + timedelta(days=50)).date()
        page.get_by_label("Maturity", exact=True).fill(maturity.isoformat())
        supplier.press("Check and keep as a draft")
    supplier.follow("Drafts")
    boxes = page.locator("input[name=drafts]")
    expect(boxes).to_have_count(2)
    for one in boxes.all():
        one.check()
    supplier.press("Sign those chosen at once")
    expect(page.locator(".sentence")).to_contain_text("203.00 CNY")
    sign_and_send(supplier)


def test_a_mistake_in_the_form_keeps_what_was_filled_in(site: Site, supplier: Person, tmp_path: Path) -> None:
    supplier.expected = ("422", "409", "403", "400")
    page = supplier.go("/invoices")
    page.locator("[type=file]").set_input_files([a_file(site, tmp_path, "TOO-MUCH-1", amount="5000.00")])
    supplier.sees("1 file read")
    supplier.go("/register")
    page.get_by_label("Take TOO-MUCH-1").check()
    page.get_by_label("How much of TOO-MUCH-1").fill("5000.01")
    page.locator("[name=obligor]").select_option(str(site.office.number("obligor")))
    page.get_by_label("Maturity", exact=True).fill(
        (site.office.clock.now() + timedelta(days=50)).date().isoformat()
    )
    supplier.press("Check and keep as a draft")
    expect(page.get_by_role("alert")).to_contain_text("5,000.00 CNY are left")
    expect(page.get_by_label("How much of TOO-MUCH-1")).to_have_value("5000.01")


def test_the_supplier_reads_what_the_obligor_said_when_it_declined(site: Site, supplier: Person) -> None:
    receivable, office = site.to_confirm("500.00"), site.office
    with office.context.database.read() as session:
        message = declinature_message(session, receivable, 40_000, "one pallet was broken")
    consents = [office.sign("obligor", message)]
    office.settle(decline_receivable(office.context, receivable, 40_000, "one pallet was broken", consents))
    supplier.go(f"/claims/{receivable}")
    supplier.sees("It says it owes 400.00 CNY.")
    supplier.sees("one pallet was broken")
    assert supplier.axe() == []


def test_undoing_a_receivable_waits_for_the_obligors_signature(site: Site, supplier: Person) -> None:
    receivable = site.to_confirm("70.00")
    confirm(site, receivable)
    page = supplier.go(f"/claims/{receivable}")
    supplier.follow("Undo a confirmed receivable")
    page.get_by_label("Reason").fill("delivered twice")
    supplier.press("Show what I sign")
    supplier.press("Sign and send")
    expect(page).to_have_url(re.compile("/claims/"))
    with site.person("obligor") as obligor:
        obligor.sign_in()
        obligor.sees("wants to undo a receivable")
        supplier.go("/")
        supplier.sees("Undoing of a receivable")
        obligor.page.get_by_role("link", name=re.compile("wants to undo")).first.click()
        obligor.sees("delivered twice")
        obligor.follow("Undo a confirmed receivable")
        obligor.press("Sign and send")
        obligor.page.wait_for_url("**/acts/**")
        obligor.sees("Done: it is on the chain.")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_suppliers_pages_pass_axe(site: Site, language: str) -> None:
    with site.office.context.database.read() as session:
        lot = queries.lots(session, holder=site.office.number("tier1"))[0].id
    pages = ("/invoices", "/register", "/drafts", "/holdings", f"/holdings/{lot}", f"/transfers?lot={lot}",
             "/transfers", "/offers", "/power", f"/sign/receipt/{lot}")  # fmt: skip
    looks = [("tier1", one) for one in pages]
    looks += [("tier4", one) for one in pages if lot not in one and language == "en"]  # has nothing yet
    for handle, group in groupby(looks, lambda one: one[0]):
        with site.person(handle, locale=language) as one:
            one.go("/sign-in")
            one.page.locator("button.main").click()
            one.page.wait_for_url("**/")
            for _, address in group:
                assert one.barriers(address) == {}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/transfers?lot={lot}&to=x&amount=1", 422),
        ("/transfers?lot={lot}&to=4&amount=-1", 422),
        ("/transfers?lot=nothing", 422),
        ("/transfers?lot={lot}&more=lot_00", 200),
        ("/sign/transfer/{lot}?to=x&amount=1", 422),
        ("/sign/transfer/{lot}?to=4&amount=-1", 422),
        ("/sign/transfer_many/x?steps=nonsense", 422),
        ("/sign/register_many/x", 200),
        ("/sign/register/nonsense", 422),
        ("/sign/sell/{lot}", 422),
        ("/drafts/rcv_00000000000000ff", 404),
        ("/invoices/inv_none", 404),
        ("/offers/fin_none", 404),
        ("/invoices?outcome=other", 422),
    ],
)
def test_an_address_somebody_made_up_is_refused_and_never_fails(
    site: Site, supplier: Person, free_lot: str, address: str, status: int
) -> None:
    address = address.format(lot=free_lot)
    answer = supplier.page.request.get(site.url + address, headers={"accept": "text/html"})
    assert answer.status == status


def test_bars_are_as_long_as_their_amounts() -> None:
    assert [length(one, 1000) for one in (0, 1, 500, 1000)] == [0, 2, WIDTH // 2, WIDTH]
    assert length(5, 0) == 0
    drawn = draw([Bar("<b>", "1.00", 1)], "a & b")
    assert "<b>" not in drawn
    assert 'aria-label="a &amp; b"' in drawn
