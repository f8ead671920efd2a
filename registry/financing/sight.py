"""A financing is seen by its two sides, and so is the act that carries it, whoever of them handed it in; while it lives,
the funder it is offered to sees what it is about. So does the funder that another signed a reassignment for."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from registry.financing.model import Financing
from registry.receivables.model import Lot, LotHop, Receivable
from registry.relay.model import Act, KeptConsent
from registry.storage.sight import Found, Viewer, finds, shows

_LOT = "lot:"


@shows(Financing)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Financing.funder == viewer.me, Financing.seller == viewer.me)


@shows(Act)
def _its_act(viewer: Viewer) -> ColumnElement[bool]:
    financing = Financing.__table__.alias()
    sides = or_(financing.c.funder == viewer.me, financing.c.seller == viewer.me)
    return exists(select(1).where(financing.c.act == Act.id, sides))


@finds(Act)
def _their_acts(viewer: Viewer) -> Iterator[Found]:
    """Those that ``_its_act`` tells."""
    act, financing = Act.__table__.alias(), Financing.__table__.alias()
    for side in (financing.c.funder, financing.c.seller):
        yield Found(act.c.position, and_(act.c.id == financing.c.act, side == viewer.me))


@shows(Receivable)
def _offered(viewer: Viewer) -> ColumnElement[bool]:
    return is_offered(viewer, Receivable.id)


@shows(Lot)
def _offered_lot(viewer: Viewer) -> ColumnElement[bool]:
    return is_offered(viewer, Lot.receivable)


@shows(LotHop)
def _its_past(viewer: Viewer) -> ColumnElement[bool]:
    return is_offered(viewer, LotHop.receivable)


@finds(Receivable)
def _offers(viewer: Viewer) -> Iterator[Found]:
    """Those that ``is_offered`` tells: few at a time."""
    lot, financing, kept = Lot.__table__.alias(), Financing.__table__.alias(), KeptConsent.__table__.alias()
    yield Found(
        lot.c.receivable,
        and_(lot.c.id == financing.c.lot, financing.c.funder == viewer.me, financing.c.ended_at.is_(None)),
    )
    yield Found(
        lot.c.receivable,
        and_(
            # Not the other way round, which would put every lot's id together to compare it.
            lot.c.id == func.substr(kept.c.about, len(_LOT) + 1),
            kept.c.about.startswith(_LOT, autoescape=True),
            kept.c.kind == "reassign",
            kept.c.awaits == viewer.me,
            kept.c.party == lot.c.holder,
        ),
    )


def is_offered(viewer: Viewer, receivable_id: Any) -> ColumnElement[bool]:
    lot, financing = Lot.__table__.alias(), Financing.__table__.alias()
    passed, kept = Lot.__table__.alias(), KeptConsent.__table__.alias()
    return or_(
        exists(
            select(1)
            .select_from(lot.join(financing, financing.c.lot == lot.c.id))
            .where(
                lot.c.receivable == receivable_id,
                financing.c.funder == viewer.me,
                financing.c.ended_at.is_(None),
            )
        ),
        exists(
            select(1)
            .select_from(passed.join(kept, kept.c.about == literal("lot:") + passed.c.id))
            .where(
                passed.c.receivable == receivable_id,
                kept.c.kind == "reassign",
                kept.c.awaits == viewer.me,
                kept.c.party == passed.c.holder,
            )
        ),
    )
