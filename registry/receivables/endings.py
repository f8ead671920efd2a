"""Receivables that come to nothing: declined, withdrawn, expired, canceled. Their invoices are free again."""

from sqlalchemy.orm import Session

from registry.chain.messages import (
    Cancellation,
    Consent,
    Declinature,
    InvoiceEntry,
    Withdrawal,
    keccak256,
    pack_invoices,
)
from registry.chain.words import ReceivableStatus, Scope
from registry.kit.clock import from_unix
from registry.parties import queries as parties
from registry.parties.consents import require_consent, require_unfrozen
from registry.receivables import queries
from registry.receivables.errors import (
    ConfirmationPeriodNotOver,
    LotNotWhole,
    NotConfirmed,
    NotEntitled,
)
from registry.receivables.lots import free_lot
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import RECEIVABLE_STATUS_NAMES
from registry.receivables.use_cases import awaiting, terms_of
from registry.relay.context import Context
from registry.relay.kept import Half, joined
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act, require_no_pending_act


def declinature_message(session: Session, receivable: str, owed_minor: int, reason: str) -> Declinature:
    """What an obligor signs that does not owe this; ``owed_minor`` is what it does owe."""
    record = queries.receivable(session, receivable)
    return Declinature(int(record.id, 16), owed_minor, text_hash(reason))


def decline_receivable(
    context: Context, receivable: str, owed_minor: int, reason: str, consents: list[Consent]
) -> Act:
    """The obligor refuses. Raises NotAwaitingConfirmation, consent refusals, ActPending."""
    with context.database.write() as session:
        record = awaiting(session, context, receivable, even_late=True)
        message = declinature_message(session, receivable, owed_minor, reason)
        require_consent(
            session,
            context,
            parties.party(session, record.obligor),
            scope=Scope.CONFIRM,
            currency=record.currency,
            amount=0,
            message=message,
            consents=consents,
        )
        arguments = [
            terms_of(record).as_argument(),
            owed_minor,
            message.reason,
            *_named_invoices(session, receivable),
        ]
        about = f"receivable:{receivable}"
        return enqueue_act(session, context, "decline", about, arguments, consents, actor=record.obligor)


def withdrawal_message(session: Session, receivable: str, reason: str) -> Withdrawal:
    """What an originator signs that takes an unconfirmed receivable back."""
    record = queries.receivable(session, receivable)
    return Withdrawal(int(record.id, 16), text_hash(reason))


def withdraw_receivable(context: Context, receivable: str, reason: str, consents: list[Consent]) -> Act:
    """The originator takes an unconfirmed receivable back. Raises NotAwaitingConfirmation, consent refusals."""
    with context.database.write() as session:
        record = awaiting(session, context, receivable, even_late=True)
        message = withdrawal_message(session, receivable, reason)
        require_consent(
            session,
            context,
            parties.party(session, record.originator),
            scope=Scope.REGISTER,
            currency=record.currency,
            amount=0,
            message=message,
            consents=consents,
        )
        invoices, later = _named_invoices(session, receivable)
        arguments = [terms_of(record).as_argument(), message.reason, invoices, later]
        about = f"receivable:{receivable}"
        return enqueue_act(session, context, "withdraw", about, arguments, consents, actor=record.originator)


def expire_receivable(context: Context, receivable: str) -> Act:
    """Clear away what its obligor did not confirm in time; anybody may, so nobody signs.

    Raises NotAwaitingConfirmation, ConfirmationPeriodNotOver.
    """
    with context.database.write() as session:
        record = awaiting(session, context, receivable, even_late=True)
        if context.now < record.expires:
            raise ConfirmationPeriodNotOver(
                f"Its obligor may confirm until {from_unix(record.expires):%Y-%m-%d %H:%M} UTC.",
                receivable=receivable,
                expires=record.expires,
            )
        arguments = [terms_of(record).as_argument(), *_named_invoices(session, receivable)]
        return enqueue_act(session, context, "expire", f"receivable:{receivable}", arguments)


def cancellation_message(session: Session, receivable: str, reason: str) -> Cancellation:
    """What obligor and originator both sign to undo a confirmed receivable. Raises NotConfirmed."""
    record = confirmed(session, receivable)
    lot = queries.lot(session, record.commitment)
    return Cancellation(int(record.id, 16), lot.seq, lot.amount, text_hash(reason))


