"""Registrations, confirmations and transfers of several under one signature."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.chain.messages import Confirmations, Consent, Move, Registrations, Terms, Transfers
from registry.chain.words import Scope
from registry.parties.consents import require_active, require_consent
from registry.receivables import queries
from registry.receivables.batches import CONFIRM_MANY, confirmed_in_open_batches, require_batch
from registry.receivables.errors import BatchMixed, NotEntitled, SameHolder
from registry.receivables.exposure import require_uncorrected
from registry.receivables.lots import free_lot, require_amount, require_running
from registry.receivables.model import Lot, Receivable
from registry.receivables.rulings import judge_lot, judge_receivable
from registry.receivables.use_cases import awaiting, open_draft, require_open, resolve_draft, terms_of
from registry.relay.context import Context
from registry.relay.errors import ActPending
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act, require_no_pending_act


@dataclass(frozen=True)
class Step:
    """One transfer of several: how much (minor units) of which lot goes to whom."""

    lot: str
    to: int
    amount_minor: int


def registrations_message(session: Session, receivables: Sequence[str]) -> Registrations:
    """What an originator signs once for several prepared receivables, in their order."""
    return Registrations(tuple(Terms.from_json(queries.draft(session, one).terms) for one in receivables))


def register_receivables(context: Context, receivables: Sequence[str], consents: list[Consent]) -> Act:
    """Hand several prepared receivables in with their originator's one signature; all or nothing.

    Raises BatchInvalid, BatchMixed for several originators or currencies, and what ``register_receivable`` raises of
    each.
    """
    require_batch(receivables, each_once=receivables)
    with context.database.write() as session:
        require_open(session)
        drafts = [open_draft(session, one) for one in receivables]
        message = registrations_message(session, receivables)
        first = message.terms[0]
        _require_one_party([one.originator for one in message.terms])
        require_batch(receivables, currencies=[one.currency for one in message.terms])
        require_consent(
            session,
            context,
            require_active(session, context, first.originator),
            scope=Scope.REGISTER,
            currency=first.currency,
            amount=sum(one.face for one in message.terms),
            message=message,
            consents=consents,
        )
        about = f"receivable:{receivables[0]}"
        arguments = [
            [terms.as_argument() for terms in message.terms],
            [bytes.fromhex(draft.packed_invoices[2:]) for draft in drafts],
        ]
        act = enqueue_act(
            session, context, "registerMany", about, arguments, consents, actor=first.originator
        )
        for draft, terms in zip(drafts, message.terms, strict=True):
            resolve_draft(session, draft, terms)
            judge_receivable(session, context, "register", draft.receivable, terms)
            # From here on what it takes of its invoices counts for the next of the batch.
            draft.registered_act = act.id
            session.flush()
        return act


def confirmations_message(session: Session, receivables: Sequence[str]) -> Confirmations:
    """What an obligor signs once for several receivables, in their order."""
    return Confirmations(tuple(terms_of(queries.receivable(session, one)) for one in receivables))


def confirmable(session: Session, context: Context, receivables: Sequence[str]) -> Confirmations:
    """What an obligor signs for several receivables that it can confirm together now.

    Raises BatchInvalid, BatchMixed for several obligors or currencies, ActPending, NotAwaitingConfirmation,
    ConfirmationPeriodOver, InvoiceCorrected.
    """
    require_batch(receivables, each_once=receivables)
    under_way = confirmed_in_open_batches(session)
    for one in receivables:
        awaiting(session, context, one)
        require_uncorrected(session, one)
        require_no_pending_act(session, f"receivable:{one}")
        if one in under_way:
            raise ActPending(
                f"A batch that confirms receivable {one} is on its way; wait until it is finished.",
                about=f"receivable:{one}",
                act=under_way[one],
            )
    message = confirmations_message(session, receivables)
    _require_one_party([one.obligor for one in message.terms])
    require_batch(receivables, currencies=[one.currency for one in message.terms])
    return message


def confirm_receivables(context: Context, receivables: Sequence[str], consents: list[Consent]) -> Act:
    """The obligor confirms several receivables with one signature; all or nothing.

    Raises what ``confirmable`` raises, and what ``confirm_receivable`` raises of each.
    """
    with context.database.write() as session:
        require_open(session)
        message = confirmable(session, context, receivables)
        first = message.terms[0]
        require_consent(
            session,
            context,
            require_active(session, context, first.obligor),
            scope=Scope.CONFIRM,
            currency=first.currency,
            amount=sum(one.face for one in message.terms),
            message=message,
            consents=consents,
        )
        for one, terms in zip(receivables, message.terms, strict=True):
            judge_receivable(session, context, "confirm", one, terms)
        about = f"receivable:{receivables[0]}"
        arguments = [[terms.as_argument() for terms in message.terms]]
        return enqueue_act(session, context, CONFIRM_MANY, about, arguments, consents, actor=first.obligor)


def transfers_message(session: Session, steps: Sequence[Step]) -> Transfers:
    """What a holder signs once for several transfers: each names the lot as it is when its turn comes."""
    moves: list[Move] = []
    for one in steps:
        lot = queries.lot(session, one.lot)
        before = [move for move in moves if move.lot == int(lot.id, 16)]
        left = lot.amount - sum(move.amount for move in before)
        moves.append(Move(int(lot.id, 16), lot.seq + len(before), left, one.to, one.amount_minor))
    return Transfers(tuple(moves))


def require_transferable(
    session: Session, context: Context, holder: int, steps: Sequence[Step]
) -> list[tuple[Lot, Receivable]]:
    """Whether a holder may transfer so, in this order, whoever signs; each step's lot. Raises as ``transfer_lots``."""
    require_batch(steps)
    found = [free_lot(session, one.lot) for one in steps]
    moves = transfers_message(session, steps).moves
    for one, move, (lot, receivable) in zip(steps, moves, found, strict=True):
        if lot.holder != holder:
            raise NotEntitled(f"Lot {lot.id} is held by party {lot.holder}.", lot=lot.id, party=holder)
        if one.to == holder:
            raise SameHolder(f"Party {holder} holds this lot already.", lot=lot.id, party=holder)
        require_amount(session, lot, receivable, one.amount_minor, left=move.lot_amount)
        require_running(session, receivable)
        require_uncorrected(session, receivable.id)
        require_active(session, context, one.to)
    require_batch(steps, currencies=[receivable.currency for _, receivable in found])
    return found


