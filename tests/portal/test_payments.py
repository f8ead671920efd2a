"""Whom an obligor pays: the payments of a due date, the payee of a lot, notices and their acknowledgment."""

from datetime import datetime

from playwright.sync_api import expect

from registry.chain.messages import Signed
from registry.kit.clock import unix
from registry.notices import queries as notices
from registry.receivables import queries
from registry.receivables.use_cases import confirm_receivable, confirmation_message
from tests.portal.browsing import Site

DAY = 86_400


def passed_on(site: Site, amount: str, part: str) -> tuple[str, str]:
    """``(lot, due date)`` of a part that tier1 passed on to tier2 of a fresh claim."""
    office, receivable = site.office, site.to_confirm(amount)
    with office.context.database.read() as session:
        message: Signed = confirmation_message(session, receivable)
    office.settle(confirm_receivable(office.context, receivable, [office.sign("obligor", message)]))
    with office.context.database.read() as session:
        (root,) = queries.lots(session, receivable_id=receivable)
    office.pass_on(root.id, "tier1", "tier2", part)
    with office.context.database.read() as session:
        (lot,) = [
            one
            for one in queries.lots(session, receivable_id=receivable)
            if one.holder == office.number("tier2")
        ]
        of = queries.receivable(session, receivable)
    day = office.clock.now().fromtimestamp(of.maturity, office.clock.now().tzinfo).date()
    return lot.id, day.isoformat()


def test_a_notice_arrives_with_the_transfer_and_is_acknowledged_by_signature(site: Site) -> None:
    lot, _ = passed_on(site, "300.00", "120.00")
    with site.office.context.database.read() as session:
        (notice,) = notices.notices_of_lot(session, lot)
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.follow("Notices")
        page.locator(f'a[href="/notices/{notice.id}"]').click()
        expect(page.locator(".sentence")).to_contain_text("120.00 CNY")
        treasurer.follow("Acknowledge a notice of assignment")
        treasurer.press("Sign and send")
        expect(page.get_by_role("link", name="Acknowledge a notice of assignment")).to_have_count(0)
        treasurer.follow("Whom to pay for this lot")
        treasurer.sees("no account on record")
        assert treasurer.axe() == []
    with site.office.context.database.read() as session:
        assert notices.notice(session, notice.id).acknowledged_at is not None


def test_the_payments_of_a_due_date_name_payee_amount_and_reference_and_leave_as_csv(site: Site) -> None:
    lot, due = passed_on(site, "500.00", "200.00")
    midnight = unix(datetime.fromisoformat(f"{due}T00:00:00+00:00"))
    with site.office.context.database.read() as session:
        owed = queries.payable_lots(session, site.office.number("obligor"), midnight, midnight + DAY)
        to_tier2 = sum(each.amount for each, _ in owed if each.holder == site.office.number("tier2"))
    shown = f"{to_tier2 / 100:,.2f} CNY"
    with site.person("obligor") as treasurer:
        page = treasurer.sign_in().page
        treasurer.follow("Payments")
        page.locator(f'a[href="/payments?due={due}"]').first.click()
        row = page.get_by_role("table").first.locator("tr", has_text=shown)
        expect(row).to_contain_text("no account on record")
        expect(row).to_contain_text(f"CF{due[2:4]}{due[5:7]}{due[8:]}-")
        assert treasurer.axe() == []
        with page.expect_download() as download:
            treasurer.follow("Download as CSV")
        text = download.value.path().read_text("utf-8-sig")
    assert text.startswith("due,payee,")
    assert lot in text


def test_what_an_obligor_is_told_its_supplier_reads_too_but_no_stranger(site: Site) -> None:
    lot, _ = passed_on(site, "90.00", "40.00")
    with site.office.context.database.read() as session:
        (notice,) = notices.notices_of_lot(session, lot)
    with site.person("tier2") as holder:
        holder.sign_in()
        holder.go(f"/notices/{notice.id}")
        holder.sees("40.00 CNY")
    with site.person("second_bank") as stranger:
        stranger.sign_in()
        stranger.expected = ("404",)
        stranger.go(f"/notices/{notice.id}")
        stranger.sees("There is no such notice")
