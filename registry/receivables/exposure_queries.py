"""SELECTs over what rests on an invoice, past what a viewer may see (see ``registry.invoices.correction_queries``)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.chain.words import ReceivableStatus
from registry.receivables.model import Draft, DraftInvoice, Lot, LotHop, Receivable, ReceivableInvoice
from registry.storage.sight import past_sight

_LIVE = (int(ReceivableStatus.REGISTERED), int(ReceivableStatus.CONFIRMED))


@dataclass(frozen=True)
class LiveUse:
    """What a receivable that was not taken back uses of an invoice, and what of the receivable is unpaid."""

    receivable: str
    amount_minor: int
    unpaid_minor: int


def live_uses(session: Session, fingerprints: Collection[str]) -> list[LiveUse]:
    """Uses under any of these fingerprints, each once, by receivable's id."""
    columns = (
        ReceivableInvoice.receivable,
        ReceivableInvoice.place,
        ReceivableInvoice.amount,
        Receivable.face,
        Receivable.settled,
    )
    query = (
        select(*columns)
        .join(Receivable, Receivable.id == ReceivableInvoice.receivable)
        .where(ReceivableInvoice.fingerprint.in_(fingerprints), Receivable.status.in_(_LIVE))
        .order_by(ReceivableInvoice.receivable, ReceivableInvoice.place)
    )
    found = {
        (row.receivable, row.place): LiveUse(row.receivable, row.amount, row.face - row.settled)
        for row in session.execute(past_sight(query))
    }
    return list(found.values())


def fingerprints_of(session: Session, receivable: str) -> list[str]:
    """Every fingerprint a receivable's registration named."""
    query = select(ReceivableInvoice.fingerprint).where(ReceivableInvoice.receivable == receivable)
    return list(
        session.scalars(past_sight(query.order_by(ReceivableInvoice.place, ReceivableInvoice.fingerprint)))
    )


def written_off(session: Session, receivables: Collection[str]) -> dict[str, int]:
    """Receivable → what its holders gave up, where they did."""
    query = (
        select(Lot.receivable, func.sum(LotHop.amount))
        .join(Lot, Lot.id == LotHop.lot)
        .where(Lot.receivable.in_(receivables), LotHop.kind == "written_off")
        .group_by(Lot.receivable)
        .order_by(Lot.receivable)
    )
    return {receivable: int(amount) for receivable, amount in session.execute(past_sight(query))}


def unpaid_over(session: Session, fingerprints: Collection[str]) -> Sequence[Receivable]:
    """Receivables that stand, are not paid in full, and rest on an invoice under any of these fingerprints."""
    resting = select(ReceivableInvoice.receivable).where(ReceivableInvoice.fingerprint.in_(fingerprints))
    query = select(Receivable).where(
        Receivable.id.in_(resting), Receivable.status.in_(_LIVE), Receivable.settled < Receivable.face
    )
    return session.scalars(query.order_by(Receivable.id)).all()


def drafts_on_their_way(
    session: Session, invoices: Collection[str], acts: Collection[str]
) -> Sequence[Draft]:
    """Drafts over any of these invoices that these acts bring to the ledger, which has them not yet."""
    query = (
        select(Draft)
        .join(DraftInvoice, DraftInvoice.receivable == Draft.receivable)
        .outerjoin(Receivable, Receivable.id == Draft.receivable)
        .where(DraftInvoice.invoice.in_(invoices), Draft.registered_act.in_(acts), Receivable.id.is_(None))
    )
    return session.scalars(query.distinct().order_by(Draft.receivable)).all()
