"""The SELECTs about entries: under which fingerprint keys invoices stand, and what blind checks tell them by."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord

_TABLES = (InvoiceKey, InvoiceBlockedKey)
CHUNK = 500  # values in one query


@dataclass(frozen=True)
class KnownKey:
    """A legal key of an accepted invoice and all that invoice's entries on chain, as hex."""

    check_key: bytes
    contents: bytes
    scope: int
    entries: tuple[str, ...]


def count_keys(session: Session, version: int) -> int:
    """How many legal keys are entered under a fingerprint key."""
    query = select(func.count()).select_from(InvoiceKey).where(InvoiceKey.version == version)
    return session.scalar(query) or 0


def keys_between(session: Session, version: int, first: bytes, end: bytes | None) -> list[KnownKey]:
    """The legal keys entered under a fingerprint key whose check keys lie from ``first`` up to before ``end``; at
    most as many as the caller's bounds let there be."""
    query = (
        select(InvoiceKey.check_key, InvoiceKey.contents, InvoiceKey.scope, InvoiceRecord.fingerprints)
        .join(InvoiceRecord, InvoiceRecord.id == InvoiceKey.invoice_id)
        .where(InvoiceKey.version == version, InvoiceKey.check_key >= first)
    )
    if end is not None:
        query = query.where(InvoiceKey.check_key < end)
    return [
        KnownKey(row.check_key, row.contents, row.scope, tuple(chain(*row.fingerprints.values())))
        for row in session.execute(query)
    ]


def unentered(session: Session, version: int, *, after: str, limit: int) -> Sequence[InvoiceRecord]:
    """Invoices that lack complete entries under a fingerprint key, by id behind ``after``."""
    query = select(InvoiceRecord).where(_lacks(version), InvoiceRecord.id > after)
    return session.scalars(query.order_by(InvoiceRecord.id).limit(limit)).all()


def count_unentered(session: Session, version: int) -> int:
    """How many invoices lack complete entries under a fingerprint key."""
    return session.scalar(select(func.count()).select_from(InvoiceRecord).where(_lacks(version))) or 0


def count_alone(session: Session, version: int, others: Collection[int]) -> int:
    """How many invoices are entered under a fingerprint key and under none of ``others``."""
    query = select(func.count()).select_from(InvoiceRecord).where(_has([version]), ~_has(others))
    return session.scalar(query) or 0


def entries_of(session: Session, invoice_id: str) -> list[InvoiceKey | InvoiceBlockedKey]:
    """All rows of an invoice, under whatever key."""
    accepted = session.scalars(select(InvoiceKey).where(InvoiceKey.invoice_id == invoice_id))
    blocked = session.scalars(select(InvoiceBlockedKey).where(InvoiceBlockedKey.invoice_id == invoice_id))
    return [*accepted, *blocked]


def is_taken(session: Session, scope: int, key: bytes) -> bool:
    """Whether an accepted invoice has this entry."""
    query = select(InvoiceKey.invoice_id).where(InvoiceKey.scope == scope, InvoiceKey.key == key)
    return session.scalar(query) is not None


def versions_of(session: Session, keys: Iterable[bytes]) -> dict[bytes, int]:
    """Entry → the version of its fingerprint key, for those there are."""
    found: dict[bytes, int] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        query = select(InvoiceKey.key, InvoiceKey.version).where(InvoiceKey.key.in_(some))
        found |= {row.key: row.version for row in session.execute(query)}
    return found


def _lacks(version: int) -> ColumnElement[bool]:
    complete = [
        exists().where(
            table.invoice_id == InvoiceRecord.id, table.version == version, table.check_key.is_not(None)
        )
        for table in _TABLES
    ]
    return ~or_(*complete)


def _has(versions: Collection[int]) -> ColumnElement[bool]:
    return or_(
        *(
            exists().where(table.invoice_id == InvoiceRecord.id, table.version.in_(versions))
            for table in _TABLES
        )
    )
