"""A supplier's sheet: brought, its columns chosen, tried out, imported, told row by row; with and without script."""

import csv
import io
import re
from pathlib import Path
from time import sleep

import pytest
from playwright.sync_api import expect

from tests.invoices.import_builders import as_csv
from tests.portal.browsing import TAX_IDS, Site
from tests.portal.posting import Browser

HEADER = ["开票日期", "发票号码", "购买方名称", "购方税号", "价税合计(元)", "备注"]


def sheet(*numbers: str, header: list[str] = HEADER) -> bytes:
    rows = [
        ["2026年9月1日", number, "华远汽车", TAX_IDS["obligor"], f"{4000 + int('0' + number[2:])}.00", "=1+1"]
        for number in numbers
    ]
    return as_csv(*rows, header=header)


@pytest.fixture
def supplier(site: Site) -> Browser:
    browser = Browser(site)
    assert browser.sign_in(site.office.key("tier1")) == 303
    return browser


def brought(browser: Browser, content: bytes, name: str = "erp.csv") -> str:
    """The page of a sheet that was posted."""
    posted = browser.http.post(
        "/imports", data={"form_token": browser.form_token}, files={"file": (name, content, "text/csv")}
    )
    assert posted.status_code == 303, posted.text
    return str(posted.headers["location"])


def proposed(browser: Browser, page: str) -> dict[str, str]:
    """What the form of a page would post as it stands."""
    text = browser.http.get(page).text
    chosen = {}
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', text, re.DOTALL):
        found = re.search(r'value="([^"]*)" selected', options)
        chosen[name] = found[1] if found else ""
    given = re.findall(r'<input[^>]* name="(header_row|currency|country)"[^>]* value="([^"]*)"', text)
    return chosen | dict(given) | {"form_token": browser.form_token}


def followed(browser: Browser, page: str) -> str:
    """The page once nothing is under way."""
    for _ in range(400):
        text = browser.http.get(page).text
        if "<progress" not in text:
            return str(text)
        sleep(0.05)
    raise AssertionError("the import stands still")


def test_a_sheet_is_mapped_tried_out_and_imported_without_script(supplier: Browser) -> None:
    page = brought(supplier, sheet("W-1", "W-2"))
    form = proposed(supplier, page)
    assert [form[f"column_{place}"] for place in range(6)] == [
        "issued_on", "number", "buyer_name", "buyer_tax_id", "gross", "",
    ]  # fmt: skip
    assert (form["header_row"], form["currency"], form["country"]) == ("1", "CNY", "CN")
    tried = supplier.http.post(f"{page}/columns", data=form | {"name": "Golden ERP"})
    assert (tried.status_code, tried.headers["location"]) == (303, page)
    text = followed(supplier, page)
    assert "Nothing was stored" in text
    assert "W-2" in text
    supplier.http.post(f"{page}/start", data={"form_token": supplier.form_token, "mode": "all"})
    text = followed(supplier, page)
    assert len(re.findall(r'href="/invoices/inv_', text)) == 2
    again = brought(supplier, sheet("W-3"))
    assert "Golden ERP" in supplier.http.get(again).text


def test_columns_that_leave_something_out_are_told_on_the_page(supplier: Browser) -> None:
    page = brought(supplier, sheet("W-4"))
    form = proposed(supplier, page)
    answer = supplier.http.post(f"{page}/columns", data=form | {"column_1": ""})
    assert answer.status_code == 422
    assert "column_map_incomplete" in answer.text
    answer = supplier.http.post(f"{page}/columns", data=form | {"column_5": "number"})
    assert "One field is given two columns" in answer.text


def test_rows_are_filtered_and_leave_as_files_that_compute_nothing(supplier: Browser) -> None:
    page = brought(supplier, sheet("W-5", "", "W-6"))
    supplier.http.post(f"{page}/columns", data=proposed(supplier, page))
    followed(supplier, page)
    supplier.http.post(f"{page}/start", data={"form_token": supplier.form_token, "mode": "report"})
    followed(supplier, page)
    refused = supplier.http.get(f"{page}?outcome=refused").text
    assert "missing_field" in refused
    assert "W-5" not in refused
    lines = list(csv.reader(io.StringIO(supplier.http.get(f"{page}/rows.csv").text.removeprefix("\ufeff"))))
    assert lines[0] == ["row", "outcome", "code", "what is wrong", "invoice", *HEADER]
    assert [line[1] for line in lines[1:]] == ["new", "refused", "new"]
    assert lines[1][-1] == "'=1+1"
    workbook = supplier.http.get(f"{page}/rows.xlsx")
    assert (workbook.status_code, workbook.content[:2]) == (200, b"PK")


def test_a_saved_map_is_deleted(supplier: Browser) -> None:
    header = [*HEADER[:-1], "部门"]
    page = brought(supplier, sheet("W-7", header=header))
    supplier.http.post(f"{page}/columns", data=proposed(supplier, page) | {"name": "To go"})
    found = re.search(
        r'action="/column-maps/(\w+)/end"(?:(?!</form>).)*Delete To go', supplier.http.get("/imports").text
    )
    assert found is not None
    supplier.http.post(f"/column-maps/{found[1]}/end", data={"form_token": supplier.form_token})
    assert "To go" not in supplier.http.get("/imports").text


def test_anothers_import_and_map_do_not_exist(site: Site, supplier: Browser) -> None:
    page = brought(supplier, sheet("W-8"))
    supplier.http.post(f"{page}/columns", data=proposed(supplier, page) | {"name": "Mine"})
    found = re.search(r"/column-maps/(\w+)/end", supplier.http.get("/imports").text)
    assert found is not None
    other = Browser(site)
    other.sign_in(site.office.key("tier2"))
    token = {"form_token": other.form_token}
    assert "Mine" not in other.http.get("/imports").text
    gets = [other.http.get(page + end).status_code for end in ("", "/part", "/rows.csv")]
    posts = [
        other.http.post(address, data=token).status_code
        for address in (f"{page}/columns", f"{page}/start", f"/column-maps/{found[1]}/end")
    ]
    assert {*gets, *posts} == {404}
    assert supplier.http.get(page).status_code == 200


def test_a_person_walks_through_the_import_in_either_language(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "erp.csv"
    file.write_bytes(sheet("W-9", "", "W-10"))
    with site.person("tier1") as person:
        page = person.sign_in().go("/invoices")
        person.follow("Import invoices from a sheet")
        assert person.axe() == []
        page.locator("[type=file]").set_input_files(file)
        expect(page.get_by_label("B 发票号码")).to_have_value("number")
        assert person.axe() == []
        person.press("Try it out")
        person.sees("Nothing was stored")
        expect(page.locator("tbody tr", has_text="missing_field")).to_contain_text("3")
        assert person.axe() == []
        page.get_by_label("store the others and tell me which").check()
        person.press("Import these rows")
        expect(page.locator("#progress .badge")).to_have_text("imported")
        person.press("中文")
        person.sees("已导入")
        assert person.axe() == []
