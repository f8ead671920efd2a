"""A PDF whose pages say other than its XML; pages are written by hand, as text on a blank sheet."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pypdf
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from registry.invoices.use_cases import read_invoice
from registry.invoices.verification import shown
from registry.invoices.verification.examine import Examiner
from registry.invoices.verification.findings import Result
from registry.kit.errors import Refusal
from tests.invoices.builders import FIXTURES, an_invoice, ubl
from tests.invoices.verification.signing import a_day


def paper(*pages: str, xml: bytes | None = None) -> bytes:
    """A PDF of one page for each text, a line for each of its lines."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(400, 600)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        rows = "".join(f"({line}) Tj 0 -14 Td " for line in text.splitlines())
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 10 Tf 20 500 Td {rows} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if xml is not None:
        writer.add_attachment("factur-x.xml", xml)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


PATIENCE = 600.0  # seconds: a busy machine is no finding
GOOD = "Rechnung 2026-17 vom 01.09.2026\nZu zahlen: 1.190,00 EUR"


def compared(*pages: str, **changes):  # type: ignore[no-untyped-def]
    return shown.compare(pypdf.PdfReader(BytesIO(paper(*pages))), an_invoice(**changes), PATIENCE)


def test_a_pdf_that_shows_the_same_passes():
    one = compared(GOOD)
    assert (one.result, set(one.values.values())) == (Result.PASSED, {"found"})


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (GOOD.replace("2026-17", "2026-18"), "number"),
        (GOOD.replace("1.190,00", "1.910,00"), "payable"),
        (GOOD.replace("1.190,00", "21.190,00"), "payable"),
        (GOOD.replace("1.190,00", "1.190,001"), "payable"),
        (GOOD.replace("1.190,00", "11.190,00"), "payable"),
    ],
)
def test_a_pdf_that_shows_another_number_or_amount_is_warned_of(text, missing):
    one = compared(text)
    assert one.result is Result.WARNING
    assert one.values[missing] == "missing"
    assert list(one.values.values()).count("missing") == 1


def test_another_date_is_told_and_no_warning_by_itself():
    one = compared(GOOD.replace("01.09.2026", "02.09.2026"))
    assert (one.result, one.values["issued_on"]) == (Result.PASSED, "missing")


def test_the_amount_may_stand_on_the_last_page():
    assert compared("Rechnung 2026-17", "Posten", "Summe 1190.00").result is Result.PASSED


def test_a_picture_has_no_text_to_compare():
    assert compared("").result is Result.NOT_CHECKED


def test_a_paper_longer_than_the_bound_is_not_called_wrong():
    pages = ["Seite mit etwas Text darauf"] * (shown.MAX_PAGES + 2)
    assert compared(*pages).result is Result.NOT_CHECKED
    assert compared(*pages[: shown.MAX_PAGES]).result is Result.WARNING


def test_when_time_is_up_nothing_is_called_wrong():
    reader = pypdf.PdfReader(BytesIO(paper(GOOD.replace("17", "18"))))
    assert shown.compare(reader, an_invoice(), -1.0).result is Result.NOT_CHECKED
    assert shown.compare(reader, an_invoice(), PATIENCE).result is Result.WARNING


def test_a_page_beyond_the_bound_of_bytes_is_left_out(monkeypatch):
    monkeypatch.setattr(shown, "MAX_PAGE_BYTES", 20)
    assert compared(GOOD).result is Result.NOT_CHECKED


@pytest.mark.parametrize(
    "written",
    ["1,234.56", "1.234,56", "1 234,56", "1'234.56", "1234.56", "1234,56", "EUR1234.56", "1234.56 €"],
)
def test_amounts_are_found_as_people_write_them(written):
    assert shown.shows_amount(f"Total {written} incl.", Decimal("1234.56"), 2)
    assert not shown.shows_amount(f"Total {written} incl.", Decimal("11234.56"), 2)
    assert not shown.shows_amount(f"Total {written} incl.", Decimal("1234.5"), 2)


@pytest.mark.parametrize(
    ("written", "is_shown"), [("1,234.56", False), ("1.234,56", False), ("1 234,56", True)]
)
def test_a_space_may_stand_between_two_numbers(written, is_shown):
    """The end of a longer number is no amount of its own; behind a space it may be one, and is the smaller."""
    assert shown.shows_amount(f"Total {written} incl.", Decimal("234.56"), 2) is is_shown


def test_decimals_may_be_left_out_where_they_are_zero():
    assert shown.shows_amount("2,000,000 JPY", Decimal(2_000_000), 0)
    assert shown.shows_amount("total 500 EUR", Decimal("500.00"), 2)
    assert not shown.shows_amount("total 500.10 EUR", Decimal("500.00"), 2)
    assert not shown.shows_amount("total 500 EUR", Decimal("500.10"), 2)


@pytest.mark.parametrize(
    "written",
    ["2026-09-01", "20260901", "01.09.2026", "1.9.26", "9/1/2026", "01/09/2026", "2026年9月1日",
     "1 September 2026", "Sep. 1, 2026", "01 Sep 2026"],
)  # fmt: skip
def test_dates_are_found_as_people_write_them(written):
    assert shown.shows_day(f"of {written}.", date(2026, 9, 1))
    assert not shown.shows_day(f"of {written}.", date(2026, 11, 3))


def test_where_nothing_is_left_to_pay_the_total_is_looked_for():
    assert compared(GOOD, payable=Decimal(0)).result is Result.PASSED


def test_an_examined_pdf_is_compared_with_its_own_xml():
    def of(content: bytes):  # type: ignore[no-untyped-def]
        every = Examiner().examine(content, an_invoice(), a_day())
        return next(one for one in every if one.check == shown.CODE)

    assert of(paper(GOOD, xml=ubl())).result is Result.PASSED
    assert of(paper(GOOD.replace("17", "18"), xml=ubl())).result is Result.WARNING
    assert [one for one in Examiner().examine(ubl(), an_invoice(), a_day()) if one.check == shown.CODE] == []


def test_real_papers_show_what_their_xml_says_but_one():
    """One of the public samples carries another invoice's XML than it shows."""
    wrong = []
    for path in sorted(FIXTURES.rglob("*.pdf")):
        content = path.read_bytes()
        try:
            invoice = read_invoice(content, path.name)[0]
        except Refusal:
            continue
        if shown.compare(pypdf.PdfReader(BytesIO(content)), invoice, PATIENCE).result is not Result.PASSED:
            wrong.append(path.name)
    known = ["MustangGnuaccountingBeispielRE-20201121_508_withBOM.pdf"]
    assert wrong == (known if FIXTURES.exists() else [])
