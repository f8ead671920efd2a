"""An invoice and what was found of it are seen by who brought it and by whom that party lets; so is what speaks against
it, unless the other one is a stranger's. Imports are their party's, keys and blocks
nobody's."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, or_, select

from registry.invoices.chains import Standing
from registry.invoices.imports.model import ImportRow, InvoiceImport, SavedColumnMap
from registry.invoices.model import (
    CorrectionDecision,
    InvoiceBlock,
    InvoiceBlockedKey,
    InvoiceCorrection,
    InvoiceKey,
    InvoiceRecord,
    InvoiceSuspicion,
    InvoiceVerdict,
    InvoiceVerification,
)
from registry.storage.sight import Found, Viewer, finds, shows, shows_nobody

shows_nobody(InvoiceKey, InvoiceBlockedKey, InvoiceBlock)


@shows(InvoiceRecord)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    owner = InvoiceRecord.uploader_party
    return or_(owner == viewer.me, owner.in_(viewer.trusted_by))


@shows(InvoiceSuspicion)
def _against_own(viewer: Viewer) -> ColumnElement[bool]:
    party = InvoiceSuspicion.party
    return and_(InvoiceSuspicion.is_hidden.is_(False), or_(party == viewer.me, party.in_(viewer.trusted_by)))


@shows(InvoiceVerdict)
def _on_own(viewer: Viewer) -> ColumnElement[bool]:
    of = InvoiceSuspicion.__table__.alias()
    mine = or_(of.c.party == viewer.me, of.c.party.in_(viewer.trusted_by))
    return exists(select(1).where(of.c.id == InvoiceVerdict.suspicion_id, of.c.is_hidden.is_(False), mine))


@shows(InvoiceVerification)
def _of_own(viewer: Viewer) -> ColumnElement[bool]:
    invoice = InvoiceRecord.__table__.alias()
    owner = invoice.c.uploader_party
    is_seen = or_(owner == viewer.me, owner.in_(viewer.trusted_by))
    return exists(select(1).where(invoice.c.id == InvoiceVerification.invoice_id, is_seen))


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


@finds(InvoiceCorrection)
def _brought_or_of_own(viewer: Viewer) -> Iterator[Found]:
    """Those that ``_brought`` tells."""
    of, invoice = InvoiceCorrection.__table__.alias(), InvoiceRecord.__table__.alias()
    for party in (viewer.me, *sorted(viewer.trusted_by)):
        yield Found(of.c.id, and_(of.c.party == party, of.c.is_own))
        counts = and_(of.c.corrected == invoice.c.id, of.c.standing == Standing.STANDS.value)
        yield Found(of.c.id, and_(invoice.c.uploader_party == party, counts))


@shows(CorrectionDecision)
def _on_brought(viewer: Viewer) -> ColumnElement[bool]:
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
