"""Reading terms out of an XML document by path: bounded, normalized, and refusing what it cannot read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NoReturn

from lxml.etree import _Element

from registry.invoices.errors import MalformedInvoice, MissingField, TooLarge
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.kit.errors import BadInput
from registry.kit.identifiers import UNKNOWN_COUNTRY, TaxId, normalize

MAX_TEXT_CHARS = 500
MAX_PARTY_IDS = 20
MAX_REPEATS = 20_000

_AMOUNT = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_DATES = (
    re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T +Z].*|-\d{2}:\d{2})?", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII),
)

# UNTDID 1001 as EN 16931 uses it. What is not listed is an invoice.
_CREDIT_NOTES = frozenset(("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"))
_CORRECTIONS = frozenset(("384",))

# ISO 6523 codes of registers kept by a state, and whose country they settle.
REGISTERS: Mapping[str, str] = {
    "0002": "FR", "0007": "SE", "0009": "FR", "0106": "NL", "0184": "DK", "0190": "NL", "0192": "NO",
    "0198": "DK", "0204": "DE", "0208": "BE", "0211": "IT", "0213": "FI", "0216": "FI",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """An element and the prefixes its paths use (ElementPath)."""

    element: _Element
    prefixes: dict[str, str]

    def text(self, *paths: str) -> str:
        """The first of ``paths`` that holds text, trimmed, else empty. Raises MalformedInvoice if long."""
        for path in paths:
            found = self.element.find(path, self.prefixes)
            if found is not None and found.text and found.text.strip():
                return bounded(found.text)
        return ""

    def said(self, *paths: str) -> str:
        """Like ``text`` for what is only shown, such as a line's name: cut where it is long."""
        for path in paths:
            found = self.element.find(path, self.prefixes)
            if found is not None and found.text and found.text.strip():
                return str(found.text.strip()[:MAX_TEXT_CHARS])
        return ""

    def texts(self, path: str) -> tuple[str, ...]:
        """The text of every element at ``path`` that has any."""
        return tuple(found for one in self.each(path) if (found := one.text(".")))

    def required(self, field: str, *paths: str) -> str:
        """Like ``text``; raises MissingField where there is none."""
        return self.text(*paths) or missing(field)

    def amount(self, *paths: str) -> Decimal | None:
        """An amount as written, never a float. Raises MalformedInvoice for anything but a plain decimal."""
        written = self.text(*paths)
        return amount(written) if written else None

    def day(self, *paths: str) -> date | None:
        written = self.text(*paths)
        return day(written) if written else None

    def required_amount(self, field: str, *paths: str) -> Decimal:
        """Like ``amount``; raises MissingField where there is none."""
        return amount(self.required(field, *paths))

    def required_day(self, field: str, *paths: str) -> date:
        return day(self.required(field, *paths))

    def sum(self, path: str) -> Decimal:
        """The amounts at ``path`` together, 0 where there are none."""
        return sum(map(amount, self.texts(path)), Decimal(0))

    def each(self, path: str) -> Iterator["Terms"]:
        """Every element at ``path``. Raises TooLarge for more than MAX_REPEATS, before any is looked at."""
        found = self.element.findall(path, self.prefixes)
        if len(found) > MAX_REPEATS:
            raise TooLarge(f"A part of the invoice repeats more than {MAX_REPEATS} times.")
        for element in found:
            yield Terms(element, self.prefixes)

    def first(self, path: str) -> "Terms | None":
        return next(self.each(path), None)

    def part(self, field: str, path: str) -> "Terms":
        """The element at ``path``. Raises MissingField where there is none."""
        return self.first(path) or missing(field)

    def line(self, table: Mapping[str, tuple[str, ...]], line_id: str = "") -> Line:
        """This element as a line: ``table`` says where each field stands, ``line_id`` is for syntaxes without."""
        return Line(
            line_id=line_id or self.text(*table["line_id"]),
            name=self.said(*table["name"]),
            quantity=self.amount(*table["quantity"]),
            unit_price=self.amount(*table["unit_price"]),
            amount=self.amount(*table["amount"]),
            unit=next(
                (found for path in table["quantity"] if (found := self.attribute("unitCode", path))), ""
            ),
        )

    def attribute(self, name: str, path: str = ".") -> str:
        found = self.element.find(path, self.prefixes)
        return "" if found is None else bounded(str(found.get(name) or ""))


