"""A claim's whole life in the browser: everybody who has a part in it, each at a window of its own, in each language."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from registry.chain.keys import SigningKey
from registry.financing.settlement import settle_lot, settlement_message
from registry.kit.clock import SystemClock
from registry.mirror.reconcile import reconcile
from registry.notices.banks import bank_account
from registry.receivables import queries
from tests.builders.office import open_office
from tests.notices.told import pay_into, second_person
from tests.portal.browsing import Person, Site, serving
from tests.portal.dealing import with_operator
from tests.portal.steps import a_file, outcome_of, sign_and_send, signs

Enter = Callable[[str], Person]
BANK = bank_account("东港银行", "3100 6666 1018 8000 1234", "CNAPS", "301290000007")
INVOICES = ("NB-2026-041", "NB-2026-042")
NEWCOMER, TAX_ID = "Neue Weberei AG", "DE271828180"
# What stands on the page at the turns of the story, to the letter: the catalog is not asked here.
READ = {
    "en": {
        "outcomes": ["accepted", "duplicate", "conflict", "accepted"],
        "confirms": "confirms that it owes",
        "verified": "Verified: every act from the registration to today is signed by those it binds.",
        "financed": "It is financed.",
        "paid": "redeemed",
    },
    "zh": {
        "outcomes": ["已接受", "重复", "冲突", "已接受"],
        "confirms": "确权共2笔应收账款",
        "verified": "通过：自登记至今的每项操作均由受其约束者签名。",
        "financed": "已融资。",
        "paid": "已兑付",
    },
}


@pytest.fixture
def town(live_folder: Path, browser: Browser) -> Iterator[Site]:
    """A registry in which nobody owes anything yet, and two know where they are paid."""
    with open_office(live_folder, SystemClock()) as office, serving(office, browser) as site:
        with_operator(site)
        with office.context.database.read() as session:
            (lot,) = queries.lots(session)
            receipt = settlement_message(session, lot.id, lot.amount, "PAY-0")
        number = office.number("tier1")
        act = settle_lot(office.context, lot.id, number, lot.amount, "PAY-0", [office.sign("tier1", receipt)])
        office.settle(act)
        pay_into(office, second_person(office))
        pay_into(office, second_person(office, "bank"), BANK, handle="bank")
        yield site


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_claim_lives_its_whole_life_on_the_pages(town: Site, tmp_path: Path, language: str) -> None:
    with ExitStack() as windows:

        def enter(handle: str) -> Person:
            locale = {"en": "en-GB", "zh": "zh-CN"}[language]
            return windows.enter_context(town.person(handle, locale=locale))

        receiver = admits(town, enter)
        supplier, obligor, funder = (enter(one).sign_in() for one in ("tier1", "obligor", "bank"))
        brings(town, supplier, tmp_path)
        registers(town, supplier)
        confirms(obligor)
        passes_on(supplier, receiver)
        acknowledges(obligor, "100,000.01 CNY")
        sells(supplier, funder)
        acknowledges(obligor, "199,999.99 CNY")
        lists_payments(obligor)
        audits(town, enter, supplier)
        are_paid(supplier, receiver, funder)
        looks_again(obligor)
    owes_nothing(town)


def read(person: Person, what: str) -> None:
    expect(person.page.locator("main")).to_contain_text(str(READ[person.language][what]))


def admits(site: Site, enter: Enter) -> Person:
    """The operator looks at the parties and invites one more, which comes in by its own signature."""
    site.office.story.keys[NEWCOMER] = SigningKey.create()
    operator = enter("operator").sign_in()
    operator.follow("Parties")
    expect(operator.page.get_by_role("row", name="Huayuan")).to_contain_text(operator.say("obligor"))
    operator.follow("Invite a party")
    for label, text in (("Legal name", NEWCOMER), ("Country", "DE"), ("Tax identifier", TAX_ID)):
        operator.page.locator("main form").get_by_label(operator.say(label)).fill(text)
    operator.field("supplier").check()
    operator.field("Valid until").fill("2035-01-31")
    operator.press("Show what will happen")
    operator.press("Yes, do it")
    expect(operator.page.get_by_role("heading", name=NEWCOMER)).to_be_visible()
    newcomer = enter(NEWCOMER)
    newcomer.go(operator.page.url.removeprefix(site.url))
    newcomer.page.locator("main [name=account]").fill(site.office.key(NEWCOMER).address)
    newcomer.press("Show what I sign")
    newcomer.press("Sign and send")
    newcomer.sees("Accepted: the party is on the chain, and its account signs for it.")
    operator.follow("Parties")
    operator.sees(NEWCOMER)
    return newcomer.sign_in()


def brings(site: Site, supplier: Person, folder: Path) -> None:
    """Two invoices, one of them twice and once more with another amount."""
    files = [
        a_file(site, folder, INVOICES[0], amount="300000.00", name="invoice-41.xml"),
        a_file(site, folder, INVOICES[0], amount="300000.00", name="invoice-41-again.xml"),
        a_file(site, folder, INVOICES[0], amount="310000.00", name="invoice-41-altered.xml"),
        a_file(site, folder, INVOICES[1], amount="45000.00", name="invoice-42.xml"),
    ]
    supplier.follow("Invoices")
    supplier.page.locator("[type=file]").set_input_files(files)
    expect(supplier.page.locator("#outcomes tbody tr")).to_have_count(4)
    found = [outcome_of(supplier.page, path.name) for path in files]
    assert found == READ[supplier.language]["outcomes"]
    if supplier.language == "en":
        supplier.picture("outcomes", supplier.page.locator("#outcomes"))


def registers(site: Site, supplier: Person) -> None:
    """A receivable over each of the two, under one signature."""
    page = supplier.page
    for number in INVOICES:
        supplier.go("/register")
        supplier.field("Take %(number)s", number=number).check()
        page.locator("[name=obligor]").select_option(str(site.office.number("obligor")))
        supplier.field("Maturity").fill((site.office.clock.now() + timedelta(days=45)).date().isoformat())
        supplier.press("Check and keep as a draft")
        expect(page.get_by_role("heading", name=supplier.say("What the rules say"))).to_be_visible()
    supplier.follow("Drafts")
    for box in page.locator("input[name=drafts]").all():
        box.check()
    supplier.press("Sign those chosen at once")
    expect(page.locator(".sentence")).to_contain_text("345,000.00 CNY")
    sign_and_send(supplier)


def confirms(obligor: Person) -> None:
    """Both under one signature."""
    obligor.follow("To confirm")
    obligor.follow("Choose all")
    obligor.press("Confirm those chosen in %(currency)s", currency="CNY")
    read(obligor, "confirms")
    expect(obligor.page.locator("tfoot")).to_contain_text("345,000.00 CNY")
    sign_and_send(obligor)


def passes_on(supplier: Person, receiver: Person) -> None:
    """A part of the larger claim; what stays is said before anybody signs."""
    supplier.follow("What I hold")
    row = supplier.page.locator("tr", has_text="300,000.00 CNY")
    row.get_by_role("checkbox").check()
    supplier.press("Split or transfer those chosen")
    supplier.field("Receiver in row %(row)s", row=1).select_option(label=NEWCOMER)
    supplier.field("Amount in row %(row)s", row=1).fill("100000.01")
    supplier.press("Show the remainder")
    expect(supplier.page.locator("strong")).to_have_text("199,999.99 CNY")
    signs(supplier, "Show what I sign")
    receiver.go("/")
    receiver.page.get_by_role("link", name="Ningbo").first.click()
    expect(receiver.page.locator(".facts")).to_contain_text("100,000.01 CNY")


def acknowledges(obligor: Person, amount: str) -> None:
    """The notice that a transfer or sale brought."""
    obligor.go("/")
    row = obligor.page.locator("tr", has_text=amount)
    row.get_by_role("link", name=obligor.say("Notice of assignment to acknowledge")).click()
    expect(obligor.page.locator(".sentence")).to_contain_text(amount)
    obligor.follow("Acknowledge a notice of assignment")
    obligor.press("Sign and send")
    obligor.page.wait_for_url("**/notices/*")
    expect(obligor.page.locator("main a.main")).to_have_count(0)


def sells(supplier: Person, funder: Person) -> None:
    """What stayed is offered and locked; the funder looks where it comes from and names a price; both sign."""
    supplier.follow("What I hold")
    supplier.page.locator("tr", has_text="199,999.99 CNY").get_by_role("link").click()
    supplier.page.locator("[name=funder]").select_option(label="东港银行 (Donggang Bank)")
    tomorrow = supplier.site.office.clock.now() + timedelta(days=1)
    supplier.page.locator("[name=until]").fill(tomorrow.date().isoformat())
    supplier.press("Offer")
    sign_and_send(supplier)

    funder.go("/")
    funder.follow("Price and conditions to fix")
    funder.follow("Check against the chain")
    read(funder, "verified")
    expect(funder.page.locator('[data-outcome="failed"] li')).to_have_text(funder.say("nothing"))
    if funder.language == "en":
        funder.picture("evidence", funder.page.locator("h1"))
    funder.page.go_back()
    funder.follow("Fix price and conditions")
    funder.field("Yearly discount in percent").fill("4.2")
    funder.press("Compute the price")
    funder.press("Fix these and sign")
    funder.press("Sign and send")
    funder.sees("The funder has signed; the holder's signature is still missing.")

    supplier.go("/offers")
    supplier.page.locator("main tbody").get_by_role("link").first.click()
    supplier.sees("The funder's terms")
    offer = supplier.page.url
    signs(supplier, "Read and sign the terms")
    supplier.page.goto(offer)
    read(supplier, "financed")


def lists_payments(obligor: Person) -> None:
    """Whom to pay on the day it all falls due, each its amount."""
    obligor.follow("Payments")
    obligor.page.locator("main tbody").get_by_role("link").first.click()
    paid = obligor.page.get_by_role("table").first
    for name, amount in (
        ("Donggang Bank", "199,999.99 CNY"),
        (NEWCOMER, "100,000.01 CNY"),
        ("Ningbo", "45,000.00 CNY"),
    ):
        expect(paid.locator("tbody tr", has_text=name)).to_contain_text(amount)
    if obligor.language == "zh":
        obligor.picture("payments")


def audits(site: Site, enter: Enter, supplier: Person) -> None:
    """The operator lets an auditor in, the supplier lets it see, and it follows the sold lot to its beginning."""
    key = SigningKey.create()
    site.office.story.keys["auditor"] = key
    operator = enter("operator").sign_in()
    operator.follow("Auditors")
    operator.follow("Let an auditor in")
    for label, text in (("Address", key.address), ("Name", "Ms. Lin"), ("Valid until", "2035-01-31")):
        operator.field(label).fill(text)
    operator.press("Show what will happen")
    operator.press("Yes, do it")
    expect(operator.page.get_by_role("row", name="Ms. Lin")).to_be_visible()
    supplier.go("/party/consents")
    supplier.field("Or an auditor, by address").fill(key.address)
    supplier.field("What for").fill("audit")
    supplier.press("Give consent")
    auditor = enter("auditor").sign_in()
    auditor.follow("Receivables")
    auditor.page.locator("main tr", has_text="300,000.00 CNY").get_by_role("link").first.click()
    auditor.page.locator("tr", has_text="199,999.99 CNY").get_by_role("link").first.click()
    tree = auditor.page.locator("svg.tree")
    for act in ("registered by the supplier", "confirmed by the obligor", "a part split off", "financed"):
        expect(tree).to_contain_text(auditor.say(act))
    auditor.follow("Check against the chain")
    read(auditor, "verified")


def are_paid(supplier: Person, receiver: Person, funder: Person) -> None:
    """Each holder says that its money came; then nothing of its lot is left."""
    for holder, amount, act in (
        (supplier, "45,000.00", "Record a payment you received"),
        (receiver, "100,000.01", "Record a payment you received"),
        (funder, "199,999.99", "Confirm a payment received"),
    ):
        if holder is funder:
            holder.follow("Portfolio")
            holder.page.get_by_role("table").last.get_by_role("link").last.click()
        else:
            holder.follow("What I hold")
            holder.page.locator("form tr", has_text=amount).get_by_role("link").click()
        lot = holder.page.url
        holder.follow(act)
        holder.page.locator("[name=amount]").fill(amount)
        holder.page.locator("[name=payment]").fill(f"PAY-{amount}")
        holder.press("Show what I sign")
        sign_and_send(holder)
        holder.page.goto(lot)
        read(holder, "paid")


def looks_again(obligor: Person) -> None:
    obligor.follow("What we owe")
    expect(obligor.page.locator("tbody tr")).to_contain_text("0.00 CNY")


def owes_nothing(site: Site) -> None:
    """On the ledger as on the pages; and the database says what the chain says."""
    service = site.office.service
    with service.database.read() as session:
        owed = queries.obligations(session, site.office.number("obligor"))
        assert {one.outstanding for one in owed} == {0}
        assert {lot.amount for lot in queries.lots(session)} == {0}
    assert reconcile(service.database, service.node, service.settings.contract).drifts == []
