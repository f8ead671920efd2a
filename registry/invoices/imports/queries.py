"""Every SELECT of imports."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.invoices.imports.errors import ColumnMapUnknown, ImportUnknown
from registry.invoices.imports.model import ImportRow, InvoiceImport, SavedColumnMap, Status
from registry.sheets import Row

HEAD_ROWS = 60
MAX_PAGE = 200
MAX_MAPS = 100
UNDER_WAY = (Status.TRYING.value, Status.CHECKING.value, Status.RUNNING.value)
_OPEN = (Status.LOADING.value, Status.DRAFT.value, Status.TRIED.value)


def import_by_id(session: Session, import_id: str, *, is_locked: bool = False) -> InvoiceImport:
    """One import; ``is_locked`` holds its row to the end of the transaction. Raises ImportUnknown."""
    query = select(InvoiceImport).where(InvoiceImport.id == import_id)
    found = session.scalar(query.with_for_update() if is_locked else query)
    if found is None:
        raise ImportUnknown(f"There is no import {import_id}.")
    return found


def imports_of(
    session: Session, party: int, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[InvoiceImport]:
    """A party's imports, newest first behind ``after``."""
    at, name = InvoiceImport.created_at, InvoiceImport.id
    query = select(InvoiceImport).where(
        InvoiceImport.party == party, InvoiceImport.status != Status.LOADING.value
    )
    last = session.get(InvoiceImport, after) if after else None
    if last is not None:
        query = query.where((at < last.created_at) | ((at == last.created_at) & (name < last.id)))
    return session.scalars(query.order_by(at.desc(), name.desc()).limit(min(limit, MAX_PAGE))).all()


def under_way(session: Session) -> Sequence[str]:
    """Ids of imports and dry runs that go on, oldest first."""
    query = select(InvoiceImport.id).where(InvoiceImport.status.in_(UNDER_WAY))
    return session.scalars(query.order_by(InvoiceImport.created_at, InvoiceImport.id)).all()


def twin_under_way(session: Session, one: InvoiceImport) -> InvoiceImport | None:
    """The import of the same sheet by the same party that has begun and not ended."""
    query = select(InvoiceImport).where(
        InvoiceImport.party == one.party,
        InvoiceImport.sha256 == one.sha256,
        InvoiceImport.status.in_((Status.CHECKING.value, Status.RUNNING.value)),
        InvoiceImport.id != one.id,
    )
    return session.scalar(query.order_by(InvoiceImport.created_at, InvoiceImport.id).limit(1))


def not_begun(session: Session, party: int) -> Sequence[InvoiceImport]:
    """A party's sheets that were read in and not imported, newest first."""
    query = select(InvoiceImport).where(InvoiceImport.party == party, InvoiceImport.status.in_(_OPEN))
    return session.scalars(query.order_by(InvoiceImport.created_at.desc(), InvoiceImport.id.desc())).all()


def head(session: Session, import_id: str, limit: int = HEAD_ROWS) -> list[Row]:
    """The first rows of the sheet that hold something."""
    query = select(ImportRow.row, ImportRow.cells).where(ImportRow.import_id == import_id)
    return [(one.row, one.cells) for one in session.execute(query.order_by(ImportRow.row).limit(limit))]


def header_cells(session: Session, import_id: str, header_row: int) -> list[str]:
    """What the columns are called, empty without a header."""
    found = session.get(ImportRow, (import_id, header_row))
    return [str("" if one is None else one) for one in found.cells] if found else []


def count_rows(session: Session, import_id: str, *, after: int) -> int:
    query = select(func.count()).select_from(ImportRow)
    return session.scalar(query.where(ImportRow.import_id == import_id, ImportRow.row > after)) or 0


def rows(
    session: Session, import_id: str, *, after: int, limit: int = MAX_PAGE, outcome: str = ""
) -> Sequence[ImportRow]:
    """Rows in the sheet's order behind row ``after``; of one outcome, where given."""
    query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.row > after)
    if outcome:
        query = query.where(ImportRow.outcome == outcome)
    return session.scalars(query.order_by(ImportRow.row).limit(limit)).all()


def maps_of(session: Session, party: int) -> Sequence[SavedColumnMap]:
    """A party's column maps by name."""
    query = select(SavedColumnMap).where(SavedColumnMap.party == party)
    return session.scalars(query.order_by(SavedColumnMap.name).limit(MAX_MAPS)).all()


def map_by_id(session: Session, map_id: str) -> SavedColumnMap:
    """Raises ColumnMapUnknown."""
    found = session.scalar(select(SavedColumnMap).where(SavedColumnMap.id == map_id))
    if found is None:
        raise ColumnMapUnknown
    return found


def map_of_name(session: Session, party: int, name: str) -> SavedColumnMap:
    """Raises ColumnMapUnknown."""
    found = map_named(session, party, name)
    if found is None:
        raise ColumnMapUnknown(f"There is no column map named {name!r}.")
    return found


def map_named(session: Session, party: int, name: str) -> SavedColumnMap | None:
    query = select(SavedColumnMap).where(SavedColumnMap.party == party, SavedColumnMap.name == name)
    return session.scalar(query)
