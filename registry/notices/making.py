"""Notices are made by the acts themselves: whatever passes a claim on, through this registry or past it."""

from hashlib import sha256

from sqlalchemy.orm import Session

from registry.financing.settlement import payee_of
from registry.kit.clock import Clock
from registry.kit.identifiers import new_id
from registry.mirror import queries as mirror
from registry.notices import queries
from registry.notices.model import Notice
from registry.notices.rules import KIND_OF_ACT, SECURITY, AssignmentKind
from registry.receivables import queries as receivables
from registry.receivables.model import LotHop


def make_notices(session: Session, clock: Clock) -> int:
    """A notice to the obligor for each final act behind the last notice's block; answers how many.

    Belongs into the transaction that brings the acts themselves: from its end on the obligor can retrieve them, and
    that is the time of arrival they get (an electronic message arrives when it can be retrieved, Civil Code article
    137). Acts that were mirrored without notices are made good by the next call. What has arrived cannot be unsaid, so
    an act that could still be undone makes none yet.
    """
    behind, final = queries.last_block(session), mirror.final_number(session)
    made = [
        _notice_of(session, hop)
        for hop in receivables.hops_behind(session, behind, KIND_OF_ACT)
        if final is not None and hop.block_number <= final
    ]
    notices = [one for one in made if one is not None]
    # Read last: arrival is never earlier than what stands in the notice was settled.
    arrived_at = clock.now()
    for one in notices:
        one.arrived_at = arrived_at
    session.add_all(notices)
    session.flush()
    return len(notices)


def _notice_of(session: Session, hop: LotHop) -> Notice | None:
    before = receivables.hop_before(session, hop)
    if before is None:
        raise LookupError(f"{hop.kind} is the first act on lot {hop.lot}")
    kind = KIND_OF_ACT[hop.kind]
    if kind == AssignmentKind.RELEASE and payee_of(before) == payee_of(hop):
        return None
    is_security = kind in SECURITY
    lot = receivables.lot(session, hop.lot)
    of = receivables.receivable(session, lot.receivable)
    return Notice(
        id=notice_id(hop.tx_hash, hop.log_index),
        kind=kind,
        obligor=of.obligor,
        assignor=payee_of(before) if is_security else before.holder,
        assignee=payee_of(hop) if is_security else hop.holder,
        payee=payee_of(hop),
        payee_before=payee_of(before),
        receivable=of.id,
        lot=lot.id,
        amount=hop.amount,
        currency=of.currency,
        maturity=of.maturity,
        invoices=[one.invoice for one in receivables.draft_invoices(session, of.id)],
        agreement=None if kind in (AssignmentKind.TRANSFER, AssignmentKind.ORDER) else hop.detail,
        block_number=hop.block_number,
        log_index=hop.log_index,
        tx_hash=hop.tx_hash,
        assigned_at=hop.at,
    )


def notice_id(tx_hash: str, log_index: int) -> str:
    """The id of the notice an event makes: the same whenever it is made."""
    digest = sha256(f"notice/1:{tx_hash}:{log_index}".encode()).digest()
    return new_id("ntc", lambda length: digest[:length])
