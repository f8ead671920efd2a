"""A proof as a file: its supplier takes it, choosing what it shows; a funder checks it by a block of its own."""

from pathlib import Path

from playwright.sync_api import expect

from registry.provenance.pack import read_pack
from tests.portal.browsing import Site
from tests.portal.test_reading import root_lot


def test_a_supplier_takes_a_proof_and_a_funder_checks_it(site: Site, tmp_path: Path) -> None:
    lot = root_lot(site)
    with site.person("tier1") as supplier:
        page = supplier.sign_in().page
        supplier.go(f"/lots/{lot}/evidence")
        supplier.field("Number").check()
        with page.expect_download() as waiting:
            supplier.press("Download the proof")
        file = tmp_path / "a.proof.json"
        waiting.value.save_as(file)
    pack = read_pack(file.read_bytes())
    assert {one.field.partition(".")[2] for one in pack.documents} == {"number"}
    with site.person("bank") as funder:
        page = funder.sign_in().page
        funder.go("/proofs")
        funder.field("File of the proof").set_input_files(file)
        funder.field("Hash of the block you trust").fill(pack.block.hash)
        funder.press("Check")
        funder.sees("Verified: every act from the registration to today is signed by those it binds.")
        expect(page.locator("[data-outcome=proven]")).to_contain_text("It is the block you named.")
        assert funder.axe() == []
        proven = page.locator("[data-outcome=proven] li").first
        expect(proven).not_to_be_visible()
        page.emulate_media(media="print")  # on paper nothing is folded away, and there is no form
        expect(proven).to_be_visible()
        expect(page.locator("form.upload")).not_to_be_visible()
        page.emulate_media(media="screen")
        file.write_text(file.read_text().replace(pack.lot, "0x" + "12" * 32))
        funder.field("File of the proof").set_input_files(file)
        funder.press("Check")
        funder.sees("Refused: what is shown does not hold together. Do not pay on it.")


def test_a_funder_takes_the_proof_of_what_an_obligor_owes(site: Site, tmp_path: Path) -> None:
    with site.person("bank") as funder:
        page = funder.sign_in().page
        funder.go("/obligors/2/outstanding")
        assert funder.axe() == []
        shown = page.get_by_role("row", name="CNY").get_by_role("cell").first.inner_text()
        with page.expect_download() as waiting:
            page.get_by_role("row", name="CNY").get_by_role("link").click()
        file = tmp_path / "a.total.json"
        waiting.value.save_as(file)
        pack = read_pack(file.read_bytes())
        assert pack.block.hash in page.content()
        funder.go("/proofs")
        funder.field("File of the proof").set_input_files(file)
        funder.field("Hash of the block you trust").fill(pack.block.hash)
        funder.press("Check")
        funder.sees("Verified: this is what the registry's state holds of what it owes.")
        expect(page.locator("dl")).to_contain_text(shown)
        assert funder.axe() == []
