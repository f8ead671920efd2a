"""What an invoice says, whatever syntax it came in. Terms are those of EN 16931-1."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    BT-146 and ``amount`` BT-131, both net and in the invoice's currency."""

    line_id: str
    name: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """One document. Amounts are Decimals in ``currency`` as written; None where the syntax has none.

    ``number`` BT-1 · ``code`` the fapiao code that goes with an 8-digit number · ``issued_on`` BT-2 ·
    ``type_code`` BT-3 · ``currency`` BT-5 · ``due_on`` BT-9 · ``net`` BT-109 · ``gross`` BT-112 ·
    ``prepaid`` BT-113 · ``payable`` BT-115 · ``seller`` BG-4 · ``buyer`` BG-7 · ``payee`` BG-10 ·
    ``preceding`` numbers of preceding invoices, BT-25 · ``lines`` BG-25 · ``profile`` BT-24.
    ``syntax`` is what was read (``ubl``, ``cii``, ``fapiao``, ``fapiao-2019``); ``layer`` where: ``xml``, or
    ``pdf-attachment``, since what a PDF shows and what its XML says may differ.
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
    preceding: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    profile: str = ""
    layer: str = "xml"

    def as_json(self) -> dict[str, Any]:
        """Plain values for storage and answers: amounts as decimal strings, dates as ISO 8601."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Invoice | Trader | Line | TaxId):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
