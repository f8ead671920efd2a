"""Does a PDF show what its XML says? Its text is searched for number, amount and date in the ways people write them."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from pypdf import PdfReader

from registry.invoices.invoice import Invoice
from registry.invoices.verification.findings import Finding, Result
from registry.invoices.verification.page_text import Content, text_of
from registry.kit.clock import Deadline
from registry.kit.identifiers import normalize
from registry.kit.money import currency

CODE = "pdf_shows_other"
MAX_PAGES = 6
MAX_PAGE_BYTES = 2**20
MAX_SECONDS = 5.0
_LEAST_TEXT = 20  # characters: a stamp on a scanned page is no text of the invoice
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_GROUP = r"[.,'’\s]?"


def compare(reader: PdfReader, invoice: Invoice, seconds: float = MAX_SECONDS) -> Finding:
    """Whether the pages show the invoice's number and what is payable; whether they show its date is only told.

    Looks at the first page, the last and those between, at most MAX_PAGES, until both are found.
    """
    missing = list(_FINDERS)
    text = ""
    is_whole = True
    for page in _pages(reader, seconds):
        if page is None:
            is_whole = False
            break
        text += page + "\n"
        missing = [term for term in missing if not _FINDERS[term](text, invoice)]
        if not missing:
            break
    else:
        is_whole = len(reader.pages) <= MAX_PAGES
    if len(text.strip()) < _LEAST_TEXT:
        return Finding(CODE, Result.NOT_CHECKED, "The PDF shows a picture: there is no text to compare.")
    values = {term: "missing" if term in missing else "found" for term in _FINDERS}
    values["issued_on"] = "found" if shows_day(text, invoice.issued_on) else "missing"
    if not missing:
        return Finding(
            CODE, Result.PASSED, "The PDF shows the number and the amount that its XML says.", values
        )
    if not is_whole:
        said = "The PDF is too large to look for all that its XML says."
        return Finding(CODE, Result.NOT_CHECKED, said, values)
    said = " and ".join(_said(term, invoice) for term in missing)
    return Finding(CODE, Result.WARNING, f"The PDF nowhere shows {said}, which its XML says.", values)


def _pages(reader: PdfReader, seconds: float) -> Iterator[str | None]:
    """The text of each page; None where one is beyond the bounds, or time is up."""
    deadline = Deadline(seconds)
    count = len(reader.pages)
    # What is payable stands at the end.
    for place in [0, *({count - 1} - {0}), *range(1, count - 1)][:MAX_PAGES]:
        page = reader.pages[place]
        content = Content(page)
        if deadline.has_passed or len(content.get_data()) > MAX_PAGE_BYTES:
            yield None
            return
        yield unicodedata.normalize("NFKC", text_of(page, content))


def shows_number(text: str, invoice: Invoice) -> bool:
    return normalize(invoice.number) in normalize(text)


def shows_payable(text: str, invoice: Invoice) -> bool:
    """The amount payable; where nothing is left to pay, the total."""
    amount = invoice.payable or invoice.gross or invoice.payable
    return shows_amount(text, amount, currency(invoice.currency).digits)


def shows_amount(text: str, amount: Decimal, digits: int) -> bool:
    """Whether ``1.234,56``, ``1,234.56``, ``1 234.56`` or ``1234.56`` stands in the text, alone and not as a part of
    another number; decimals may be left out where they are zero."""
    whole, _, decimals = f"{abs(amount):.{digits}f}".partition(".")
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
    tail = f"[.,]{decimals}" if decimals else ""
    tail = f"(?:{tail})?" if tail and not int(decimals) else tail
    form = re.compile(rf"(?<!\d)(?<!\d[.,'’]){_GROUP.join(groups)}{tail}(?![.,'’]?\d)")
    return form.search(text) is not None or form.search("".join(text.split())) is not None


def shows_day(text: str, day: date) -> bool:
    """The date as 2026-09-01, 01.09.2026, 9/1/2026, 1.9.26, 2026年9月1日, 1 September 2026 or Sep. 1, 2026."""
    y, m, d = day.year, day.month, day.day
    name = _MONTHS[m - 1]
    month = rf"{name[:3]}(?:{name[3:]})?\.?"
    sep = r"\s?[-./]\s?"
    forms = (
        rf"{y}{sep}0?{m}{sep}0?{d}",
        rf"{y}0?{m:02}{d:02}",
        rf"0?{d}{sep}0?{m}{sep}(?:{y}|{y % 100:02})",
        rf"0?{m}{sep}0?{d}{sep}(?:{y}|{y % 100:02})",
        rf"{y}\s?年\s?0?{m}\s?月\s?0?{d}\s?日",
        rf"0?{d}\.?\s{month}\s{y}",
        rf"{month}\s0?{d},?\s{y}",
    )
    return any(re.search(rf"(?<!\d){form}(?!\d)", text, re.IGNORECASE) for form in forms)


_FINDERS: dict[str, Callable[[str, Invoice], bool]] = {"number": shows_number, "payable": shows_payable}


def _said(term: str, invoice: Invoice) -> str:
    if term == "number":
        return f"the number {invoice.number}"
    return f"the amount {invoice.payable:f} {invoice.currency}"
