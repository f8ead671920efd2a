"""Documents and surroundings for tests; every argument has a default."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from pypdf import PdfWriter

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.model import TABLES
from registry.invoices.registering import Registered, Uploader
from registry.invoices.use_cases import register_invoice
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.parties.model import PartyIdentifier, PartyProfile
from registry.storage.unit_of_work import Database
from tests.builders import databases

KEY = FingerprintKey.create(seed=b"\x2a" * 32)
SELLER_VAT = "DE307141589"
BUYER_VAT = "DE271828180"
SELLER = Uploader(party=7, identifiers=(TaxId.of(SELLER_VAT),))
STRANGER = Uploader(party=8, identifiers=(TaxId.of("FR12345678901"),))

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "einvoices"


def an_invoice(**changes: Any) -> Invoice:
    seller = changes.pop("seller", Trader("Nordlicht GmbH", "DE", (TaxId.of(SELLER_VAT),)))
    buyer = changes.pop("buyer", Trader("Hanse AG", "DE", (TaxId.of(BUYER_VAT),)))
    terms: dict[str, Any] = {
        "number": "2026-17",
        "issued_on": date(2026, 9, 1),
        "document_class": InvoiceClass.INVOICE,
        "currency": "EUR",
        "net": Decimal("1000"),
        "gross": Decimal("1190"),
        "payable": Decimal("1190"),
        "syntax": "ubl",
    }
    return Invoice(seller=seller, buyer=buyer, **{**terms, **changes})


def ubl(
    *,
    number: str = "2026-17",
    issued_on: str = "2026-09-01",
    type_code: str = "380",
    seller_vat: str = SELLER_VAT,
    seller_name: str = "Nordlicht GmbH",
    buyer_vat: str = BUYER_VAT,
    buyer_name: str = "Hanse AG",
    currency: str = "EUR",
    net: str = "1000.00",
    gross: str = "1190.00",
    payable: str = "1190.00",
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
    extra: str = "",
) -> bytes:
    def party(role: str, name: str, vat: str) -> str:
        scheme = (
            f"<a:PartyTaxScheme><b:CompanyID>{vat}</b:CompanyID>"
            "<a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme>"
        )
        return (
            f"<a:Accounting{role}Party><a:Party><a:PostalAddress><a:Country><b:IdentificationCode>DE"
            f"</b:IdentificationCode></a:Country></a:PostalAddress>{scheme if vat else ''}"
            f"<a:PartyLegalEntity><b:RegistrationName>{name}</b:RegistrationName></a:PartyLegalEntity></a:Party>"
            f"</a:Accounting{role}Party>"
        )

    common = "urn:oasis:names:specification:ubl:schema:xsd:Common"
    return (
        f'{prolog}<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
        f' xmlns:a="{common}AggregateComponents-2" xmlns:b="{common}BasicComponents-2">'
        f"<b:ID>{number}</b:ID><b:IssueDate>{issued_on}</b:IssueDate>"
        f"<b:InvoiceTypeCode>{type_code}</b:InvoiceTypeCode>"
        f"<b:DocumentCurrencyCode>{currency}</b:DocumentCurrencyCode>"
        f"{party('Supplier', seller_name, seller_vat)}{party('Customer', buyer_name, buyer_vat)}"
        f"<a:LegalMonetaryTotal>{_amount('TaxExclusive', net)}{_amount('TaxInclusive', gross)}"
        f"{_amount('Payable', payable)}</a:LegalMonetaryTotal>{extra}</Invoice>"
    ).encode()


def _amount(name: str, value: str) -> str:
    return f"<b:{name}Amount>{value}</b:{name}Amount>" if value else ""


def preceding(*numbers: str) -> str:
    """What ``ubl`` takes as ``extra`` to name preceding invoices (BG-3)."""
    return "".join(
        f"<a:BillingReference><a:InvoiceDocumentReference><b:ID>{one}</b:ID></a:InvoiceDocumentReference>"
        "</a:BillingReference>"
        for one in numbers
    )


def pdf(*attachments: bytes, password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for place, content in enumerate(attachments):
        writer.add_attachment(f"file-{place}.xml", content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def a_database(path: Path | None = None, **given: Any) -> Database:
    tables = [*TABLES, PartyProfile.__table__, PartyIdentifier.__table__]
    return databases.a_database(path, tables=tables, **given)


def id_source() -> Any:
    numbers: Iterator[int] = count(1)
    return lambda prefix: f"{prefix}_{next(numbers):026d}"


def live_keys(_session: object) -> tuple[FingerprintKey, ...]:
    return (KEY,)


def register(
    database: Database, content: bytes, *, uploader: Uploader = SELLER, **changes: Any
) -> Registered:
    surroundings = {
        "name": "invoice.xml",
        "fingerprint_keys": live_keys,
        "clock": FixedClock(),
        "ids": _IDS,
        **changes,
    }
    return register_invoice(database, content=content, uploader=uploader, **surroundings)


_IDS = id_source()
