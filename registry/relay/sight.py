"""An act is seen by the party that consents and by the one that handed it in."""

from sqlalchemy import ColumnElement, or_

from registry.relay.model import Act
from registry.storage.sight import Viewer, shows


@shows(Act)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return or_(Act.actor == viewer.me, Act.requester == viewer.me)
