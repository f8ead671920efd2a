"""An invoice is seen by who brought it and by whom that party lets; its keys by nobody."""

from sqlalchemy import ColumnElement, exists, or_, select

from registry.invoices.chains import Standing
from registry.invoices.model import (
    CorrectionDecision,
    InvoiceBlockedKey,
    InvoiceCorrection,
    InvoiceKey,
    InvoiceRecord,
)
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(InvoiceKey, InvoiceBlockedKey)


@shows(InvoiceRecord)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    owner = InvoiceRecord.uploader_party
    return or_(owner == viewer.me, owner.in_(viewer.trusted_by))


@shows(InvoiceCorrection)
def _brought(viewer: Viewer) -> ColumnElement[bool]:
    """The seller that brought it; whose invoice is corrected sees it once it counts. A stranger's word is the operator's
    alone: what became of it would tell the stranger of the seller's invoice."""
    invoice = InvoiceRecord.__table__.alias()
    return or_(
        InvoiceCorrection.is_own
        & or_(InvoiceCorrection.party == viewer.me, InvoiceCorrection.party.in_(viewer.trusted_by)),
        (InvoiceCorrection.standing == Standing.STANDS.value)
        & exists(
            select(1).where(
                invoice.c.id == InvoiceCorrection.corrected,
                or_(invoice.c.uploader_party == viewer.me, invoice.c.uploader_party.in_(viewer.trusted_by)),
            )
        ),
    )


@shows(CorrectionDecision)
def _on_own(viewer: Viewer) -> ColumnElement[bool]:
    correction, invoice = InvoiceCorrection.__table__.alias(), InvoiceRecord.__table__.alias()
    return exists(
        select(1)
        .select_from(correction.outerjoin(invoice, invoice.c.id == correction.c.corrected))
        .where(
            correction.c.id == CorrectionDecision.correction,
            or_(
                correction.c.is_own & (correction.c.party == viewer.me), invoice.c.uploader_party == viewer.me
            ),
        )
    )
