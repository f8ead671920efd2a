"""Acts are written with the use case that wants them and finished by the mirror."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from registry.chain.messages import Consent
from registry.kit.clock import Clock
from registry.relay import codec, queries
from registry.relay.errors import ActPending
from registry.relay.model import Act, ActStatus

_NEW_ACTS = "new_acts"


class Desk(Protocol):
    """What an act needs from where it is written: the time and fresh ids."""

    @property
    def clock(self) -> Clock: ...

    def new_id(self, prefix: str) -> str: ...


def enqueue_act(
    session: Session,
    desk: Desk,
    kind: str,
    about: str,
    arguments: Sequence[Any],
    consents: list[Consent] | None = None,
    *,
    actor: int = 0,
    sender: str = "relay",
) -> Act:
    """Write an act to the outbox, in the caller's unit of work.

    ``about`` is the record it concerns, ``arguments`` as ``encode_call`` takes them, without the consents.
    ``actor`` is the consenting party, 0 where an act rests on its sender alone; ``sender`` names a key of the
    relay.
    Raises ActPending while another act on ``about`` is not finished, ActMalformed for values that do not fit.
    """
    require_no_pending_act(session, about)
    stored = codec.arguments_to_json(kind, arguments)
    signed = None if consents is None else [consent.as_json() for consent in consents]
    # Encoded once for its refusals: what cannot be encoded must not come to stand in the queue's way.
    codec.calldata(kind, stored, signed)
    act = Act(
        id=desk.new_id("act"),
        kind=kind,
        arguments=stored,
        consents=signed,
        sender=sender,
        about=about,
        actor=actor,
        status=ActStatus.PENDING,
        created_at=desk.clock.now(),
    )
    session.add(act)
    session.flush()
    session.info.setdefault(_NEW_ACTS, []).append(act)
    return act


def new_acts(session: Session) -> list[Act]:
    """The acts written in this unit of work, in order."""
    return list(session.info.get(_NEW_ACTS, ()))


def require_no_pending_act(session: Session, about: str) -> None:
    """Raises ActPending while an act on this record is not finished."""
    other = queries.unfinished_about(session, about)
    if other is not None:
        raise ActPending(
            f"{other.kind} on {about} is {other.status}; wait until it is finished, then look again.",
            about=about,
            act=other.id,
        )


def mark_included(session: Session, tx_hash: str, block_number: int) -> Act | None:
    """The mirror saw the act's transaction succeed. None where the transaction is none of the outbox's."""
    act = queries.by_tx_hash(session, tx_hash)
    if act is not None:
        act.status = ActStatus.INCLUDED
        act.tx_hash = tx_hash
        act.block_number = block_number
    return act


def mark_refused(
    session: Session, tx_hash: str, code: str, detail: str, block_number: int | None = None
) -> Act | None:
    """The mirror saw the act's transaction revert. None where it is none of the outbox's."""
    act = queries.by_tx_hash(session, tx_hash)
    if act is not None:
        act.status = ActStatus.REFUSED
        act.tx_hash = tx_hash
        act.block_number = block_number
        act.refusal_code = code
        act.refusal_detail = detail
    return act


def mark_orphaned(session: Session, above: int, now: datetime) -> int:
    """The blocks above a height went: the acts in them, reverted ones too, are on their way again. Answers how many.

    The relay sends the same bytes once more, so that with their nonce they take effect once on whatever branch."""
    acts = queries.acts_in_blocks_above(session, above)
    for act in acts:
        act.status, act.sent_at = ActStatus.ORPHANED, now
        act.block_number = act.refusal_code = act.refusal_detail = None
    session.flush()
    return len(acts)
