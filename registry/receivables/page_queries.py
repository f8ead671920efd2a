"""What stands beside receivables, asked for all of a page at once."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.receivables.model import Contest, Lot, Receivable

MAX_CONTESTS_SHOWN = 10_000


def receivables_by_id(session: Session, wanted: Collection[str]) -> dict[str, Receivable]:
    """Those of these receivables that the chain knows."""
    return {one.id: one for one in session.scalars(select(Receivable).where(Receivable.id.in_(wanted)))}


def totals_of_receivables(session: Session, wanted: Collection[str]) -> dict[str, tuple[int, int]]:
    """Receivable → ``(sum of live lots, number of lots)``, in minor units, of those with any."""
    query = (
        select(Lot.receivable, func.sum(Lot.amount), func.count())
        .where(Lot.receivable.in_(wanted))
        .group_by(Lot.receivable)
    )
    return {receivable: (int(total), int(number)) for receivable, total, number in session.execute(query)}


def contests_of_receivables(session: Session, wanted: Collection[str]) -> Sequence[Contest]:
    """Who contested these or lots of them, in chain order."""
    query = select(Contest).where(Contest.receivable.in_(wanted))
    query = query.order_by(Contest.block_number, Contest.log_index)
    return session.scalars(query.limit(MAX_CONTESTS_SHOWN)).all()
