"""An act is seen by the party that consents, by whom that party lets, and by the one that handed it in; a kept
signature by both it binds."""

from sqlalchemy import ColumnElement, or_

from registry.relay.model import Act, KeptConsent
from registry.storage.sight import Viewer, shows


@shows(Act)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Act.actor == viewer.me, Act.actor.in_(viewer.trusted_by), Act.requester == viewer.me)


@shows(KeptConsent)
def _of_both(viewer: Viewer) -> ColumnElement[bool]:
    return or_(KeptConsent.party == viewer.me, KeptConsent.awaits == viewer.me)
