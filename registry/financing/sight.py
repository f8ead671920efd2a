"""A financing is seen by its two sides, and so is the act that carries it, whoever of them handed it in; while it lives,
the funder it is offered to sees what it is about."""

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from registry.financing.model import Financing
from registry.receivables.model import Lot, LotHop, Receivable
from registry.relay.model import Act
from registry.storage.sight import Viewer, shows


@shows(Financing)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Financing.funder == viewer.me, Financing.seller == viewer.me)


@shows(Act)
def _its_act(viewer: Viewer) -> ColumnElement[bool]:
    financing = Financing.__table__.alias()
    sides = or_(financing.c.funder == viewer.me, financing.c.seller == viewer.me)
    return exists(select(1).where(financing.c.act == Act.id, sides))


@shows(Receivable)
def _offered(viewer: Viewer) -> ColumnElement[bool]:
    return is_offered(viewer, Receivable.id)


@shows(Lot)
def _offered_lot(viewer: Viewer) -> ColumnElement[bool]:
    return is_offered(viewer, Lot.receivable)


@shows(LotHop)
def _its_past(viewer: Viewer) -> ColumnElement[bool]:
    lot = Lot.__table__.alias()
    return exists(select(1).where(lot.c.id == LotHop.lot, is_offered(viewer, lot.c.receivable)))


def is_offered(viewer: Viewer, receivable_id: Any) -> ColumnElement[bool]:
    lot, financing = Lot.__table__.alias(), Financing.__table__.alias()
    return exists(
        select(1)
        .select_from(lot.join(financing, financing.c.lot == lot.c.id))
        .where(
            lot.c.receivable == receivable_id,
            financing.c.funder == viewer.me,
            financing.c.ended_at.is_(None),
        )
    )
