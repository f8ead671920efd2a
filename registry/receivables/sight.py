"""A receivable is seen by those named in its terms and by whoever holds, held or has a claim on a lot of it: who may
see it may see what became of it, since that is what it is bought for. Its invoices' contents are another matter:
they are the supplier's to show, and the obligor's who is asked to confirm them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select

from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.receivables.model import (
    Contest,
    Draft,
    DraftInvoice,
    InvoiceUse,
    Lot,
    LotHop,
    Obligation,
    Reason,
    Receivable,
    ReceivableInvoice,
)
from registry.rules.model import RuleDecision
from registry.storage.sight import Found, Viewer, finds, shows, shows_everyone

# A provable total is there to be seen by whoever thinks of lending on it, and the chain shows it anyway.
shows_everyone(Obligation, InvoiceUse)


@shows(Draft)
def _named_in_draft(viewer: Viewer) -> ColumnElement[bool]:
    """Its originator's, and its obligor's: it may be asked to sign it before it is on the ledger."""
    return or_(_is_drafted_by(viewer, Draft), Draft.obligor == viewer.me)


@shows(DraftInvoice)
def _of_own_draft(viewer: Viewer) -> ColumnElement[bool]:
    """Its originator's; its obligor's from registration on, when it sees these invoices too."""
    draft, receivable = Draft.__table__.alias(), Receivable.__table__.alias()
    return or_(
        exists(
            select(1).where(draft.c.receivable == DraftInvoice.receivable, _is_drafted_by(viewer, draft.c))
        ),
        exists(
            select(1).where(receivable.c.id == DraftInvoice.receivable, receivable.c.obligor == viewer.me)
        ),
    )


@shows(Receivable)
def _concerned(viewer: Viewer) -> ColumnElement[bool]:
    return is_concerned(viewer, Receivable)


@shows(Lot)
def _of_seen_receivable(viewer: Viewer) -> ColumnElement[bool]:
    return sees_receivable(viewer, Lot.receivable)


@shows(ReceivableInvoice)
def _invoices_of_it(viewer: Viewer) -> ColumnElement[bool]:
    return sees_receivable(viewer, ReceivableInvoice.receivable)


@shows(Reason)
def _reasons_of_it(viewer: Viewer) -> ColumnElement[bool]:
    return sees_receivable(viewer, Reason.receivable)


@shows(Contest)
def _contests_of_it(viewer: Viewer) -> ColumnElement[bool]:
    return sees_receivable(viewer, Contest.receivable)


@shows(LotHop)
def _hops_of_it(viewer: Viewer) -> ColumnElement[bool]:
    return sees_receivable(viewer, LotHop.receivable)


@shows(RuleDecision)
def _decisions_on_it(viewer: Viewer) -> ColumnElement[bool]:
    """Of a receivable: its obligor and originator; of a lot: its holder and whom it is locked for; and whom the
    originator or the holder lets see its records."""
    receivable, lot = Receivable.__table__.alias(), Lot.__table__.alias()
    draft = Draft.__table__.alias()
    return or_(
        exists(
            select(1).where(
                RuleDecision.subject == literal("receivable:") + receivable.c.id,
                or_(
                    receivable.c.obligor == viewer.me,
                    receivable.c.originator == viewer.me,
                    receivable.c.originator.in_(viewer.trusted_by),
                ),
            )
        ),
        exists(
            select(1).where(
                RuleDecision.subject == literal("receivable:") + draft.c.receivable,
                _is_drafted_by(viewer, draft.c),
            )
        ),
        exists(
            select(1).where(
                RuleDecision.subject == literal("lot:") + lot.c.id,
                or_(
                    lot.c.holder == viewer.me,
                    lot.c.peer == viewer.me,
                    lot.c.holder.in_(viewer.trusted_by),
                ),
            )
        ),
    )


@finds(RuleDecision)
def _on_what_is_its_own(viewer: Viewer) -> Iterator[Found]:
    """Those that ``_decisions_on_it`` tells."""
    decision, draft = RuleDecision.__table__.alias(), Draft.__table__.alias()
    receivable, lot = Receivable.__table__.alias(), Lot.__table__.alias()
    of_receivable = decision.c.subject == literal("receivable:") + receivable.c.id
    of_lot = decision.c.subject == literal("lot:") + lot.c.id
    for named in (receivable.c.obligor, receivable.c.originator):
        yield Found(decision.c.position, and_(of_receivable, named == viewer.me))
    for claimed in (lot.c.holder, lot.c.peer):
        yield Found(decision.c.position, and_(of_lot, claimed == viewer.me))
    for each in sorted(viewer.trusted_by):
        yield Found(decision.c.position, and_(of_receivable, receivable.c.originator == each))
        yield Found(decision.c.position, and_(of_lot, lot.c.holder == each))
    of_draft = decision.c.subject == literal("receivable:") + draft.c.receivable
    yield Found(decision.c.position, and_(of_draft, _is_drafted_by(viewer, draft.c)))


@shows(InvoiceRecord)
def _asked_to_confirm(viewer: Viewer) -> ColumnElement[bool]:
    """The obligor sees the invoices behind what is registered against it."""
    return _is_behind_own_debt(viewer, InvoiceRecord.id)


@shows(InvoiceVerification)
def _verified_for_it(viewer: Viewer) -> ColumnElement[bool]:
    return _is_behind_own_debt(viewer, InvoiceVerification.invoice_id)


def _is_behind_own_debt(viewer: Viewer, invoice: Any) -> ColumnElement[bool]:
    use, receivable = DraftInvoice.__table__.alias(), Receivable.__table__.alias()
    return exists(
        select(1)
        .select_from(use.join(receivable, receivable.c.id == use.c.receivable))
        .where(use.c.invoice == invoice, receivable.c.obligor == viewer.me)
    )


def is_concerned(viewer: Viewer, of: Any) -> ColumnElement[bool]:
    """``of``: the model or the columns of an alias of it."""
    lot, hop, me = Lot.__table__.alias(), LotHop.__table__.alias(), viewer.me
    return or_(
        of.obligor == me,
        of.originator == me,
        of.settler == me,
        of.originator.in_(viewer.trusted_by),
        exists(select(1).where(lot.c.receivable == of.id, or_(lot.c.holder == me, lot.c.peer == me))),
        exists(select(1).where(hop.c.receivable == of.id, hop.c.holder == me)),
    )


@finds(Receivable)
def _concerning(viewer: Viewer) -> Iterator[Found]:
    """Those that ``is_concerned`` tells."""
    receivable, lot, hop = Receivable.__table__.alias(), Lot.__table__.alias(), LotHop.__table__.alias()
    for named in (receivable.c.obligor, receivable.c.originator, receivable.c.settler):
        yield Found(receivable.c.id, named == viewer.me)
    for each in sorted(viewer.trusted_by):
        yield Found(receivable.c.id, receivable.c.originator == each)
    for claimed in (lot.c.holder, lot.c.peer):
        yield Found(lot.c.receivable, claimed == viewer.me)
    yield Found(hop.c.receivable, hop.c.holder == viewer.me)


def sees_receivable(viewer: Viewer, receivable_id: Any) -> ColumnElement[bool]:
    receivable = Receivable.__table__.alias()
    return exists(select(1).where(receivable.c.id == receivable_id, is_concerned(viewer, receivable.c)))


def _is_drafted_by(viewer: Viewer, draft: Any) -> ColumnElement[bool]:
    return draft.originator == viewer.me  # type: ignore[no-any-return]
