"""Tables of imports: a sheet's rows as they were read, what became of each, and the maps parties keep."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json


class Status(StrEnum):
    """``loading`` rows are being read in · ``draft`` columns may be chosen · ``trying`` dry run · ``tried`` its
    report stands, columns may be chosen again · ``checking`` all rows are read before any is stored · ``running``
    rows are registered · ``done`` · ``refused`` a row was refused and nothing was stored."""

    LOADING = "loading"
    DRAFT = "draft"
    TRYING = "trying"
    TRIED = "tried"
    CHECKING = "checking"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class Mode(StrEnum):
    """``all`` stores nothing where one row is refused; ``report`` stores the others."""

    ALL = "all"
    REPORT = "report"


class InvoiceImport(Base):
    """One sheet on its way in. ``position`` is the number of the last row the present stage is through with,
    ``done`` how many rows that is of ``total``; ``counts`` outcome → rows."""

    __tablename__ = "invoice_import"
    __table_args__ = (Index("ix_invoice_import_party_sha256", "party", "sha256"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    columns: Mapped[dict[str, Any] | None] = mapped_column(Json)
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20), index=True)
    total: Mapped[int]
    done: Mapped[int]
    position: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """A row that holds something, by its number in the sheet. ``outcome`` as registration tells it, or None for
    one not decided; ``code`` why; ``sentence`` of a refused one what to do."""

    __tablename__ = "invoice_import_row"

    import_id: Mapped[str] = mapped_column(
        ForeignKey("invoice_import.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[Any]] = mapped_column(Json)
    number: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(60))
    sentence: Mapped[str | None]
    invoice_id: Mapped[str | None] = mapped_column(String(40))


class SavedColumnMap(Base):
    """A column map a party keeps under a name, for sheets of one ``layout`` (hash of the columns' names)."""

    __tablename__ = "invoice_column_map"
    __table_args__ = (UniqueConstraint("party", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    layout: Mapped[str] = mapped_column(String(64))
    columns: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime]


TABLES = (InvoiceImport.__table__, ImportRow.__table__, SavedColumnMap.__table__)
