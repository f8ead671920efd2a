"""What the mirror reads of its own tables and, table by table, of the projections."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, Table, collate, func, literal, select, tuple_
from sqlalchemy.orm import Session

from registry.mirror.model import (
    ChainBlock,
    ChainEvent,
    MirrorCursor,
    OrphanedEvent,
    ProjectionUndo,
    Quarantine,
    Reconciliation,
)
from registry.receivables.model import InvoiceUse, ReceivableInvoice
from registry.storage.base import Base, Instant, table_of
from registry.storage.questions import Question
from registry.storage.unit_of_work import Database

StoredEvent = Row[Any]  # of chain_event

CURSOR_ID = 1
_STANDING = Question(
    select(
        MirrorCursor.number,
        MirrorCursor.hash,
        MirrorCursor.final_number,
        MirrorCursor.final_hash,
        MirrorCursor.schema_version,
    ).where(MirrorCursor.id == CURSOR_ID)
)
_PAGE = 2_000


def cursor(session: Session) -> MirrorCursor | None:
    """Where the mirror stands; None before its first step."""
    return session.scalar(select(MirrorCursor).where(MirrorCursor.id == CURSOR_ID))


def standing(database: Database) -> Any | None:
    """What a step needs of the cursor as it is now; None before the mirror's first."""
    return next(iter(database.ask(_STANDING)), None)


def block(session: Session, number: int) -> ChainBlock | None:
    return session.scalar(select(ChainBlock).where(ChainBlock.number == number))


def final_number(session: Session) -> int | None:
    """The highest block that can no longer be undone; None before the mirror's first step."""
    return session.scalar(select(MirrorCursor.final_number).where(MirrorCursor.id == CURSOR_ID))


def final_hash(session: Session) -> str | None:
    """The hash of that block."""
    return session.scalar(select(MirrorCursor.final_hash).where(MirrorCursor.id == CURSOR_ID))


def hash_at(session: Session, number: int) -> str | None:
    """The hash of the block the mirror applied at a height; None where it keeps none."""
    return session.scalar(select(ChainBlock.hash).where(ChainBlock.number == number))


def kept_from(session: Session, number: int) -> tuple[int, str]:
    """Number and hash of the lowest block at or above a height that the mirror stands on and keeps; the cursor's at the
    highest. Raises LookupError where it has not begun."""
    wanted = select(ChainBlock).where(ChainBlock.number >= number).order_by(ChainBlock.number).limit(1)
    found = session.scalar(wanted) or cursor(session)
    if found is None:
        raise LookupError("the mirror stands on no block")
    return found.number, found.hash


def hashes_above(session: Session, number: int) -> dict[int, str]:
    """Height → hash of the blocks the mirror applied above a height."""
    blocks = session.scalars(select(ChainBlock).where(ChainBlock.number > number))
    return {each.number: each.hash for each in blocks}


def quarantined(session: Session) -> int:
    """How many logs stop the cursor."""
    return int(session.scalar(select(func.count()).select_from(Quarantine)) or 0)


def last_reconciliation(session: Session) -> Reconciliation | None:
    """What was found when database and chain were compared last."""
    return session.scalar(select(Reconciliation).order_by(Reconciliation.position.desc()).limit(1))


def first_block(session: Session) -> int | None:
    """The number of the first block the mirror applied: the one the contract was deployed in."""
    return session.scalar(select(func.min(ChainBlock.number)))


def quarantine(session: Session) -> list[Quarantine]:
    """The logs that stop the cursor, in chain order."""
    return list(session.scalars(select(Quarantine).order_by(Quarantine.block_number, Quarantine.log_index)))


def events_in(session: Session, first: int, last: int) -> Sequence[StoredEvent]:
    """Stored events of these blocks, ends included, in chain order."""
    wanted = select(*table_of(ChainEvent).c).where(ChainEvent.block_number.between(first, last))
    return session.execute(wanted.order_by(ChainEvent.block_number, ChainEvent.log_index)).all()