def amount_in(terms: Terms, path: str, currency: str) -> Decimal | None:
    """Of several amounts at ``path`` the first that names this currency, or none."""
    for one in terms.each(path):
        if one.attribute("currencyID") in ("", currency):
            return one.amount(".")
    return None


def missing(field: str) -> NoReturn:
    """Raises MissingField: stands at the end of an ``or``."""
    raise MissingField(
        f"The invoice does not say its {field.replace('_', ' ')}; ask its issuer.", field=field
    )


def bounded(written: str) -> str:
    if len(written) > MAX_TEXT_CHARS * 4 or len(trimmed := written.strip()) > MAX_TEXT_CHARS:
        raise MalformedInvoice(f"A field has more than {MAX_TEXT_CHARS} characters.")
    return trimmed


def amount(written: str) -> Decimal:
    """An xs:decimal of at most 18 digits before the point. Raises MalformedInvoice."""
    if not _AMOUNT.fullmatch(written):
        raise MalformedInvoice(f"{written[:40]!r} is not an amount.")
    return Decimal(written)


def day(written: str) -> date:
    """A date as ISO 8601, as CII's format 102 (YYYYMMDD) or as 2026年09月01日. Raises MalformedInvoice."""
    for form in _DATES:
        if match := form.fullmatch(written):
            try:
                return date(*map(int, match.groups()))
            except ValueError:
                break
    raise MalformedInvoice(f"{written[:40]!r} is not a date.")


def period(terms: Terms, start: str, end: str) -> tuple[date | None, date | None]:
    """First and last day of a stretch of time. What is written otherwise than as a day says nothing, since nothing
    rests on it but likeness."""

    def found(path: str) -> date | None:
        try:
            return terms.day(path)
        except MalformedInvoice:
            return None

    return found(start), found(end)


def country(written: str) -> str:
    code = normalize(written)
    return code if re.fullmatch("[A-Z]{2}", code) else UNKNOWN_COUNTRY


def identifier(written: str, *, country: str, scheme: str) -> TaxId | None:
    """An identifier, or None for a placeholder such as a dash. A register's code settles its country."""
    try:
        return TaxId.of(written, country=REGISTERS.get(scheme, country), scheme=scheme)
    except BadInput:
        return None


def trader(name: str, country: str, *written: tuple[str, str]) -> Trader:
    """A party of ``name`` with the identifiers ``written`` as (value, scheme), empty ones left out."""
    found = [identifier(value, country=country, scheme=scheme) for value, scheme in written if value]
    return Trader(name, country, distinct(found))


def distinct(found: list[TaxId | None]) -> tuple[TaxId, ...]:
    """Those that are there, each once, in order. Raises MalformedInvoice for a party with absurdly many."""
    kept = tuple(dict.fromkeys(one for one in found if one is not None))
    if len(kept) > MAX_PARTY_IDS:
        raise MalformedInvoice(f"A party has more than {MAX_PARTY_IDS} identifiers.")
    return kept


def class_of(type_code: str) -> InvoiceClass:
    """The class of a type code of UNTDID 1001 (BT-3)."""
    if type_code in _CREDIT_NOTES:
        return InvoiceClass.CREDIT_NOTE
    return InvoiceClass.CORRECTION if type_code in _CORRECTIONS else InvoiceClass.INVOICE


def credited(invoice: Invoice) -> Invoice:
    """``invoice`` with a credit note's amounts positive: what is credited.

    So EN 16931 writes them; fapiao, NAV and some senders of every syntax write the same with a minus. A
    correction may go either way and stays as it is.
    """
    said = invoice.gross if invoice.gross is not None else invoice.payable
    if invoice.document_class is not InvoiceClass.CREDIT_NOTE or said >= 0:
        return invoice
    return replace(
        invoice,
        net=_negated(invoice.net),
        gross=_negated(invoice.gross),
        prepaid=_negated(invoice.prepaid),
        payable=-invoice.payable,
        total=_negated(invoice.total),
        lines_total=_negated(invoice.lines_total),
        allowances=_negated(invoice.allowances),
        charges=_negated(invoice.charges),
        tax=_negated(invoice.tax),
        rounding=_negated(invoice.rounding),
        lines=tuple(map(_turned, invoice.lines)),
    )


def _turned(line: Line) -> Line:
    return replace(line, quantity=_negated(line.quantity), amount=_negated(line.amount))


def _negated(value: Decimal | None) -> Decimal | None:
    return None if value is None else -value
