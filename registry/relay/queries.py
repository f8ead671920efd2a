"""What the outbox holds."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from registry.kit.clock import Clock
from registry.relay.errors import ActNotFound
from registry.relay.model import Act, ActStatus, ActTransaction, KeptConsent
from registry.storage.page_queries import newest_first
from registry.storage.questions import Question
from registry.storage.unit_of_work import Database

IN_FLIGHT = (ActStatus.SENT, ActStatus.ORPHANED)
UNFINISHED = (ActStatus.PENDING, *IN_FLIGHT)
_MANY = 500
_ANY_IN_FLIGHT, _ANY_UNFINISHED = (
    Question(select(Act.position).where(Act.status.in_(those)).limit(1)) for those in (IN_FLIGHT, UNFINISHED)
)


def act(session: Session, act_id: str) -> Act:
    """Raises ActNotFound."""
    found = session.scalar(select(Act).where(Act.id == act_id))
    if found is None:
        raise ActNotFound(f"There is no act {act_id}.", act=act_id)
    return found


def unsigned_acts(session: Session, limit: int) -> list[Act]:
    """The next acts to sign, so many of each sender, in the order they go out: pending ones, and orphaned ones whose
    transaction can never be mined."""
    is_unsigned = Act.status.in_(UNFINISHED) & Act.raw_transaction.is_(None)
    found: list[Act] = []
    for sender in session.scalars(select(Act.sender).where(is_unsigned).distinct()):
        wanted = select(Act).where(is_unsigned, Act.sender == sender)
        found += session.scalars(wanted.order_by(Act.position).limit(limit))
    return sorted(found, key=lambda act: act.position)


def acts_in_flight(session: Session) -> list[Act]:
    """Signed and not, or no longer, seen in a block; each signer's in the order of nonces."""
    wanted = select(Act).where(Act.status.in_(IN_FLIGHT), Act.raw_transaction.is_not(None))
    return list(session.scalars(wanted.order_by(Act.signer, Act.nonce)))


def is_any_in_flight(database: Database) -> bool:
    """Whether an act is in flight now."""
    return bool(database.ask(_ANY_IN_FLIGHT))


def is_any_unfinished(database: Database) -> bool:
    """Whether an act waits to be sent or is in flight now."""
    return bool(database.ask(_ANY_UNFINISHED))


def own_transactions(session: Session, hashes: Iterable[str]) -> set[str]:
    """Those of these transactions (0x hex, lower case) that were signed for an act."""
    found: set[str] = set()
    waiting = sorted(set(hashes))
    for start in range(0, len(waiting), _MANY):
        some = waiting[start : start + _MANY]
        found.update(session.scalars(select(ActTransaction.tx_hash).where(ActTransaction.tx_hash.in_(some))))
    return found


def by_tx_hash(session: Session, tx_hash: str) -> Act | None:
    """The act that a transaction was signed for."""
    return session.scalar(
        select(Act)
        .join(ActTransaction, ActTransaction.act == Act.id)
        .where(ActTransaction.tx_hash == tx_hash)
    )


def acts_in_blocks_above(session: Session, number: int) -> list[Act]:
    """Acts that stand in a block above a height, succeeded or not."""
    return list(session.scalars(select(Act).where(Act.block_number > number)))


def is_refused(session: Session, act_id: str) -> bool:
    """Whether the chain said no to this act."""
    return act(session, act_id).status == ActStatus.REFUSED


def unfinished_ids(session: Session, kind: str) -> list[str]:
    """Ids of the acts of a kind that are not finished yet."""
    wanted = select(Act.id).where(Act.status.in_(UNFINISHED), Act.kind == kind).order_by(Act.position)
    return list(session.scalars(wanted))


def unfinished_about(session: Session, about: str) -> Act | None:
    """The act on this record that is not finished yet, the first if a reorganization left several."""
    return unfinished_by_record(session, [about]).get(about)


def unfinished_by_record(session: Session, abouts: Collection[str]) -> dict[str, Act]:
    """The same of many records at once, by what each act is about."""
    wanted = select(Act).where(Act.about.in_(abouts), Act.status.in_(UNFINISHED))
    latest_first = session.scalars(wanted.order_by(Act.position.desc()))
    return {act.about: act for act in latest_first}


