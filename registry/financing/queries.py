"""Every SELECT of the financing area."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.financing.errors import FinancingNotFound
from registry.financing.model import Financing, FinancingStatus

MAX_PAGE = 200


def financing(session: Session, financing_id: str) -> Financing:
    """Raises FinancingNotFound."""
    found = session.get(Financing, financing_id)
    if found is None:
        raise FinancingNotFound(f"There is no financing {financing_id}.", financing=financing_id)
    return found


def live_financing(session: Session, lot: str) -> Financing | None:
    """The one financing of a lot that has not ended."""
    return session.scalar(select(Financing).where(Financing.lot == lot, Financing.ended_at.is_(None)))


def live_financings(session: Session, lots: Collection[str]) -> dict[str, Financing]:
    """Lot → its live financing, for those of these lots that have one."""
    query = select(Financing).where(Financing.lot.in_(lots), Financing.ended_at.is_(None))
    return {one.lot: one for one in session.scalars(query)}


def open_deals(
    session: Session, funder: int, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[Financing]:
    """A funder's live financings that are not on the chain yet, by id behind ``after``."""
    query = select(Financing).where(
        Financing.funder == funder,
        Financing.ended_at.is_(None),
        Financing.id > after,
        Financing.status.in_([FinancingStatus.RESERVED, FinancingStatus.AGREED]),
    )
    return session.scalars(query.order_by(Financing.id).limit(min(limit, MAX_PAGE))).all()


def reassigned_financing(session: Session, lot: str, funder: int) -> Financing | None:
    """The latest financing of this funder that ended by reassigning the lot."""
    query = select(Financing).where(
        Financing.lot == lot, Financing.funder == funder, Financing.ended_because == "reassigned"
    )
    return session.scalar(query.order_by(Financing.ended_at.desc()).limit(1))


def financings(
    session: Session,
    *,
    party: int | None = None,
    lot: str | None = None,
    is_live: bool | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[Financing]:
    """Financings by id behind ``after``: of a party as funder or seller, of a lot, ended or not."""
    query = select(Financing).where(Financing.id > after)
    if party is not None:
        query = query.where((Financing.funder == party) | (Financing.seller == party))
    if lot is not None:
        query = query.where(Financing.lot == lot)
    if is_live is not None:
        query = query.where(Financing.ended_at.is_(None) if is_live else Financing.ended_at.is_not(None))
    return session.scalars(query.order_by(Financing.id).limit(min(limit, MAX_PAGE))).all()
