"""Signing in and signing an act, with a wallet and with a keystore file, in a real browser."""

from pathlib import Path

from playwright.sync_api import Page, expect

from api.demo import PASSWORD
from api.ids import RECEIVABLE
from registry.receivables import queries
from tests.portal.browsing import Site
from tests.portal.steps import sign_and_send

CONFIRMED = 2


def status(site: Site, receivable: str) -> int:
    with site.office.context.database.read() as session:
        return queries.receivable(session, receivable).status


def keystore(site: Site, handle: str) -> Path:
    return site.office.service.folder / "parties" / f"{handle}.json"


def choose_keystore(page: Page, path: Path, password: str = PASSWORD) -> None:
    page.get_by_label("a keystore file").check()
    page.get_by_label("Keystore file", exact=True).set_input_files(path)
    page.get_by_label("Its password").fill(password)


def test_an_obligor_confirms_a_receivable_with_its_wallet(site: Site) -> None:
    receivable = site.to_confirm("1234.50")
    with site.person("obligor") as obligor:
        page = obligor.sign_in().page
        page.locator(f'a[href="/receivables/{RECEIVABLE.outside(receivable)}"]').click()
        obligor.follow("Confirm a receivable")
        expect(page.locator(".sentence")).to_contain_text("confirms that it owes")
        expect(page.locator(".sentence")).to_contain_text("1,234.50 CNY")
        obligor.picture("confirm")
        sign_and_send(obligor)
        assert obligor.wallet is not None
        asked = [params for method, params in obligor.wallet.asked if method == "eth_signTypedData_v4"]
        assert len(asked) == 1
    assert status(site, receivable) == CONFIRMED


def test_an_obligor_confirms_with_a_keystore_file_whose_key_stays_in_the_page(site: Site) -> None:
    receivable = site.to_confirm("99.00")
    secret = site.office.key("obligor").secret.hex()
    with site.person("obligor", wallet=False) as obligor:
        page, sent = obligor.page, []
        page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
        obligor.go(f"/sign/confirm/{receivable}")
        choose_keystore(page, keystore(site, "obligor"))
        obligor.press("Sign in")
        expect(page.locator(".sentence")).to_contain_text("99.00 CNY")
        choose_keystore(page, keystore(site, "obligor"))
        sign_and_send(obligor)
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert any("signature" in one for one in sent)
    assert [one for one in [*sent, kept] if secret in one.lower() or PASSWORD in one] == []
    assert status(site, receivable) == CONFIRMED


def test_a_wrong_password_is_told_and_nothing_is_sent(site: Site) -> None:
    with site.person("obligor", wallet=False) as obligor:
        obligor.go("/sign-in")
        choose_keystore(obligor.page, keystore(site, "obligor"), "not the password")
        obligor.press("Sign in")
        obligor.sees("The password does not open this file.")


def test_without_a_wallet_the_page_says_what_else_there_is(site: Site) -> None:
    with site.person() as visitor:
        visitor.go("/sign-in")
        visitor.press("Sign in")
        visitor.sees("There is no wallet in this browser.")


def test_a_wallet_that_signs_another_amount_is_caught_in_the_page(site: Site) -> None:
    receivable = site.to_confirm("500.00")
    with site.person("obligor") as obligor:
        obligor.sign_in()
        obligor.go(f"/sign/confirm/{receivable}")
        assert obligor.wallet is not None
        obligor.wallet.alter = lambda typed: typed["message"]["terms"].update(face="1")
        obligor.press("Sign and send")
        obligor.sees("The wallet signed something else")


def test_a_page_that_shows_other_figures_than_it_asks_for_does_not_sign(site: Site) -> None:
    receivable = site.to_confirm("600.00")
    with site.person("obligor") as obligor:
        page = obligor.sign_in().page
        obligor.go(f"/sign/confirm/{receivable}")
        page.locator('[data-path="message.terms.face"]').evaluate("cell => cell.textContent = '1'")
        obligor.press("Sign and send")
        obligor.sees("What is shown is not what would be signed.")
        assert obligor.wallet is not None
        assert "eth_signTypedData_v4" not in [method for method, _ in obligor.wallet.asked]


def test_a_key_made_in_the_page_opens_again_after_its_file_was_saved(site: Site, tmp_path: Path) -> None:
    with site.person(wallet=False) as newcomer:
        page = newcomer.go("/key")
        page.get_by_label("A password for the file").fill("correct horse battery")
        page.get_by_label("The same again").fill("correct horse battery")
        newcomer.press("Make a key")
        with page.expect_download() as download:
            newcomer.follow("Download the keystore file")
        path = tmp_path / "key.json"
        download.value.save_as(path)
        address = page.locator("[data-value]")
        expect(address).to_be_hidden()
        page.get_by_label("I have saved the file").check()
        expect(address).to_be_visible()
        newcomer.expected = ("403",)
        shown = address.text_content()
        newcomer.go("/sign-in")
        choose_keystore(page, path, "correct horse battery")
        newcomer.press("Sign in")
        newcomer.sees(f"{shown} signs for no party and was let in by none.")
