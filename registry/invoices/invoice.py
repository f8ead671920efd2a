"""What an invoice says, whatever syntax it came in. Terms are those of EN 16931-1."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

from registry.kit.identifiers import TaxId


class InvoiceClass(StrEnum):
    """The broad kind behind the type code (BT-3, UNTDID 1001)."""

    INVOICE = "invoice"
    CORRECTION = "correction"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class Trader:
    """A party as the document names it: seller (BG-4), buyer (BG-7) or payee (BG-10).

    ``name`` BT-27/BT-44/BT-59; ``country`` ISO 3166 alpha-2 or ZZ; ``identifiers`` VAT number (BT-31/BT-48),
    tax registration (BT-32), legal registration (BT-30/BT-47) and others (BT-29/BT-46), in that order.
    """

    name: str
    country: str
    identifiers: tuple[TaxId, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice line (BG-25): ``line_id`` BT-126, ``name`` BT-153, ``quantity`` BT-129, ``unit_price``
    BT-146 and ``amount`` BT-131, both net and in the invoice's currency; ``unit`` BT-130."""

    line_id: str
    name: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """One document. Amounts are Decimals in ``currency`` as written; None where the syntax has none.

    ``number`` BT-1 · ``code`` what goes with it: the code of a fapiao, the series of an NF-e · ``issued_on`` BT-2 ·
    ``type_code`` BT-3 · ``currency`` BT-5 · ``due_on`` BT-9, the last one of instalments · ``lines_total`` BT-106 ·
    ``allowances`` BT-107 · ``charges`` BT-108 · ``net`` BT-109 · ``tax`` BT-110 · ``gross`` BT-112 ·
    ``prepaid`` BT-113 · ``rounding`` BT-114 · ``payable`` BT-115 · ``seller`` BG-4 · ``buyer`` BG-7 · ``payee`` BG-10 ·
    ``accounts`` to be paid, BT-84 · ``period`` invoiced, BT-73 and BT-74 · ``preceding`` what it corrects, BT-25,
    by number or ``official_id`` · ``lines`` BG-25 · ``profile`` BT-24 ·
    ``official_id`` what the tax authority knows it by, where that is not the number: UUID (CFDI), 44 characters (NF-e),
    IRN (India) · ``total`` an amount that is BT-109 or BT-112, the document does not say which (QR code of a fapiao).
    ``syntax`` is what was read, as the modules of ``syntaxes`` call it; ``layer`` where: ``xml``, ``pdf-attachment``,
    ``ofd``, ``json``, ``edifact`` or ``qr``, since what a page shows and what its data say may differ.
    A credit note says what is credited in positive amounts, whatever its syntax does (``terms.credited``).
    """

    number: str
    issued_on: date
    document_class: InvoiceClass
    currency: str
    payable: Decimal
    seller: Trader
    buyer: Trader
    syntax: str
    type_code: str = ""
    code: str = ""
    due_on: date | None = None
    net: Decimal | None = None
    gross: Decimal | None = None
    prepaid: Decimal | None = None
    payee: Trader | None = None
    accounts: tuple[str, ...] = ()
    period: tuple[date | None, date | None] = (None, None)
    preceding: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    profile: str = ""
    layer: str = "xml"
    official_id: str = ""
    total: Decimal | None = None
    lines_total: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    tax: Decimal | None = None
    rounding: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values for storage and answers: amounts as decimal strings, dates as ISO 8601."""
        plain: dict[str, Any] = _plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """What ``as_json`` made, of this version or an earlier one: a term that was not read then has its default."""
        return TypeAdapter(cls).validate_python(plain)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return {name: _plain(getattr(value, name)) for name in value.__slots__}
