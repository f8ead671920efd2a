"""Sheets and a registry to import them into; every argument has a default."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from registry.invoices.imports.columns import ColumnMap
from registry.invoices.imports.engine import Workshop, work
from registry.invoices.imports.model import TABLES as IMPORT_TABLES
from registry.invoices.imports.model import ImportRow, InvoiceImport, Mode
from registry.invoices.imports.use_cases import BULK, INTERACTIVE, all_results, begin, load_sheet, propose
from registry.invoices.model import TABLES
from registry.kit.clock import FixedClock
from registry.kit.identifiers import TaxId
from registry.parties.model import PartyIdentifier, PartyProfile
from tests.builders.databases import a_database
from tests.invoices.builders import BUYER_VAT, SELLER_VAT, id_source, live_keys

PARTY = 7
STRANGER = 8
HEADER = ("Invoice number", "Invoice date", "Due date", "Currency", "Net amount", "Tax amount", "Gross amount",
          "Customer", "Customer VAT ID")  # fmt: skip


def a_workshop(path: Path | None = None) -> Workshop:
    """A registry that knows party 7, Nordlicht, and party 8."""
    tables = [*TABLES, *IMPORT_TABLES, PartyProfile.__table__, PartyIdentifier.__table__]
    database = a_database(path, tables=tables)
    clock = FixedClock()
    with database.write() as session:
        for number, name, vat in ((PARTY, "Nordlicht GmbH", SELLER_VAT), (STRANGER, "Ostsee", "DE811907980")):
            session.add(
                PartyProfile(
                    number=number, name=name, country="DE", account=f"0x{number:040x}", created_at=clock.now()
                )
            )
            session.flush()
            one = TaxId.of(vat)
            session.add(
                PartyIdentifier(party=number, country=one.country, scheme=one.scheme, value=one.value)
            )
    return Workshop(database, live_keys, clock, id_source())


def a_row(
    number: str = "2026-17", *, net: str = "1000.00", tax: str = "190.00", gross: str = "1190.00"
) -> list[str]:
    return [number, "2026-09-01", "2026-10-01", "EUR", net, tax, gross, "Hanse AG", BUYER_VAT]


def many_rows(count: int) -> Iterator[list[str]]:
    """Invoices of one seller over many days, amounts and buyers, no two alike."""
    for place in range(count):
        net = 100_000 + (place * 7919) % 5_000_000
        tax = net * 19 // 100
        figures = (f"{one // 100}.{one % 100:02d}" for one in (net, tax, net + tax))
        day = f"2026-{place // 300 % 12 + 1:02d}-{place // 3600 % 28 + 1:02d}"
        yield [
            f"RE-{place:07d}",
            day,
            "",
            "EUR",
            *figures,
            f"Kunde {place % 300}",
            f"DE{200_000_000 + place % 300}",
        ]


def as_csv(*rows: Sequence[object], header: Sequence[str] = HEADER, separator: str = ",") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([header, *rows] if header else rows)
    return written.getvalue().encode()


def as_xlsx(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "dd.mm.yyyy"}) as book:
        page = book.add_worksheet()
        for place, row in enumerate([header, *rows] if header else rows):
            page.write_row(place, 0, row)
    return made.getvalue()


def load(shop: Workshop, content: bytes, *, party: int = PARTY, name: str = "export.csv") -> InvoiceImport:
    return load_sheet(
        shop.uow,
        party=party,
        file=io.BytesIO(content),
        name=name,
        limits=INTERACTIVE,
        clock=shop.clock,
        ids=shop.ids,
    )


def import_sheet(
    shop: Workshop,
    file: BinaryIO,
    *,
    party: int = PARTY,
    mode: Mode = Mode.REPORT,
    columns: ColumnMap | None = None,
) -> InvoiceImport:
    """Read a sheet in and import it at once, by the map given or the one proposed; the record as it ended."""
    record = load_sheet(
        shop.uow, party=party, file=file, name="export.csv", limits=BULK, clock=shop.clock, ids=shop.ids
    )
    if columns is None:
        with shop.uow.read() as session:
            columns = propose(session, record).columns
    record = begin(shop.uow, record.id, columns, mode)
    for now in work(shop, record.id):
        record = now
    return record


def bring(shop: Workshop, content: bytes, **how: Any) -> InvoiceImport:
    return import_sheet(shop, io.BytesIO(content), **how)


def results(shop: Workshop, record: InvoiceImport) -> list[ImportRow]:
    after = record.columns["header_row"] if record.columns else 0
    return list(all_results(shop.uow, record.id, after))


def outcomes(rows: Iterable[ImportRow]) -> list[str | None]:
    return [one.outcome for one in rows]
