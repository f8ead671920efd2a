"""When a claim is disputed: the parties' contest, and the arbiter's acts, which it sends itself and signs no
message for."""

import re
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Contest
from registry.chain.words import LotStatus, Scope
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent
from registry.receivables import queries
from registry.receivables.batches import require_idle
from registry.receivables.endings import confirmed, text_hash
from registry.receivables.errors import CodeInvalid, LotRedeemed, NotEntitled, SameHolder
from registry.receivables.rules import CONTEST_CODES
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act, require_no_pending_act

ARBITER = "arbiter"


@dataclass(frozen=True)
class Grounds:
    """Who contests and why: ``code`` 1 to 6 for C01 to C06, ``evidence`` the 32-byte hash of what shows it,
    ``lot`` the lot it is about, which only the obligor may leave out."""

    by: int
    code: int
    evidence: bytes
    lot: str | None = None


def evidence_of(text: str) -> bytes:
    """What a contest puts on the ledger of its evidence: a document's SHA-256 given as 64 hex digits, else the SHA-256
    of the words."""
    plain = text.strip()
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", plain, re.ASCII):
        return bytes.fromhex(plain.removeprefix("0x"))
    return sha256(plain.encode()).digest()


def contest_message(session: Session, receivable: str, grounds: Grounds) -> Contest:
    """What an obligor or a holder signs that contests a receivable. Raises CodeInvalid."""
    record = queries.receivable(session, receivable)
    if grounds.code not in CONTEST_CODES:
        raise CodeInvalid("Say one of C01 to C06.", code=grounds.code)
    return Contest(
        int(record.id, 16),
        int(grounds.lot, 16) if grounds.lot else 0,
        grounds.by,
        grounds.code,
        grounds.evidence,
        parties.party(session, grounds.by).nonce,
    )


def contest_receivable(context: Context, receivable: str, grounds: Grounds, consents: list[Consent]) -> Act:
    """The obligor, or a holder naming its lot, contests a confirmed receivable: nothing moves, all can see it.

    Frozen and expired parties are heard too. Raises NotConfirmed, CodeInvalid, NotEntitled, LotRedeemed, consent
    refusals, ActPending.
    """
    with context.database.write() as session:
        record = confirmed(session, receivable)
        require_no_pending_act(session, f"party:{grounds.by}")  # both would use its nonce
        is_obligor = grounds.by == record.obligor
        if grounds.lot is not None or not is_obligor:
            _require_own_lot(session, receivable, grounds, is_obligor=is_obligor)
        message = contest_message(session, receivable, grounds)
        require_consent(
            session,
            context,
            parties.party(session, grounds.by),
            scope=Scope.CONFIRM if is_obligor else Scope.TRANSFER,
            currency=record.currency,
            amount=0,
            message=message,
            consents=consents,
        )
        arguments = [message.receivable, message.lot, message.party, message.code, message.evidence]
        about = f"receivable:{receivable}"
        return enqueue_act(session, context, "contest", about, arguments, consents, actor=grounds.by)


def _require_own_lot(session: Session, receivable: str, grounds: Grounds, *, is_obligor: bool) -> None:
    if grounds.lot is None:
        raise NotEntitled("Only the obligor contests without naming a lot.", party=grounds.by)
    lot = queries.lot(session, grounds.lot)
    if lot.status == LotStatus.REDEEMED:
        raise LotRedeemed("The lot is paid; nothing of it is left to contest.", lot=lot.id)
    if lot.receivable != receivable or (not is_obligor and lot.holder != grounds.by):
        raise NotEntitled(
            f"The lot is held by party {lot.holder} and belongs to receivable {lot.receivable}.",
            lot=lot.id,
            party=grounds.by,
        )


# ---------------------------------------------------------------------- the arbiter's acts


def suspend_receivable(context: Context, receivable: str, reason: str, *, is_suspended: bool = True) -> Act:
    """The arbiter stops a confirmed receivable, whose lots then only move back or are paid, or lets it go on.

    Raises NotConfirmed, ActPending; sender_not_arbiter by the chain where this registry's arbiter was replaced.
    """
    with context.database.write() as session:
        record = confirmed(session, receivable)
        kind = "suspend" if is_suspended else "resume"
        arguments = [int(record.id, 16), text_hash(reason)]
        return enqueue_act(session, context, kind, f"receivable:{receivable}", arguments, sender=ARBITER)


def force_transfer(context: Context, lot_id: str, to: int, reason: str) -> Act:
    """The arbiter gives a lot to another active party; its lock, pledge or recourse stays.

    Raises LotRedeemed, SameHolder, party_frozen, party_expired, ActPending; sender_not_arbiter by the chain.
    """
    with context.database.write() as session:
        lot = queries.lot(session, lot_id)
        require_idle(session, lot.id)
        if lot.status == LotStatus.REDEEMED:
            raise LotRedeemed("The lot is paid; there is nothing left to give.", lot=lot.id)
        if lot.holder == to:
            raise SameHolder(f"Party {to} holds this lot already.", lot=lot.id, party=to)
        require_active(session, context, to)
        arguments = [int(lot.id, 16), to, text_hash(reason)]
        return enqueue_act(session, context, "forcedTransfer", f"lot:{lot.id}", arguments, sender=ARBITER)
