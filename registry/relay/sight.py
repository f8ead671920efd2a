"""An act is seen by the party that consents, by whom that party lets, and by the one that handed it in; a kept
signature by both it binds."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, or_, select

from registry.relay.model import Act, ActTransaction, KeptConsent
from registry.storage.sight import Found, Viewer, finds, shows


@shows(Act)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Act.actor == viewer.me, Act.actor.in_(viewer.trusted_by), Act.requester == viewer.me)


@finds(Act)
def _mine(viewer: Viewer) -> Iterator[Found]:
    """Those that ``_own`` tells."""
    act = Act.__table__.alias()
    for whose in (act.c.actor, act.c.requester):
        yield Found(act.c.position, whose == viewer.me)
    for each in sorted(viewer.trusted_by):
        yield Found(act.c.position, act.c.actor == each)


@shows(KeptConsent)
def _of_both(viewer: Viewer) -> ColumnElement[bool]:
    return or_(KeptConsent.party == viewer.me, KeptConsent.awaits == viewer.me)


@shows(ActTransaction)
def _of_own_act(viewer: Viewer) -> ColumnElement[bool]:
    act = Act.__table__.alias()
    own = or_(act.c.actor == viewer.me, act.c.actor.in_(viewer.trusted_by), act.c.requester == viewer.me)
    return exists(select(1).where(act.c.id == ActTransaction.act, own))
