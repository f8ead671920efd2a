"""The acts of imports: read a sheet in, say what its columns hold, try it out, begin; keep column maps."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from registry.invoices.imports import queries
from registry.invoices.imports.columns import ColumnMap, layout_of
from registry.invoices.imports.errors import (
    ColumnMapMisfit,
    ImportUnderWay,
    SheetEmpty,
    TooManyColumnMaps,
)
from registry.invoices.imports.guessing import guess
from registry.invoices.imports.model import ImportRow, InvoiceImport, Mode, SavedColumnMap, Status
from registry.invoices.records import MAX_NAME_CHARS, printable
from registry.invoices.registering import IdSource
from registry.kit.clock import Clock
from registry.parties import queries as parties
from registry.sheets import Limits, Row, read_rows
from registry.storage.unit_of_work import Database

INTERACTIVE = Limits()
BULK = Limits(rows=200_000, file_bytes=128 * 2**20, unpacked_bytes=1024 * 2**20)
MAX_DRAFTS = 5
MAX_MAP_NAME_CHARS = 100
_LOADED_WITHIN = timedelta(hours=1)
_STAGE_ROWS = 2_000
_PART = 2**20
_CHANGEABLE = (Status.DRAFT.value, Status.TRIED.value)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the columns of a sheet probably hold; ``saved`` the name of the party's map for this layout, if it was
    taken from one · ``head`` the sheet's first rows."""

    columns: ColumnMap
    saved: str
    head: list[Row]


def load_sheet(
    uow: Database, *, party: int, file: BinaryIO, name: str, limits: Limits, clock: Clock, ids: IdSource
) -> InvoiceImport:
    """Read a sheet's rows in as a draft, in bounded parts; nothing is registered. ``file`` can be sought in.

    A party keeps MAX_DRAFTS of them: older ones go. Raises PartyNotFound, SheetUnreadable, SheetTooLarge,
    SheetEmpty.
    """
    digest = _digest(file)
    lines = read_rows(file, limits)
    stage = list(islice(lines, _STAGE_ROWS))
    if not stage:
        raise SheetEmpty("The sheet holds nothing.")
    with uow.write() as session:
        parties.profile(session, party)
        made = InvoiceImport(
            id=ids("imp"),
            party=party,
            file_name=printable(name)[-MAX_NAME_CHARS:],
            sha256=digest,
            columns=None,
            mode=Mode.ALL.value,
            status=Status.LOADING.value,
            total=0,
            done=0,
            position=0,
            counts={},
            created_at=clock.now(),
            finished_at=None,
        )
        _forget_drafts(session, party, clock)
        session.add(made)
    try:
        while stage:
            _store(uow, made.id, stage)
            stage = list(islice(lines, _STAGE_ROWS))
    except BaseException:
        with uow.write() as session:
            _drop(session, [made.id])
        raise
    with uow.write() as session:
        made = queries.import_by_id(session, made.id)
        made.status = Status.DRAFT.value
        made.total = queries.count_rows(session, made.id, after=0)
    return made


def _digest(file: BinaryIO) -> str:
    digest = sha256()
    file.seek(0)
    while part := file.read(_PART):
        digest.update(part)
    return digest.hexdigest()


def _store(uow: Database, import_id: str, stage: Sequence[Row]) -> None:
    with uow.write() as session:
        session.execute(
            insert(ImportRow), [{"import_id": import_id, "row": row, "cells": cells} for row, cells in stage]
        )


def _forget_drafts(session: Session, party: int, clock: Clock) -> None:
    """Those beyond the newest, and what somebody began to read in and never ended."""
    found = queries.not_begun(session, party)
    kept = [one for one in found if one.status != Status.LOADING.value][: MAX_DRAFTS - 1]
    fresh = clock.now() - _LOADED_WITHIN
    loading = [one for one in found if one.status == Status.LOADING.value and one.created_at > fresh]
    keep = {one.id for one in (*kept, *loading)}
    _drop(session, [one.id for one in found if one.id not in keep])


def _drop(session: Session, import_ids: Iterable[str]) -> None:
    for one in import_ids:
        session.execute(delete(ImportRow).where(ImportRow.import_id == one))
        session.execute(delete(InvoiceImport).where(InvoiceImport.id == one))