def acts_about(session: Session, about: str) -> list[Act]:
    """All acts on a record, latest first."""
    return list(session.scalars(select(Act).where(Act.about == about).order_by(Act.position.desc())))


def acts_with_status(session: Session, status: ActStatus, limit: int = 100) -> list[Act]:
    """Acts of a status, latest first."""
    wanted = select(Act).where(Act.status == status).order_by(Act.position.desc()).limit(limit)
    return list(session.scalars(wanted))


def nonces_from(session: Session, signer: str, nonce: int) -> set[int]:
    """The nonces from this one on that acts have which a key signed: each is used up sooner or later, none is given
    twice."""
    wanted = select(Act.nonce).where(Act.signer == signer, Act.nonce >= nonce)
    return {found for found in session.scalars(wanted) if found is not None}


def transactions(session: Session, act_id: str) -> list[ActTransaction]:
    """All that was ever signed for an act, in its order."""
    wanted = select(ActTransaction).where(ActTransaction.act == act_id)
    return list(session.scalars(wanted.order_by(ActTransaction.signed_at)))


def transaction_of(session: Session, act: Act) -> ActTransaction | None:
    """What was signed last for an act."""
    return session.get(ActTransaction, act.tx_hash) if act.tx_hash else None


def counts(session: Session) -> dict[ActStatus, int]:
    """How many acts have which status; every status is named."""
    rows = session.execute(select(Act.status, func.count()).group_by(Act.status)).all()
    found = {ActStatus(status): int(count) for status, count in rows}
    return {status: found.get(status, 0) for status in ActStatus}


def refused_counts(session: Session) -> dict[str, int]:
    """How many acts the chain refused, by the refusal's code."""
    wanted = (
        select(Act.refusal_code, func.count())
        .where(Act.status == ActStatus.REFUSED)
        .group_by(Act.refusal_code)
        .order_by(Act.refusal_code)
    )
    return {str(code): int(count) for code, count in session.execute(wanted)}


def oldest_unfinished_s(session: Session, clock: Clock) -> float:
    """Age in seconds of the oldest act that is not finished; 0 where all are."""
    oldest = session.scalar(select(func.min(Act.created_at)).where(Act.status.in_(UNFINISHED)))
    return 0.0 if oldest is None else (clock.now() - oldest).total_seconds()


def acts(
    session: Session,
    *,
    about: str | None = None,
    status: ActStatus | None = None,
    party: int | None = None,
    before: int | None = None,
    limit: int = _MANY,
) -> list[Act]:
    """Acts on a record, of a status, that a party consented to; latest first, from before a position on."""
    limit = min(limit, _MANY)
    if about is None:
        return list(
            session.scalars(newest_first(session, Act, {"status": status, "actor": party}, before, limit))
        )
    wanted = select(Act).where(Act.about == about)
    if status is not None:
        wanted = wanted.where(Act.status == status)
    if party is not None:
        wanted = wanted.where(Act.actor == party)
    if before is not None:
        wanted = wanted.where(Act.position < before)
    return list(session.scalars(wanted.order_by(Act.position.desc()).limit(limit)))


def unfinished_of(session: Session, party: int, limit: int = 100) -> list[Act]:
    """A party's acts that are not finished yet, oldest first."""
    wanted = select(Act).where(Act.actor == party, Act.status.in_(UNFINISHED))
    return list(session.scalars(wanted.order_by(Act.position).limit(limit)))


def kept_consent(session: Session, kind: str, about: str, party: int) -> KeptConsent | None:
    """What a party signed of an act that takes two."""
    return session.get(KeptConsent, (kind, about, party))


def kept_consents(session: Session, party: int, now: int, limit: int = 100) -> list[KeptConsent]:
    """What a party signed, or is to sign too, and that has not run out; oldest first."""
    wanted = select(KeptConsent).where(
        or_(KeptConsent.party == party, KeptConsent.awaits == party), KeptConsent.deadline > now
    )
    return list(session.scalars(wanted.order_by(KeptConsent.kept_at, KeptConsent.about).limit(limit)))
