"""E-invoices of India (GST, schema INV-01 1.1) as JSON. The IRN is recomputed; signatures are not looked at.

IRN = SHA-256 over GSTIN of the supplier, financial year (April to March, ``2025-26``), type and number, run together.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from registry.invoices.errors import MalformedInvoice, TooLarge, UnsupportedSyntax
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.invoices.syntaxes.terms import (
    MAX_REPEATS,
    MAX_TEXT_CHARS,
    amount,
    bounded,
    day,
    missing,
    trader,
)
from registry.kit.identifiers import TAX

MAX_BYTES = 2 * 2**20
MAX_VALUES = 200_000
_TERMS = {
    "number": ("DocDtls", "No"),
    "issued_on": ("DocDtls", "Dt"),
    "type_code": ("DocDtls", "Typ"),
    "seller_id": ("SellerDtls", "Gstin"),
    "seller_name": ("SellerDtls", "LglNm"),
    "buyer_id": ("BuyerDtls", "Gstin"),
    "buyer_name": ("BuyerDtls", "LglNm"),
    "payee_name": ("PayDtls", "Nm"),
    "net": ("ValDtls", "AssVal"),
    "gross": ("ValDtls", "TotInvVal"),
    "prepaid": ("PayDtls", "PaidAmt"),
    "payable": ("PayDtls", "PaymtDue"),
    "credit_days": ("PayDtls", "CrDay"),
    "official_id": ("Irn",),
    "profile": ("Version",),
}
_LINE = {
    "line_id": "SlNo",
    "name": "PrdDesc",
    "quantity": "Qty",
    "unit_price": "UnitPrice",
    "amount": "AssAmt",
}
_TYPES = {"INV": InvoiceClass.INVOICE, "DBN": InvoiceClass.INVOICE, "CRN": InvoiceClass.CREDIT_NOTE}
_UNREGISTERED = "URP"
_MARKS = b"\xef\xbb\xbf \t\r\n"
_Json = dict[str, Any]


def looks_like_json(content: bytes) -> bool:
    return content[:64].lstrip(_MARKS).startswith((b"{", b"["))


def documents(content: bytes) -> list[Any]:
    """The documents of a JSON text: one, or a list of them, each to be given to ``read``.

    Numbers stay as they are written. Raises MalformedInvoice, TooLarge, UnsupportedSyntax.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(f"The JSON has more than {MAX_BYTES // 2**20} MB.")
    if content.count(b"[") + content.count(b"{") + content.count(b",") > MAX_VALUES:
        raise TooLarge(f"The JSON holds more than {MAX_VALUES} values.")
    try:
        content = content.removeprefix(b"\xef\xbb\xbf")
        orjson.loads(content)  # bounds the depth, which the next does not
        found = json.loads(content, parse_float=str, parse_int=str, object_pairs_hook=_object)
    except ValueError as error:
        raise MalformedInvoice("The JSON is not well-formed; fetch the file once more.") from error
    listed = found if isinstance(found, list) else [found]
    if not listed or not any(isinstance(one, dict) and "DocDtls" in one for one in listed):
        raise UnsupportedSyntax("This JSON is no GST invoice: it has no DocDtls.")
    return listed


