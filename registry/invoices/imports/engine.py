"""Works imports through: a bounded batch of rows a transaction, together with how far it got.

What a row became, and that it is done, are written at once. So a crash at any moment loses a batch at most, and the
next one begins where the last ended: each row is registered exactly once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.errors import InvoiceRaced
from registry.invoices.imports import queries
from registry.invoices.imports.columns import ColumnMap, Field
from registry.invoices.imports.model import ImportRow, InvoiceImport, Status
from registry.invoices.imports.rows import RowReader
from registry.invoices.imports.use_cases import forget_results
from registry.invoices.invoice import Trader
from registry.invoices.model import TABLES
from registry.invoices.records import Document, prepare
from registry.invoices.registering import IdSource, Registered, Uploader, register_all
from registry.invoices.rules import Outcome
from registry.invoices.use_cases import MAX_ATTEMPTS
from registry.kit.clock import Clock
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.relay.context import LiveKeys
from registry.storage.base import Base
from registry.storage.unit_of_work import Database

BATCH_ROWS = 200
_MAX_SENTENCE_CHARS = 400
_MAX_NUMBER_CHARS = 200
# Of two judgments over one row, the one that says more against it stands.
_GRAVITY = (Outcome.NEW, Outcome.REVIEW, Outcome.CONFLICT, Outcome.DUPLICATE)


@dataclass(frozen=True)
class Workshop:
    """What working an import through needs at hand."""

    uow: Database
    fingerprint_keys: LiveKeys
    clock: Clock
    ids: IdSource


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as far as it could be read: its document, or why it has none."""

    row: int
    number: str
    document: Document | None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    record: InvoiceImport
    rows: list[_Read]
    uploader: Uploader


def work(shop: Workshop, import_id: str) -> Iterator[InvoiceImport]:
    """Carry an import or a dry run on to its end; yields its record after each batch. To be consumed in one thread.

    Ends early where somebody else carries it on. Raises ImportUnknown, InvoiceRaced, DatabaseBusy: it may then be
    carried on later.
    """
    with shop.uow.read() as session:
        record = queries.import_by_id(session, import_id)
    if record.status == Status.TRYING.value:
        yield from _try(shop, import_id)
        return
    while record.status in (Status.CHECKING.value, Status.RUNNING.value):
        batch = _next(shop, import_id)
        record = _settle(shop, batch)
        yield record


def _next(shop: Workshop, import_id: str) -> _Batch:
    """The next rows, read and prepared before the database is held."""
    with shop.uow.read() as session:
        record = queries.import_by_id(session, import_id)
        rows = queries.rows(session, import_id, after=record.position, limit=BATCH_ROWS)
        profile = parties.profile(session, record.party)
        uploader = Uploader(record.party, parties.identifiers_of(session, record.party))
    seller = Trader(profile.name, profile.country, uploader.identifiers)
    reader = RowReader(ColumnMap.from_json(record.columns), seller)
    return _Batch(record, [_read(shop, reader, record, row) for row in rows], uploader)


def _read(shop: Workshop, reader: RowReader, record: InvoiceImport, row: ImportRow) -> _Read:
    place = reader.columns.columns[Field.NUMBER]
    number = str(row.cells[place] or "")[:_MAX_NUMBER_CHARS] if place < len(row.cells) else ""
    try:
        invoice = reader.invoice(row.cells)
        document = prepare(invoice, record.file_name, record.sha256)
    except Refusal as refusal:
        return _Read(row.row, number, None, refusal)
    return _Read(row.row, invoice.number, document)


def _settle(shop: Workshop, batch: _Batch) -> InvoiceImport:
    """One batch in one transaction. Raises InvoiceRaced where others keep registering the same keys."""
    for _ in range(MAX_ATTEMPTS):
        try:
            with shop.uow.write() as session:
                mine = queries.import_by_id(session, batch.record.id, is_locked=True)
                if _is_elsewhere(mine, batch.record):
                    return mine
                is_storing = mine.status == Status.RUNNING.value
                done = (
                    _register(session, shop, batch, shop.fingerprint_keys(session))
                    if is_storing
                    else [None] * len(batch.rows)
                )
                _write_down(session, mine, batch.rows, done)
                if mine.done >= mine.total:
                    _end_stage(session, shop, mine)
                return mine
        except IntegrityError:
            continue  # somebody else was first with one of the keys: decide again, now knowing it
    raise InvoiceRaced("It goes on by itself in a few seconds.", file=batch.record.file_name)


