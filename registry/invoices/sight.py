"""An invoice is seen by who brought it and by whom that party lets; its keys by nobody."""

from sqlalchemy import ColumnElement, or_

from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(InvoiceKey, InvoiceBlockedKey)


@shows(InvoiceRecord)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    owner = InvoiceRecord.uploader_party
    return or_(owner == viewer.me, owner.in_(viewer.trusted_by))
