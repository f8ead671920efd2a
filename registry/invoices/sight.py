"""An invoice and what was found of it are seen by who brought it and by whom that party lets; its keys by nobody."""

from sqlalchemy import ColumnElement, exists, or_, select

from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord, InvoiceVerification
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(InvoiceKey, InvoiceBlockedKey)


@shows(InvoiceRecord)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    owner = InvoiceRecord.uploader_party
    return or_(owner == viewer.me, owner.in_(viewer.trusted_by))


@shows(InvoiceVerification)
def _of_own(viewer: Viewer) -> ColumnElement[bool]:
    invoice = InvoiceRecord.__table__.alias()
    owner = invoice.c.uploader_party
    is_seen = or_(owner == viewer.me, owner.in_(viewer.trusted_by))
    return exists(select(1).where(invoice.c.id == InvoiceVerification.invoice_id, is_seen))