def _is_elsewhere(now: InvoiceImport, before: InvoiceImport) -> bool:
    return (now.status, now.position) != (before.status, before.position)


def _register(
    session: Session, shop: Workshop, batch: _Batch, keys: Sequence[FingerprintKey]
) -> list[Registered | None]:
    documents = [one.document for one in batch.rows if one.document]
    done = iter(register_all(session, documents, batch.uploader, keys, shop.clock, shop.ids))
    return [next(done) if one.document else None for one in batch.rows]


def _write_down(
    session: Session, mine: InvoiceImport, rows: Sequence[_Read], done: Sequence[Registered | None]
) -> None:
    """What became of each row, and how far it got."""
    counts: Counter[str] = Counter(mine.counts)
    results = []
    for read, one in zip(rows, done, strict=True):
        refusal = read.refusal
        outcome = Outcome.REFUSED.value if refusal else one.outcome.value if one else None
        if outcome:
            counts[outcome] += 1
        results.append(
            {
                "import_id": mine.id,
                "row": read.row,
                "number": read.number,
                "outcome": outcome,
                "code": refusal.code if refusal else one.reason if one else None,
                "sentence": refusal.detail[:_MAX_SENTENCE_CHARS] if refusal else None,
                "invoice_id": (one.id or one.of) if one else None,
            }
        )
    if results:
        session.execute(update(ImportRow), results)
        mine.position = rows[-1].row
    mine.done, mine.counts = mine.done + len(results), dict(counts)


def _end_stage(session: Session, shop: Workshop, mine: InvoiceImport) -> None:
    if mine.status == Status.CHECKING.value and not mine.counts:
        mine.status = Status.RUNNING.value
        forget_results(session, mine)
        return
    ends = {
        Status.CHECKING.value: Status.REFUSED,
        Status.RUNNING.value: Status.DONE,
        Status.TRYING.value: Status.TRIED,
    }
    mine.status = ends[mine.status].value
    if mine.status != Status.TRIED.value:
        mine.finished_at = shop.clock.now()


# ---------------------------------------------------------------------- dry runs


def _try(shop: Workshop, import_id: str) -> Iterator[InvoiceImport]:
    """Judge each row twice by the rules of registration: against the registry, where it is undone, and against the
    rows before it, which are kept in a registry of their own for as long as it takes."""
    with shop.uow.write() as session:
        record = queries.import_by_id(session, import_id, is_locked=True)
        if record.status != Status.TRYING.value:
            return
        forget_results(session, record)
    with TemporaryDirectory(prefix="counterfoil-") as folder:
        own = Database(f"sqlite:///{Path(folder) / 'rows.db'}")
        try:
            Base.metadata.create_all(own.engine, tables=list(TABLES))  # type: ignore[arg-type]
            while record.status == Status.TRYING.value:
                batch = _next(shop, import_id)
                if _is_elsewhere(batch.record, record):
                    return
                record = _judge(shop, own, batch)
                yield record
        finally:
            own.close()


def _judge(shop: Workshop, own: Database, batch: _Batch) -> InvoiceImport:
    with shop.uow.read() as session:
        keys = shop.fingerprint_keys(session)
    with own.write() as session:
        among = _register(session, shop, batch, keys)
    with shop.uow.write() as session:
        mine = queries.import_by_id(session, batch.record.id, is_locked=True)
        if _is_elsewhere(mine, batch.record):
            return mine
        undone = session.begin_nested()
        against = _register(session, shop, batch, keys)
        undone.rollback()
        graver = [_graver(*both) for both in zip(against, among, strict=True)]
        _write_down(session, mine, batch.rows, graver)
        if mine.done >= mine.total:
            _end_stage(session, shop, mine)
        return mine


def _graver(against: Registered | None, among: Registered | None) -> Registered | None:
    """Without ids of what was not kept."""
    if against is None or among is None:
        return None
    worse = max((against, among), key=lambda one: _GRAVITY.index(one.outcome))
    return Registered(worse.outcome, worse.reason, of=None)
