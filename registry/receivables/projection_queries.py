"""What the fold of receivables, and checks of many invoices at once, have to look up."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.receivables.model import InvoiceUse, ReceivableInvoice

CHUNK = 500  # names in one query


def invoices_of(session: Session, receivable: str) -> list[ReceivableInvoice]:
    """The fingerprints a receivable's registration named, by place and fingerprint."""
    wanted = (
        select(ReceivableInvoice)
        .where(ReceivableInvoice.receivable == receivable)
        .order_by(ReceivableInvoice.place, ReceivableInvoice.fingerprint)
    )
    return list(session.scalars(wanted))


def uses_of_same_invoice(session: Session, use: InvoiceUse) -> list[InvoiceUse]:
    """All fingerprints of the invoice, this one included.

    They all hold one word, and its latest receivable with the place there names the invoice.
    """
    wanted = select(InvoiceUse).where(InvoiceUse.receivable == use.receivable, InvoiceUse.place == use.place)
    return list(session.scalars(wanted))


def in_use(session: Session, fingerprints: Iterable[str]) -> set[str]:
    """Those of these fingerprints (0x hex) that the chain says are used, however many are asked about."""
    wanted = sorted(fingerprints)
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        found.update(session.scalars(select(InvoiceUse.fingerprint).where(InvoiceUse.fingerprint.in_(some))))
    return found


def open_uses(session: Session) -> list[list[str]]:
    """The fingerprints of each invoice in use of which the chain says that something is left."""
    query = select(InvoiceUse).where(InvoiceUse.used < InvoiceUse.cap)
    found: dict[tuple[str, int], list[str]] = {}
    for row in session.scalars(query):
        found.setdefault((row.receivable, row.place), []).append(row.fingerprint)
    return list(found.values())