def events_above(session: Session, number: int) -> int:
    """How many events are stored of the blocks above a height."""
    wanted = select(func.count()).select_from(ChainEvent).where(ChainEvent.block_number > number)
    return int(session.scalar(wanted) or 0)


def hashes_of_events(above: int) -> Select[Any]:
    """Of the blocks above a height from which events are stored."""
    return select(ChainEvent.block_hash).where(ChainEvent.block_number > above)


def events_as_orphaned(above: int, now: datetime) -> tuple[list[str], Select[Any]]:
    """The stored events of the blocks above a height as rows of ``orphaned_event``: its columns' names, and the rows."""
    kept = [column.name for column in table_of(OrphanedEvent).columns if column.name != "orphaned_at"]
    columns = [getattr(ChainEvent, name) for name in kept]
    wanted = select(*columns, literal(now, Instant())).where(ChainEvent.block_number > above)
    return [*kept, "orphaned_at"], wanted


def undo_rows(session: Session, above: int) -> Iterator[tuple[str, list[Any], dict[str, Any] | None]]:
    """Projection, key and former row of what the blocks above a height changed, the lowest block's first."""
    wanted = (
        select(ProjectionUndo.projection, ProjectionUndo.key, ProjectionUndo.before)
        .where(ProjectionUndo.block_number > above)
        .order_by(ProjectionUndo.block_number, ProjectionUndo.position)
    )
    yield from map(tuple, session.execute(wanted))


def event_pages(session: Session) -> Iterator[Sequence[StoredEvent]]:
    """All stored events in chain order, a page at a time, so that memory stays flat."""
    number, index = -1, -1
    while True:
        wanted = (
            select(*table_of(ChainEvent).columns)
            .where(tuple_(ChainEvent.block_number, ChainEvent.log_index) > (number, index))
            .order_by(ChainEvent.block_number, ChainEvent.log_index)
            .limit(_PAGE)
        )
        page = session.execute(wanted).all()
        if not page:
            return
        number, index = page[-1].block_number, page[-1].log_index
        yield page


def rows(session: Session, table: Table) -> Iterator[tuple[Any, ...]]:
    """A table's rows by primary key, columns as declared, streamed; text by code point in every database."""
    order = [
        collate(column, "C")
        if isinstance(column.type, String) and session.get_bind().dialect.name == "postgresql"
        else column
        for column in table.primary_key.columns
    ]
    wanted = select(*table.columns).order_by(*order).execution_options(yield_per=_PAGE)
    for row in session.execute(wanted):
        yield tuple(row)


def row_dicts(session: Session, kind: type[Base]) -> Iterator[dict[str, Any]]:
    """A table's rows by primary key, as column name → value."""
    table = table_of(kind)
    names = [column.name for column in table.columns]
    for row in rows(session, table):
        yield dict(zip(names, row, strict=True))


def row_dict(session: Session, kind: type[Base], *key: Any) -> dict[str, Any] | None:
    """A table's row by its primary key, as column name → value."""
    table = table_of(kind)
    held = tuple_(*table.primary_key.columns) == key
    row = session.execute(select(*table.columns).where(held)).mappings().one_or_none()
    return None if row is None else dict(row)


def fingerprints_named(session: Session, receivable: str) -> list[str]:
    """The fingerprints that a receivable's registration named."""
    wanted = select(ReceivableInvoice.fingerprint).where(ReceivableInvoice.receivable == receivable)
    return list(session.scalars(wanted.order_by(ReceivableInvoice.fingerprint)))


def released_fingerprints(session: Session) -> Iterator[str]:
    """Fingerprints that registrations named and that are in no use any more."""
    wanted = (
        select(ReceivableInvoice.fingerprint)
        .distinct()
        .outerjoin(InvoiceUse, InvoiceUse.fingerprint == ReceivableInvoice.fingerprint)
        .where(InvoiceUse.fingerprint.is_(None))
        .order_by(ReceivableInvoice.fingerprint)
    )
    yield from session.scalars(wanted)
