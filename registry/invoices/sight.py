"""An invoice is seen by who brought it and by whom that party lets; its keys by nobody; imports by their party."""

from sqlalchemy import ColumnElement, or_, select

from registry.invoices.imports.model import ImportRow, InvoiceImport, SavedColumnMap
from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(InvoiceKey, InvoiceBlockedKey)


@shows(InvoiceRecord)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    owner = InvoiceRecord.uploader_party
    return or_(owner == viewer.me, owner.in_(viewer.trusted_by))


@shows(InvoiceImport)
def _own_imports(viewer: Viewer) -> ColumnElement[bool]:
    return InvoiceImport.party == viewer.me


@shows(SavedColumnMap)
def _own_maps(viewer: Viewer) -> ColumnElement[bool]:
    return SavedColumnMap.party == viewer.me


@shows(ImportRow)
def _own_rows(viewer: Viewer) -> ColumnElement[bool]:
    one = InvoiceImport.__table__.alias()
    return ImportRow.import_id.in_(select(one.c.id).where(one.c.party == viewer.me))
