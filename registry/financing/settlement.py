"""Payments are recorded: by the receivable's settler, or by the holder's own receipt."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Payment, Settlement, Settlements
from registry.chain.words import LotStatus, Scope
from registry.kit.money import Money, currency
from registry.parties.consents import require_consent, require_unfrozen
from registry.receivables import queries as receivables
from registry.receivables.batches import require_batch, require_idle
from registry.receivables.endings import text_hash
from registry.receivables.errors import AmountNotPositive, AmountOverLot, LotRedeemed, NotEntitled
from registry.receivables.model import Lot, LotHop, Receivable
from registry.relay.context import Context
from registry.relay.kept import Half, joined
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act

RECEIPT = "receipt"


@dataclass(frozen=True)
class Paid:
    """One payment of several: how much of which lot, and the payment's reference."""

    lot: str
    amount_minor: int
    payment: str


def payee_of(lot: Lot | LotHop) -> int:
    """Whom a payment is due to, now or after an act: the pledgee of a pledged lot, else its holder."""
    return lot.peer if lot.status == LotStatus.PLEDGED else lot.holder


def settlement_message(session: Session, lot_id: str, amount_minor: int, payment: str) -> Settlement:
    """What the settler signs, or the holder as its receipt; ``payment`` is the payment's reference."""
    lot = receivables.lot(session, lot_id)
    return Settlement(int(lot.id, 16), lot.seq, lot.amount, payee_of(lot), amount_minor, text_hash(payment))


def settle_lot(
    context: Context, lot_id: str, by: int, amount_minor: int, payment: str, consents: list[Consent]
) -> Act:
    """Record that the obligor paid: by the receivable's settler or the holder's own receipt, which of a pledged
    lot its funder signs too.

    Raises NotEntitled, LotRedeemed, AmountOverLot, AmountNotPositive, party_frozen, consent refusals, ActPending.
    """
    with context.database.write() as session:
        lot, receivable = _payable(session, lot_id, amount_minor)
        if by != lot.holder and (by != receivable.settler or by == 0):
            raise NotEntitled(
                f"A payment is recorded by the settler (party {receivable.settler}) or its holder (party {lot.holder}).",
                lot=lot.id,
                party=by,
            )
        message = settlement_message(session, lot_id, amount_minor, payment)
        signing = {by, message.payee} if by == lot.holder else {by}
        for number in sorted(signing):
            require_consent(
                session,
                context,
                require_unfrozen(session, number),
                scope=Scope.SETTLE,
                currency=receivable.currency,
                amount=amount_minor,
                message=message,
                consents=consents,
            )
        arguments = [int(lot.id, 16), by, message.payee, lot.amount, amount_minor, message.payment]
        return enqueue_act(session, context, "settle", f"lot:{lot.id}", arguments, consents, actor=by)


def half_of_receipt(session: Session, lot_id: str, by: int, amount_minor: int, payment: str) -> Half:
    """One side's part in the receipt for a pledged lot: its holder's or its funder's. Raises NotEntitled for whoever is
    neither."""
    lot = receivables.lot(session, lot_id)
    sides = {lot.holder: lot.peer, lot.peer: lot.holder}
    if lot.status != LotStatus.PLEDGED or by not in sides:
        raise NotEntitled("Its holder and its funder give a pledged lot's receipt.", lot=lot.id, party=by)
    message = settlement_message(session, lot_id, amount_minor, payment)
    words = {"amount_minor": str(amount_minor), "payment": payment}
    return Half(RECEIPT, f"lot:{lot.id}", message, by, sides[by], words)


def sign_receipt(
    context: Context, lot_id: str, by: int, amount_minor: int, payment: str, consents: list[Consent]
) -> Act | None:
    """A holder says that it was paid. Of a pledged lot its holder and its funder say so, each in its own time: with the
    other's signature over the same it goes out, without it the signature is kept and the answer is None.

    Raises NotEntitled, and what ``settle_lot`` raises.
    """
    with context.database.write() as session:
        lot, receivable = _payable(session, lot_id, amount_minor)
        holder = lot.holder
        if lot.status == LotStatus.PLEDGED:
            half = half_of_receipt(session, lot_id, by, amount_minor, payment)
            require_consent(
                session,
                context,
                require_unfrozen(session, by),
                scope=Scope.SETTLE,
                currency=receivable.currency,
                amount=amount_minor,
                message=half.message,
                consents=consents,
            )
            both = joined(session, context, half, consents)
            if both is None:
                return None
            consents = both
        elif by != holder:
            raise NotEntitled("Only its holder says that it was paid.", lot=lot.id, party=by)
    return settle_lot(context, lot_id, holder, amount_minor, payment, consents)


def settlements_message(session: Session, payments: list[Paid]) -> Settlements:
    """What a settler signs once for several payments, in their order."""
    made: list[Payment] = []
    left: dict[str, int] = {}
    for one in payments:
        lot = receivables.lot(session, one.lot)
        amount = left.get(lot.id, lot.amount)
        left[lot.id] = amount - one.amount_minor
        made.append(
            Payment(int(lot.id, 16), lot.seq, amount, payee_of(lot), one.amount_minor, text_hash(one.payment))
        )
    return Settlements(tuple(made))


def settle_lots(context: Context, settler: int, payments: list[Paid], consents: list[Consent]) -> Act:
    """Several payments in one currency, recorded by one settler under one signature; all or nothing.

    Raises BatchInvalid, BatchMixed, NotEntitled, and what ``settle_lot`` raises of each.
    """
    require_batch(payments, each_once=[one.lot for one in payments])
    with context.database.write() as session:
        found = [_payable(session, one.lot, one.amount_minor) for one in payments]
        for lot, receivable in found:
            if receivable.settler != settler or settler == 0:
                raise NotEntitled(
                    f"Payments of lot {lot.id} are recorded by party {receivable.settler}.",
                    lot=lot.id,
                    party=settler,
                )
        require_batch(payments, currencies=[receivable.currency for _, receivable in found])
        message = settlements_message(session, payments)
        require_consent(
            session,
            context,
            require_unfrozen(session, settler),
            scope=Scope.SETTLE,
            currency=found[0][1].currency,
            amount=sum(one.amount_minor for one in payments),
            message=message,
            consents=consents,
        )
        arguments = [settler, [one.as_argument() for one in message.payments]]
        about = f"lot:{found[0][0].id}"
        return enqueue_act(session, context, "settleMany", about, arguments, consents, actor=settler)


def _payable(session: Session, lot_id: str, amount_minor: int) -> tuple[Lot, Receivable]:
    lot = receivables.lot(session, lot_id)
    require_idle(session, lot.id)
    if lot.status == LotStatus.REDEEMED:
        raise LotRedeemed("Nothing of this lot is left to pay.", lot=lot.id)
    receivable = receivables.receivable(session, lot.receivable)
    if amount_minor <= 0:
        raise AmountNotPositive("A payment is more than zero.", lot=lot.id)
    if amount_minor > lot.amount:
        unit = currency(receivable.currency)
        raise AmountOverLot(
            f"The lot has {Money(lot.amount, unit)} left to pay.", lot=lot.id, lot_amount_minor=lot.amount
        )
    return lot, receivable