def cancel_receivable(context: Context, receivable: str, reason: str, consents: list[Consent]) -> Act:
    """Obligor and originator undo a confirmed receivable while the originator holds all of it.

    Raises NotConfirmed, LotNotFree, LotNotWhole once part of it was passed on or paid, NotEntitled once another
    holds it, party_frozen, consent refusals.
    """
    with context.database.write() as session:
        record, lot = _undoable(session, receivable)
        message = cancellation_message(session, receivable, reason)
        originator = require_unfrozen(session, record.originator)
        obligor = parties.party(session, record.obligor)
        # The originator gives a claim up, so its keys' caps apply; the obligor only comes to owe less.
        for party, scope, amount in ((originator, Scope.REGISTER, record.face), (obligor, Scope.CONFIRM, 0)):
            require_consent(
                session,
                context,
                party,
                scope=scope,
                currency=record.currency,
                amount=amount,
                message=message,
                consents=consents,
            )
        invoices, later = _named_invoices(session, receivable)
        arguments = [terms_of(record).as_argument(), message.reason, invoices, later]
        return enqueue_act(
            session, context, "cancel", f"lot:{lot.id}", arguments, consents, actor=record.originator
        )


def half_of_cancellation(session: Session, receivable: str, reason: str, by: int) -> Half:
    """One side's part in undoing a receivable. Raises NotConfirmed, NotEntitled for whoever is neither side."""
    record = confirmed(session, receivable)
    sides = {record.originator: record.obligor, record.obligor: record.originator}
    if by not in sides:
        raise NotEntitled("Only its supplier and its obligor together undo a receivable.", party=by)
    message = cancellation_message(session, receivable, reason)
    about = f"receivable:{receivable}"
    return Half("cancel", about, message, by, sides[by], {"reason": reason.strip()})


def sign_cancellation(
    context: Context, receivable: str, reason: str, by: int, consents: list[Consent]
) -> Act | None:
    """One side signs that a confirmed receivable is undone; with the other side's signature under the same reason
    it goes out, without it the signature is kept and the answer is None.

    Raises NotEntitled, and what ``cancel_receivable`` raises.
    """
    with context.database.write() as session:
        record, _ = _undoable(session, receivable)
        half = half_of_cancellation(session, receivable, reason, by)
        is_originator = by == record.originator
        require_consent(
            session,
            context,
            parties.party(session, by),
            scope=Scope.REGISTER if is_originator else Scope.CONFIRM,
            currency=record.currency,
            amount=record.face if is_originator else 0,
            message=half.message,
            consents=consents,
        )
        both = joined(session, context, half, consents)
    return cancel_receivable(context, receivable, reason, both) if both else None


def confirmed(session: Session, receivable: str) -> Receivable:
    """A confirmed receivable. Raises ReceivableNotFound, NotConfirmed."""
    record = queries.receivable(session, receivable)
    if record.status != ReceivableStatus.CONFIRMED:
        name = RECEIVABLE_STATUS_NAMES[record.status]
        raise NotConfirmed(f"Receivable {receivable} is {name}.", receivable=receivable, status=name)
    return record


def text_hash(text: str) -> bytes:
    """Keccak-256 of a reason or reference, so that the words themselves stay off chain."""
    return keccak256(text.strip().encode())


def _undoable(session: Session, receivable: str) -> tuple[Receivable, Lot]:
    """A confirmed receivable that its originator holds whole and free, and its root lot."""
    record = confirmed(session, receivable)
    lot, _ = free_lot(session, record.commitment)
    require_no_pending_act(session, f"receivable:{receivable}")
    if lot.holder != record.originator:
        raise NotEntitled(
            f"Party {lot.holder} holds the claim now; only while its supplier holds all of it can it be undone.",
            lot=lot.id,
            party=record.originator,
        )
    if lot.amount != record.face:
        raise LotNotWhole(
            "Part of the claim was passed on or paid, so it can no longer be undone.", lot=lot.id
        )
    return record, lot


def _named_invoices(session: Session, receivable: str) -> tuple[bytes, bytes]:
    """The packed list a receivable was registered with, and what later registrations added to its invoices:
    number 1 byte | fingerprints 32 each, per invoice; empty where nothing was added."""
    entries: dict[int, InvoiceEntry] = {}
    for row in queries.registered_invoices(session, receivable):
        known = entries.get(row.place)
        prints = known.fingerprints if known else ()
        entries[row.place] = InvoiceEntry(row.cap, row.amount, (*prints, bytes.fromhex(row.fingerprint[2:])))
    later = queries.later_fingerprints(session, receivable)
    packed = b"".join(
        len(added).to_bytes(1) + b"".join(bytes.fromhex(one[2:]) for one in added) for added in later
    )
    return pack_invoices([entries[place] for place in sorted(entries)]), packed if any(later) else b""
