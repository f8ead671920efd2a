"""SELECTs over what an obligor is asked to confirm and what it owes."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from registry.chain.words import ReceivableStatus
from registry.receivables.model import Lot, Receivable
from registry.receivables.queries import MAX_PAGE


def awaiting_confirmation(
    session: Session,
    obligor: int,
    now: int,
    *,
    is_late: bool = False,
    after: tuple[int, str] | None = None,
    limit: int = MAX_PAGE,
) -> Sequence[Receivable]:
    """What an obligor is asked to confirm, what ends first in front, behind ``after`` = (end, id); or, where
    ``is_late``, what it can no longer confirm."""
    query = select(Receivable).where(*_awaiting(obligor, now, is_late=is_late))
    if after is not None:
        query = query.where(tuple_(Receivable.expires, Receivable.id) > after)
    return session.scalars(
        query.order_by(Receivable.expires, Receivable.id).limit(min(limit, MAX_PAGE))
    ).all()


def awaiting_totals(
    session: Session, obligor: int, now: int, *, is_late: bool = False
) -> dict[int, tuple[int, int]]:
    """The same in all: currency → (how many, sum in minor units)."""
    query = select(Receivable.currency, func.count(), func.sum(Receivable.face))
    query = query.where(*_awaiting(obligor, now, is_late=is_late)).group_by(Receivable.currency)
    rows = session.execute(query.order_by(Receivable.currency))
    return {int(numeric): (int(number), int(total)) for numeric, number, total in rows}


def _awaiting(obligor: int, now: int, *, is_late: bool) -> tuple[ColumnElement[bool], ...]:
    return (
        Receivable.obligor == obligor,
        Receivable.status == int(ReceivableStatus.REGISTERED),
        Receivable.expires <= now if is_late else Receivable.expires > now,
    )


def owed_by_maturity(session: Session, obligor: int, begins: Sequence[int]) -> dict[int, list[int]]:
    """Currency → what an obligor still owes on live lots, added up by maturity: before the first of ``begins`` (block
    times, ascending), then from each until before the next, the last without end."""
    edges = [0, *begins, None]
    sums = [
        func.coalesce(
            func.sum(Lot.amount).filter(
                Receivable.maturity >= first, *(() if end is None else (Receivable.maturity < end,))
            ),
            0,
        )
        for first, end in pairwise(edges)
    ]
    query = select(Receivable.currency, *sums).join(Lot, Lot.receivable == Receivable.id)
    query = query.where(
        Receivable.obligor == obligor, Receivable.status == int(ReceivableStatus.CONFIRMED), Lot.amount > 0
    )
    rows = session.execute(query.group_by(Receivable.currency).order_by(Receivable.currency))
    return {int(row[0]): [int(one) for one in row[1:]] for row in rows}
