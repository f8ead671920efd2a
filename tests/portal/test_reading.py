"""What pages show: where a lot comes from, search, languages, without script, for everybody's eyes and hands."""

import pytest
from playwright.sync_api import expect

from registry.receivables import queries
from tests.portal.browsing import Site

PAGES = (
    "/",
    "/receivables",
    "/search?q=Huayuan",
    "/search?q=nothing-like-it",
    "/key",
    "/sign-in",
    "/nowhere",
)


def root_lot(site: Site) -> str:
    with site.office.context.database.read() as session:
        return queries.lots(session, holder=site.office.number("tier1"))[0].id


def test_the_provenance_tree_shows_every_act_who_signed_it_and_its_block(site: Site) -> None:
    lot = root_lot(site)
    with site.person("tier1") as supplier:
        page = supplier.sign_in().page
        supplier.go(f"/lots/{lot}")
        tree = page.locator("svg.tree")
        expect(tree).to_contain_text("registered by the supplier")
        expect(tree).to_contain_text("confirmed by the obligor")
        expect(tree).to_contain_text(site.office.key("obligor").address[:10])
        expect(tree).to_contain_text("block ")


def test_pages_read_without_script(site: Site) -> None:
    lot = root_lot(site)
    with site.person("tier1") as supplier:
        cookies = supplier.sign_in().context.cookies()
    with site.person(java_script_enabled=False) as reader:
        reader.context.add_cookies(cookies)
        for address, text in (
            ("/", "What awaits me"),
            ("/receivables", "Receivables"),
            (f"/lots/{lot}", "Holder"),
        ):
            reader.go(address)
            reader.sees(text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_passes_axe_in_both_color_schemes(site: Site, language: str) -> None:
    lot, receivable = root_lot(site), site.to_confirm("10.00")
    with site.person("obligor", locale=language) as obligor:
        obligor.expected = ("404",)
        obligor.go("/sign-in")
        obligor.page.locator("button.main").click()
        obligor.page.wait_for_url("**/")
        more = (f"/lots/{lot}", f"/receivables/{receivable}", f"/sign/confirm/{receivable}")
        found = {}
        for address in (*PAGES, *more):
            obligor.go(address)
            for colors in ("light", "dark"):
                obligor.page.emulate_media(color_scheme=colors)
                if problems := obligor.axe():
                    found[f"{address} {colors}"] = problems
    assert found == {}
