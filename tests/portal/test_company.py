"""A company signs with its certificate's key that an account is its own, and brings that back through the browser."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.sync_api import expect

from tests.builders.companies import a_company, a_root, pem
from tests.portal.browsing import Site


def test_a_company_signs_for_its_account(site: Site, tmp_path: Path) -> None:
    root = a_root()
    company = a_company(root, "Pearl River Components")
    text, signature, chain = (tmp_path / name for name in ("statement.txt", "statement.sig", "chain.pem"))
    with site.person("tier1") as accountant:
        page = accountant.sign_in().page
        accountant.go("/party/company")
        accountant.sees("Your company has not signed for its account yet.")
        chain.write_text(pem(company, root))
        accountant.field("Certificate (PEM), then those up to its authority").set_input_files(chain)
        with page.expect_download() as waiting:
            accountant.press("Download the text to sign")
        waiting.value.save_as(text)
        signature.write_bytes(company.key.sign(text.read_bytes(), ECDSA(SHA256())))

        def bring() -> None:
            accountant.field("The signed text").set_input_files(text)
            accountant.field("Its signature").set_input_files(signature)
            accountant.field("The same certificates").set_input_files(chain)
            accountant.press("Keep")

        kept = text.read_bytes()
        text.write_bytes(kept.replace(b"2026", b"2027"))
        bring()
        accountant.sees("The certificate's key did not sign this statement")
        text.write_bytes(kept)
        bring()
        row = page.get_by_role("row", name="Pearl River Components")
        expect(row).to_contain_text("Handelsregister-CA")
        expect(row).to_contain_text(site.office.key("tier1").address)
        assert accountant.axe() == []
        accountant.go("/party")
        accountant.sees("Pearl River Components, VATDE-271828180 (Handelsregister-CA)")
