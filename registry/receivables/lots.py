"""The acts on lots that concern holders: transfer and reject; and what every act on a lot checks."""

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Rejection, Transfer
from registry.chain.words import GradedState, LotStatus, PartyFlag, Scope
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent
from registry.receivables import queries
from registry.receivables.batches import require_idle
from registry.receivables.errors import (
    AmountNotPositive,
    AmountOverLot,
    BelowMinLot,
    HopLimitReached,
    LotNotFree,
    RejectWindowOver,
    SameHolder,
)
from registry.receivables.exposure import require_uncorrected
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import LOT_STATUS_NAMES
from registry.receivables.rulings import judge_lot
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.refusals import refusal
from registry.relay.use_cases import enqueue_act

SUSPENDED = PartyFlag.FROZEN  # the receivable's lowest flag, as the party's


def transfer_message(session: Session, lot_id: str, to: int, amount_minor: int) -> Transfer:
    """What the holder signs to assign a lot or a part of it."""
    lot = queries.lot(session, lot_id)
    return Transfer(int(lot.id, 16), lot.seq, lot.amount, to, amount_minor)


def transfer_lot(context: Context, lot_id: str, to: int, amount_minor: int, consents: list[Consent]) -> Act:
    """The holder assigns a lot, whole or in part; a part makes a child lot.

    Raises LotNotFree, SameHolder, AmountNotPositive, AmountOverLot, BelowMinLot, HopLimitReached, InvoiceCorrected,
    RuleBlocks, refusals of parties and consents, ActPending.
    """
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        if to == lot.holder:
            raise SameHolder(f"Party {to} holds this lot already.", lot=lot.id, party=to)
        require_amount(session, lot, receivable, amount_minor, left=lot.amount)
        require_running(session, receivable)
        require_uncorrected(session, receivable.id)
        holder = require_active(session, context, lot.holder)
        require_active(session, context, to)
        require_consent(
            session,
            context,
            holder,
            scope=Scope.TRANSFER,
            currency=receivable.currency,
            amount=amount_minor,
            message=transfer_message(session, lot_id, to, amount_minor),
            consents=consents,
        )
        judge_lot(session, context, "transfer", lot, receivable, amount_minor)
        arguments = [int(lot.id, 16), to, amount_minor]
        return enqueue_act(
            session, context, "transfer", f"lot:{lot.id}", arguments, consents, actor=lot.holder
        )


def rejection_message(session: Session, lot_id: str) -> Rejection:
    """What a receiver signs to give a lot back."""
    lot = queries.lot(session, lot_id)
    return Rejection(int(lot.id, 16), lot.seq, lot.amount)


def reject_lot(context: Context, lot_id: str, consents: list[Consent]) -> Act:
    """The receiver gives a lot back as its next act within the window. Raises RejectWindowOver, LotNotFree."""
    with context.database.write() as session:
        lot, receivable = free_lot(session, lot_id)
        if context.now >= lot.until:
            raise RejectWindowOver("Settle it with the sender: transfer the lot back instead.", lot=lot.id)
        require_consent(
            session,
            context,
            parties.party(session, lot.holder),
            scope=Scope.TRANSFER,
            currency=receivable.currency,
            amount=lot.amount,
            message=rejection_message(session, lot_id),
            consents=consents,
        )
        return enqueue_act(
            session, context, "reject", f"lot:{lot.id}", [int(lot.id, 16)], consents, actor=lot.holder
        )


def free_lot(session: Session, lot_id: str) -> tuple[Lot, Receivable]:
    """A lot that its holder may dispose of, and its receivable. Raises LotNotFound, LotNotFree, ActPending."""
    lot = queries.lot(session, lot_id)
    if lot.status != LotStatus.FREE:
        name = LOT_STATUS_NAMES[lot.status]
        why = {"locked": f" for party {lot.peer}", "financed": f" by party {lot.holder}"}.get(name, "")
        raise LotNotFree(f"The lot is {name}{why}.", lot=lot.id, status=name, peer=lot.peer)
    require_idle(session, lot.id)
    return lot, queries.receivable(session, lot.receivable)


def require_running(session: Session, receivable: Receivable) -> None:
    """Raises halted, receivable_suspended."""
    limits = parties.limits(session)
    if limits is not None and limits.state >= GradedState.HALTED:
        raise refusal("Halted")
    if receivable.flags & SUSPENDED:
        raise refusal("ReceivableSuspended", receivable=int(receivable.id, 16))


def require_amount(
    session: Session, lot: Lot, receivable: Receivable, amount_minor: int, *, left: int
) -> None:
    """Whether so much may pass on of a lot that has ``left`` minor units when its turn comes.

    Raises AmountNotPositive, AmountOverLot, HopLimitReached, BelowMinLot.
    """
    unit = currency(receivable.currency)
    if amount_minor <= 0:
        raise AmountNotPositive("Transfer more than zero.", lot=lot.id)
    if amount_minor > left:
        raise AmountOverLot(
            f"The lot holds {Money(left, unit)}, less than {Money(amount_minor, unit)}.",
            lot=lot.id,
            amount_minor=amount_minor,
            lot_amount_minor=left,
        )
    limits = parties.limits(session)
    if limits is None:
        return
    if lot.hops >= limits.max_hops:
        raise HopLimitReached(f"A lot passes on at most {limits.max_hops} times.", lot=lot.id)
    rest = left - amount_minor
    if rest and min(rest, amount_minor) < limits.min_lot:
        raise BelowMinLot(
            f"Both parts of a lot must be at least {Money(limits.min_lot, unit)}.",
            lot=lot.id,
            min_lot_minor=limits.min_lot,
        )