def read(one: Any) -> Invoice:
    """One document. Raises MissingField, and MalformedInvoice where its IRN is not that of its fields."""
    if not isinstance(one, dict):
        raise MalformedInvoice("A GST invoice is a JSON object.")
    type_code = (_said(one, "type_code") or missing("type_code")).upper()
    if type_code not in _TYPES:
        raise MalformedInvoice("The type of a GST invoice is INV, CRN or DBN.")
    number = _said(one, "number") or missing("number")
    issued_on = _day(_said(one, "issued_on") or missing("issued_on"))
    gstin = _said(one, "seller_id") or missing("seller")
    gross = amount(_said(one, "gross") or missing("gross"))
    payable = _amount(one, "payable")
    official_id = irn(gstin, issued_on, type_code, number)
    written = _said(one, "official_id").lower()
    # Numbers were hashed as written before the portal made them upper case.
    if written and written not in (official_id, irn(gstin, issued_on, type_code, number, as_written=True)):
        raise MalformedInvoice("The IRN is not that of this supplier, year, type and number.")
    payee = _said(one, "payee_name")
    return Invoice(
        number=number,
        issued_on=issued_on,
        document_class=_TYPES[type_code],
        currency="INR",
        payable=gross if payable is None else payable,
        seller=_party(one, "seller"),
        buyer=_party(one, "buyer"),
        syntax="gst",
        type_code=type_code,
        due_on=_due_on(issued_on, _said(one, "credit_days")),
        net=_amount(one, "net"),
        gross=gross,
        prepaid=_amount(one, "prepaid"),
        payee=Trader(payee, "IN") if payee else None,
        preceding=tuple(_preceding(one)),
        lines=tuple(map(_line, _objects(one.get("ItemList")))),
        profile=_said(one, "profile"),
        layer="json",
        official_id=official_id,
    )


def irn(gstin: str, issued_on: date, type_code: str, number: str, *, as_written: bool = False) -> str:
    """The Invoice Reference Number: 64 hexadecimal digits. Numbers count in upper case, as the portal takes them since
    June 2025, unless ``as_written``."""
    start = issued_on.year - (issued_on.month < 4)
    said = number if as_written else number.upper()
    return sha256(f"{gstin.upper()}{start}-{(start + 1) % 100:02d}{type_code}{said}".encode()).hexdigest()


def _object(pairs: list[tuple[str, Any]]) -> _Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedInvoice("A name stands twice in one JSON object.")
    return found


def _said(one: _Json, term: str) -> str:
    found: Any = one
    for name in _TERMS[term]:
        found = found.get(name) if isinstance(found, dict) else None
    return _text(found)


def _text(found: Any) -> str:
    if found is None:
        return ""
    if not isinstance(found, str):
        raise MalformedInvoice("A field of the invoice is no text and no number.")
    return bounded(found)


def _amount(one: _Json, term: str) -> Decimal | None:
    written = _said(one, term)
    return amount(written) if written else None


def _day(written: str) -> date:
    parts = written.replace("-", "/").split("/")
    return day("-".join(reversed(parts))) if len(parts) == 3 and len(parts[2]) == 4 else day(written)


def _due_on(issued_on: date, days: str) -> date | None:
    if not days.isdecimal() or not days.isascii() or not 0 < len(days) <= 4:
        return None
    try:
        return issued_on + timedelta(days=int(days))
    except OverflowError:
        return None


def _party(one: _Json, side: str) -> Trader:
    number, name = _said(one, f"{side}_id"), _said(one, f"{side}_name")
    if not number and not name:
        missing(side)
    return trader(name, "IN", ("" if number.upper() == _UNREGISTERED else number, TAX))


def _objects(found: Any) -> Iterable[_Json]:
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise MalformedInvoice("A list of the invoice holds something else than objects.")
    if len(found) > MAX_REPEATS:
        raise TooLarge(f"A part of the invoice repeats more than {MAX_REPEATS} times.")
    return found


def _preceding(one: _Json) -> Iterable[str]:
    references = one.get("RefDtls")
    listed = references.get("PrecDocDtls") if isinstance(references, dict) else None
    return (number for each in _objects(listed) if (number := _text(each.get("InvNo"))))


def _line(item: _Json) -> Line:
    def figure(term: str) -> Decimal | None:
        written = _text(item.get(_LINE[term]))
        return amount(written) if written else None

    name = item.get(_LINE["name"])
    return Line(
        line_id=_text(item.get(_LINE["line_id"])),
        name=name.strip()[:MAX_TEXT_CHARS] if isinstance(name, str) else "",
        quantity=figure("quantity"),
        unit_price=figure("unit_price"),
        amount=figure("amount"),
    )
