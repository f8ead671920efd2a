"""A notice is seen by whoever sees its lot: whom to pay follows from all notices of a lot together. Where a party is
paid is for itself and for those who owe it, or were told to pay it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from registry.financing.sight import is_offered
from registry.invoices.chains import Standing
from registry.invoices.model import CorrectionDecision, InvoiceCorrection
from registry.notices.model import AccountSeen, CorrectionWarning, Notice, PaymentAccount
from registry.receivables.model import DraftInvoice, Lot, Receivable
from registry.receivables.sight import sees_receivable
from registry.storage.sight import Found, Viewer, finds, found_for, shows


@shows(Notice)
def _of_seen_receivable(viewer: Viewer) -> ColumnElement[bool]:
    return or_(sees_receivable(viewer, Notice.receivable), is_offered(viewer, Notice.receivable))


@shows(CorrectionWarning)
def _told_me(viewer: Viewer) -> ColumnElement[bool]:
    return CorrectionWarning.party == viewer.me


@shows(InvoiceCorrection)
def _of_what_i_may_see(viewer: Viewer) -> ColumnElement[bool]:
    """What counts shows to whoever was told, and to whoever sees a receivable over the corrected invoice: it may have
    acquired a lot since."""
    warning, use = CorrectionWarning.__table__.alias(), DraftInvoice.__table__.alias()
    is_behind = exists(
        select(1).where(
            use.c.invoice == InvoiceCorrection.corrected,
            or_(sees_receivable(viewer, use.c.receivable), is_offered(viewer, use.c.receivable)),
        )
    )
    was_told = exists(
        select(1).where(warning.c.correction == InvoiceCorrection.id, warning.c.party == viewer.me)
    )
    return or_(was_told, (InvoiceCorrection.standing == Standing.STANDS.value) & is_behind)


@finds(InvoiceCorrection)
def _told_or_behind(viewer: Viewer) -> Iterator[Found]:
    """Those that ``_of_what_i_may_see`` tells."""
    of, warning = InvoiceCorrection.__table__.alias(), CorrectionWarning.__table__.alias()
    use = DraftInvoice.__table__.alias()
    yield Found(warning.c.correction, warning.c.party == viewer.me)
    for seen in found_for(Receivable, viewer):
        behind = and_(use.c.receivable == seen.key, of.c.corrected == use.c.invoice)
        yield Found(of.c.id, and_(seen.where, behind, of.c.standing == Standing.STANDS.value))


@shows(CorrectionDecision)
def _on_what_i_was_told(viewer: Viewer) -> ColumnElement[bool]:
    warning = CorrectionWarning.__table__.alias()
    return exists(
        select(1).where(warning.c.correction == CorrectionDecision.correction, warning.c.party == viewer.me)
    )


@shows(PaymentAccount)
def _own_or_paid_by_me(viewer: Viewer) -> ColumnElement[bool]:
    return _is_shown(viewer, PaymentAccount.party)


@shows(AccountSeen)
def _my_own_or_of_my_account(viewer: Viewer) -> ColumnElement[bool]:
    account = PaymentAccount.__table__.alias()
    is_mine = exists(select(1).where(account.c.id == AccountSeen.account, account.c.party == viewer.me))
    return or_(AccountSeen.obligor == viewer.me, is_mine)


def _is_shown(viewer: Viewer, party: Any) -> ColumnElement[bool]:
    lot, of, notice = Lot.__table__.alias(), Receivable.__table__.alias(), Notice.__table__.alias()
    return or_(
        party == viewer.me,
        party.in_(viewer.trusted_by),
        exists(
            select(1)
            .select_from(lot.join(of, of.c.id == lot.c.receivable))
            .where(of.c.obligor == viewer.me, or_(lot.c.holder == party, lot.c.peer == party))
        ),
        exists(
            select(1).where(
                notice.c.obligor == viewer.me, or_(notice.c.payee == party, notice.c.payee_before == party)
            )
        ),
    )
