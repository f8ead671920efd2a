"""Files for spreadsheets: numbers are numbers, and no cell is ever computed."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

from lxml import etree

from api.portal.sheets import Sheet

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HOSTILE = ("=1+1", "+1", "-1", "@sum", "\t=1", "＝1", " =cmd", "http://elsewhere.example")


def cells(content: bytes) -> list[tuple[str, str | None]]:
    """Kind and text of each cell below the header, as the file has them."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        page = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = etree.fromstring(book.read("xl/sharedStrings.xml"))
    assert page.findall(".//m:f", NS) == []
    assert page.findall(".//m:hyperlink", NS) == []
    words = ["".join(one.itertext()) for one in shared.findall("m:si", NS)]
    found = []
    for one in page.findall(".//m:row", NS)[1:]:
        for cell in one.findall("m:c", NS):
            value = cell.findtext("m:v", namespaces=NS)
            kind = cell.get("t", "n")
            found.append((kind, words[int(value or 0)] if kind == "s" else value))
    return found


def test_amounts_and_days_are_numbers_and_their_currency_is_beside_them() -> None:
    sheet = Sheet(
        "x", ("amount", "currency", "due", "days"), [(Decimal("1234.50"), "CNY", date(2027, 2, 20), -3)]
    )
    assert cells(sheet.xlsx()) == [("n", "1234.50"), ("s", "CNY"), ("n", "46438"), ("n", "-3")]


def test_an_amount_longer_than_a_spreadsheets_number_goes_as_exact_text() -> None:
    sheet = Sheet("x", ("amount",), [(Decimal("184467440737095516.15"),), (Decimal("9999999999999.99"),)])
    assert cells(sheet.xlsx()) == [("s", "184467440737095516.15"), ("n", "9999999999999.99")]


def test_no_cell_of_either_file_is_a_formula_or_a_link() -> None:
    sheet = Sheet("x", ("name",), [(one,) for one in HOSTILE])
    texts = [text for _, text in cells(sheet.xlsx())]
    assert [kind for kind, _ in cells(sheet.xlsx())] == ["s"] * len(HOSTILE)
    assert all(text is not None and text.lstrip()[0] not in "=+-@＝" for text in texts)
    rows = list(csv.reader(io.StringIO(sheet.csv())))
    assert [row[0] for row in rows[1:]] == ["'" + one for one in HOSTILE[:-1]] + [HOSTILE[-1]]
