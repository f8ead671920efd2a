"""SELECTs over what one party holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from registry.chain.words import LotStatus, ReceivableStatus
from registry.receivables.model import Draft, Lot, Receivable

MAX_PAGE = 200


@dataclass(frozen=True)
class Total:
    """So many lots of one obligor, maturity (block time) and status, and their sum in minor units."""

    obligor: int
    maturity: int
    currency: int
    status: int
    flags: int
    lots: int
    amount_minor: int


def held(
    session: Session, holder: int, *, statuses: Collection[int] = (), after: str = "", limit: int = MAX_PAGE
) -> Sequence[tuple[Lot, Receivable]]:
    """A holder's lots with their receivables, by id behind ``after``; in ``statuses``, or all but redeemed ones."""
    query = select(Lot, Receivable).join(Receivable, Receivable.id == Lot.receivable)
    query = query.where(Lot.holder == holder, Lot.id > after)
    query = query.where(Lot.status.in_(statuses) if statuses else Lot.status != int(LotStatus.REDEEMED))
    rows = session.execute(query.order_by(Lot.id).limit(min(limit, MAX_PAGE)))
    return [(lot, receivable) for lot, receivable in rows]


def totals(session: Session, holder: int) -> list[Total]:
    """What a holder holds and was not paid, added up."""
    return _totals(session, Lot.holder == holder)


def totals_of(session: Session, lots: Select[str]) -> list[Total]:
    """The same of these lots, whoever holds them."""
    return _totals(session, Lot.id.in_(lots))


def _totals(session: Session, which: ColumnElement[bool]) -> list[Total]:
    keys = (Receivable.obligor, Receivable.maturity, Receivable.currency, Lot.status, Receivable.flags)
    query = select(*keys, func.count(), func.sum(Lot.amount)).join(
        Receivable, Receivable.id == Lot.receivable
    )
    query = query.where(which, Lot.status != int(LotStatus.REDEEMED))
    rows = session.execute(query.group_by(*keys).order_by(*keys))
    return [Total(*map(int, row)) for row in rows]


def received(session: Session, holder: int, now: int, limit: int = MAX_PAGE) -> Sequence[Lot]:
    """Lots that were passed on to a holder and that it may still give back, what ends first in front."""
    query = select(Lot).where(
        Lot.holder == holder, Lot.status == int(LotStatus.FREE), Lot.until > now, Lot.peer != 0
    )
    return session.scalars(query.order_by(Lot.until, Lot.id).limit(limit)).all()


def lapsed(session: Session, originator: int, now: int, limit: int = MAX_PAGE) -> Sequence[Receivable]:
    """What an originator registered and its obligor did not confirm in time, longest ago first."""
    query = select(Receivable).where(
        Receivable.originator == originator,
        Receivable.status == int(ReceivableStatus.REGISTERED),
        Receivable.expires <= now,
    )
    return session.scalars(query.order_by(Receivable.expires).limit(limit)).all()


def to_be_confirmed(session: Session, originator: int, now: int) -> list[tuple[int, int, int]]:
    """``(currency, number, minor units)`` of what waits for its obligor's confirmation."""
    query = (
        select(Receivable.currency, func.count(), func.sum(Receivable.face))
        .where(
            Receivable.originator == originator,
            Receivable.status == int(ReceivableStatus.REGISTERED),
            Receivable.expires > now,
        )
        .group_by(Receivable.currency)
    )
    return [(int(one), int(number), int(total)) for one, number, total in session.execute(query)]


def own_drafts(session: Session, originator: int, limit: int = MAX_PAGE) -> Sequence[Draft]:
    """What an originator prepared and is not on the ledger, newest first."""
    query = select(Draft).outerjoin(Receivable, Receivable.id == Draft.receivable)
    query = query.where(Draft.originator == originator, Receivable.id.is_(None))
    return session.scalars(query.order_by(Draft.created_at.desc(), Draft.receivable).limit(limit)).all()