def propose(session: Session, record: InvoiceImport) -> Proposal:
    """The columns as chosen before, else the party's map of the same layout, else a guess."""
    head = queries.head(session, record.id)
    if record.columns is not None:
        return Proposal(ColumnMap.from_json(record.columns), "", head)
    for saved in queries.maps_of(session, record.party):
        columns = ColumnMap.from_json(saved.columns)
        if layout_of(head, columns.header_row) == saved.layout:
            return Proposal(columns, saved.name, head)
    return Proposal(guess(head, parties.profile(session, record.party).country), "", head)


def fitting_map(session: Session, record: InvoiceImport, name: str) -> ColumnMap:
    """The party's map of that name. Raises ColumnMapUnknown, ColumnMapMisfit."""
    saved = queries.map_of_name(session, record.party, name)
    columns = ColumnMap.from_json(saved.columns)
    if layout_of(queries.head(session, record.id), columns.header_row) != saved.layout:
        raise ColumnMapMisfit(
            f"The columns of this sheet are not those {name!r} was made for; map them anew."
        )
    return columns


def try_out(uow: Database, import_id: str, columns: ColumnMap) -> InvoiceImport:
    """Have it worked out what each row would become. Raises ImportUnknown, ImportUnderWay, ColumnMapIncomplete,
    SheetEmpty."""
    with uow.write() as session:
        return _set_off(session, import_id, columns, Status.TRYING)


def begin(uow: Database, import_id: str, columns: ColumnMap, mode: Mode) -> InvoiceImport:
    """Have the rows registered. Where the same sheet is under way already with the same columns, that import goes
    on and this draft is dropped. Same refusals as ``try_out``."""
    with uow.write() as session:
        record = queries.import_by_id(session, import_id, is_locked=True)
        twin = queries.twin_under_way(session, record)
        if twin is not None and (twin.columns, twin.mode) == (columns.as_json(), mode.value):
            _drop(session, [record.id])
            return twin
        first = Status.CHECKING if mode is Mode.ALL else Status.RUNNING
        record = _set_off(session, import_id, columns, first)
        record.mode = mode.value
        return record


def _set_off(session: Session, import_id: str, columns: ColumnMap, status: Status) -> InvoiceImport:
    record = queries.import_by_id(session, import_id, is_locked=True)
    if record.status not in _CHANGEABLE:
        raise ImportUnderWay("Look at what became of its rows.")
    columns.require_complete()
    record.total = queries.count_rows(session, import_id, after=columns.header_row)
    if not record.total:
        raise SheetEmpty
    record.columns, record.status = columns.as_json(), status.value
    forget_results(session, record)
    return record


def forget_results(session: Session, record: InvoiceImport) -> None:
    """Back to before its first row."""
    nothing = {"outcome": None, "code": None, "sentence": None, "invoice_id": None, "number": None}
    session.execute(update(ImportRow).where(ImportRow.import_id == record.id).values(nothing))
    assert record.columns is not None
    record.position, record.done, record.counts = record.columns["header_row"], 0, {}


def save_map(
    uow: Database, import_id: str, name: str, columns: ColumnMap, *, clock: Clock, ids: IdSource
) -> SavedColumnMap:
    """Keep a map under a name for sheets of this layout; the party's map of that name is replaced.

    Raises ImportUnknown, ColumnMapIncomplete, TooManyColumnMaps.
    """
    columns.require_complete()
    with uow.write() as session:
        record = queries.import_by_id(session, import_id)
        layout = layout_of(queries.head(session, import_id), columns.header_row)
        saved = queries.map_named(session, record.party, name)
        if saved is None:
            if len(queries.maps_of(session, record.party)) >= queries.MAX_MAPS:
                raise TooManyColumnMaps(f"At most {queries.MAX_MAPS}; delete one first.")
            saved = SavedColumnMap(id=ids("map"), party=record.party, name=name)
            session.add(saved)
        saved.layout, saved.columns, saved.saved_at = layout, columns.as_json(), clock.now()
    return saved


def delete_map(uow: Database, map_id: str) -> None:
    """Raises ColumnMapUnknown."""
    with uow.write() as session:
        session.delete(queries.map_by_id(session, map_id))


def as_file(content: bytes) -> BinaryIO:
    """Bytes that came over the network, to be sought in."""
    return io.BytesIO(content)


def all_results(uow: Database, import_id: str, after: int) -> Iterator[ImportRow]:
    """Every row's result in order, page by page, without holding them all."""
    while True:
        with uow.read() as session:
            page = queries.rows(session, import_id, after=after)
        yield from page
        if not page:
            return
        after = page[-1].row
