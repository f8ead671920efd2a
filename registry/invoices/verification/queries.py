"""Every SELECT of verifications."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.invoices.rules import ACCEPTED
from registry.invoices.verification.findings import ANSWERS
from registry.invoices.verification.records import ANSWER

MAX_PAGE = 200
_IS_ANSWER = InvoiceVerification.state.in_([one.value for one in ANSWERS])


def verifications(
    session: Session, invoice: str, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[InvoiceVerification]:
    """All that was found of an invoice, newest first behind ``after``."""
    query = select(InvoiceVerification).where(InvoiceVerification.invoice_id == invoice)
    if after:
        last = select(InvoiceVerification.position).where(InvoiceVerification.id == after).scalar_subquery()
        query = query.where(InvoiceVerification.position < last)
    query = query.order_by(InvoiceVerification.position.desc())
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def latest(session: Session, invoices: Collection[str]) -> Sequence[InvoiceVerification]:
    """The newest verification of each kind and provider of each invoice, newest first."""
    newest = (
        select(func.max(InvoiceVerification.position))
        .where(InvoiceVerification.invoice_id.in_(list(invoices)))
        .group_by(InvoiceVerification.invoice_id, InvoiceVerification.kind, InvoiceVerification.provider)
    )
    query = select(InvoiceVerification).where(InvoiceVerification.position.in_(newest))
    return session.scalars(query.order_by(InvoiceVerification.position.desc())).all()


def newest_answers(session: Session, invoices: Collection[str]) -> dict[str, InvoiceVerification]:
    """Invoice → what an outside service last said of it; those of which none ever said anything are missing.

    An inquiry without an answer (``unavailable``) takes nothing back.
    """
    newest = (
        select(func.max(InvoiceVerification.position))
        .where(InvoiceVerification.invoice_id.in_(list(invoices)), _IS_ANSWER)
        .group_by(InvoiceVerification.invoice_id)
    )
    query = select(InvoiceVerification).where(InvoiceVerification.position.in_(newest))
    return {one.invoice_id: one for one in session.scalars(query)}


def due_for_inquiry(
    session: Session,
    in_use: Select[str],
    *,
    answered_before: datetime,
    asked_before: datetime,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[str]:
    """Ids, behind ``after``, of accepted invoices that nobody outside has said anything of yet, and of those
    ``in_use`` whose last answer is of ``answered_before`` or older.

    None that was asked about behind ``asked_before``: who does not answer is given time.
    """
    invoice = InvoiceRecord.id
    asked = select(func.max(InvoiceVerification.at)).where(
        InvoiceVerification.invoice_id == invoice, InvoiceVerification.kind == ANSWER
    )
    last_asked, answered = asked.scalar_subquery(), asked.where(_IS_ANSWER).scalar_subquery()
    query = select(invoice).where(
        invoice > after,
        InvoiceRecord.outcome.in_(ACCEPTED),
        or_(last_asked.is_(None), last_asked <= asked_before),
        or_(answered.is_(None), and_(answered <= answered_before, invoice.in_(in_use))),
    )
    return session.scalars(query.order_by(invoice).limit(min(limit, MAX_PAGE))).all()
