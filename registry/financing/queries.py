"""Every SELECT of the financing area."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
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


def offers(session: Session, seller: int, *, after: str = "", limit: int = MAX_PAGE) -> Sequence[Financing]:
    """What a seller offered to funders, live or ended, newest first behind ``after``."""
    query = select(Financing).where(Financing.seller == seller)
    last = session.get(Financing, after) if after else None
    if last is not None:
        at, name = Financing.created_at, Financing.id
        query = query.where((at < last.created_at) | ((at == last.created_at) & (name < last.id)))
    newest_first = (Financing.created_at.desc(), Financing.id.desc())
    return session.scalars(query.order_by(*newest_first).limit(min(limit, MAX_PAGE))).all()


def live_offers(session: Session, seller: int, limit: int = MAX_PAGE) -> Sequence[Financing]:
    """A seller's financings that did not end, oldest first."""
    query = select(Financing).where(Financing.seller == seller, Financing.ended_at.is_(None))
    return session.scalars(query.order_by(Financing.created_at, Financing.id).limit(limit)).all()


def sold_or_pledged(seller: int) -> Select[str]:
    """Lots of a seller's financings that were handed in and did not end."""
    return _live_lots(seller).where(Financing.status == FinancingStatus.SUBMITTED)


def kept_for_funders(seller: int, now: int) -> Select[str]:
    """Lots that a seller offered and that no funder has financed yet."""
    return _live_lots(seller).where(Financing.status != FinancingStatus.SUBMITTED, Financing.until > now)


def _live_lots(seller: int) -> Select[str]:
    return select(Financing.lot).where(Financing.seller == seller, Financing.ended_at.is_(None))