@dataclass(frozen=True)
class Left:
    """What several transfers leave of one lot, in minor units; ``left`` 0 means that the lot itself passes on."""

    lot: str
    currency: int
    amount_minor: int
    gone_minor: int

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.gone_minor


def preview_transfers(session: Session, context: Context, holder: int, steps: Sequence[Step]) -> list[Left]:
    """What is left of each lot if the holder transfers so, before anybody signs. Raises as ``transfer_lots``."""
    found = require_transferable(session, context, holder, steps)
    lots = {lot.id: (lot, receivable) for lot, receivable in found}
    return [
        Left(
            lot.id,
            receivable.currency,
            lot.amount,
            sum(one.amount_minor for one in steps if one.lot == lot.id),
        )
        for lot, receivable in lots.values()
    ]


def transfer_lots(context: Context, holder: int, steps: Sequence[Step], consents: list[Consent]) -> Act:
    """Several transfers of one holder under one signature, in their order; all or nothing.

    Raises BatchInvalid, BatchMixed for several currencies, NotEntitled for another holder's lot, and what
    ``transfer_lot`` raises of each.
    """
    with context.database.write() as session:
        found = require_transferable(session, context, holder, steps)
        message = transfers_message(session, steps)
        currencies = [receivable.currency for _, receivable in found]
        require_consent(
            session,
            context,
            require_active(session, context, holder),
            scope=Scope.TRANSFER,
            currency=currencies[0],
            amount=sum(one.amount_minor for one in steps),
            message=message,
            consents=consents,
        )
        for one, (lot, receivable) in zip(steps, found, strict=True):
            judge_lot(session, context, "transfer", lot, receivable, one.amount_minor)
        arguments = [holder, [move.as_argument() for move in message.moves]]
        about = f"lot:{found[0][0].id}"
        return enqueue_act(session, context, "transferMany", about, arguments, consents, actor=holder)


def _require_one_party(numbers: Sequence[int]) -> None:
    for index, one in enumerate(numbers):
        if one != numbers[0]:
            raise BatchMixed("One signature stands for one party; make a batch of each.", index=index)
