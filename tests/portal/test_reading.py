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
        supplier.picture("provenance")


def test_a_parts_tree_ends_where_it_was_split_off_and_a_receivers_begins_at_the_root(site: Site) -> None:
    root = site.confirmed("900.00")
    site.office.pass_on(root, "tier1", "tier2", "400.00")
    site.office.pass_on(root, "tier1", "tier3", "77.00")
    with site.office.context.database.read() as session:
        child = next(one.id for one in queries.lots(session, receivable_id=root[:18]) if one.amount == 40_000)
    with site.person("tier2") as receiver:
        receiver.sign_in()
        receiver.go(f"/lots/{child}")
        boxes = receiver.page.locator("svg.tree g")
        kinds = [text.partition(":")[0] for text in boxes.all_text_contents()]
        assert kinds == [
            "registered by the supplier",
            "confirmed by the obligor",
            "a part split off",
            "transferred",
        ]
        assert "77.00" not in " ".join(boxes.all_text_contents())
        receiver.page.get_by_role("link", name="lot_").last.click()
        expect(receiver.page.locator("svg.tree")).to_contain_text("77.00 CNY")


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


def test_language_and_colors_are_chosen_without_script_and_stay(site: Site) -> None:
    with site.person(java_script_enabled=False, color_scheme="light") as reader:
        reader.go("/sign-in")
        root = reader.page.locator("html")
        paper = reader.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        reader.press("Dark")
        expect(root).to_have_attribute("data-theme", "dark")
        assert reader.page.evaluate("() => getComputedStyle(document.body).backgroundColor") != paper
        reader.press("中文")
        expect(root).to_have_attribute("lang", "zh-Hans")
        reader.go("/key")
        reader.sees("生成密钥")
        expect(root).to_have_attribute("data-theme", "dark")


def test_the_keyboard_skips_to_the_content_and_shows_where_it_is(site: Site) -> None:
    with site.person("tier1") as supplier:
        page = supplier.sign_in().page
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_instants_are_shown_in_the_readers_zone_and_dates_are_not_moved(site: Site) -> None:
    receivable = site.to_confirm("60.00")
    shown = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with site.person("obligor", timezone_id=zone) as obligor:
            page = obligor.sign_in().page
            obligor.go(f"/receivables/{receivable}")
            instant = page.locator("time").first.text_content()
            shown.append(
                (instant, page.locator(".facts div", has_text="Maturity").locator("dd").text_content())
            )
    (one, on), (other, also_on) = shown
    assert one != other
    assert on == also_on


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_passes_axe_in_both_color_schemes(site: Site, language: str) -> None:
    lot, receivable = root_lot(site), site.to_confirm("10.00")
    with site.person("obligor", locale=language) as obligor:
        obligor.expected = ("404",)
        obligor.go("/sign-in")
        obligor.page.locator("button.main").click()
        obligor.page.wait_for_url("**/")
        more = (f"/lots/{lot}", f"/receivables/{receivable}", f"/sign/confirm/{receivable}")
        looked_at = (*PAGES, *more)
        assert [obligor.barriers(one) for one in looked_at] == [{}] * len(looked_at)


def test_what_bars_a_reader_is_found(site: Site) -> None:
    """The control: what was done to a page that passes."""
    with site.person("obligor") as obligor:
        page = obligor.go("/sign-in")
        page.evaluate(
            """document.querySelector("main").insertAdjacentHTML(
                "beforeend", "<p class=pale>pale</p><input class=nameless>")"""
        )
        page.evaluate("document.querySelector('.pale').style.color = '#ccc'")
        found = str(obligor.axe())
        assert ".nameless" in found
        assert ".pale" in found
