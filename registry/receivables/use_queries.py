"""Which invoices the chain says are used, asked for many at once."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.receivables.model import InvoiceUse

CHUNK = 500  # names in one query


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
