"""A party sees its own people, keys and consents, and what others let it see."""

from sqlalchemy import ColumnElement, or_

from registry.access.model import Answer, ApiKey, Person, SignIn, ViewingConsent
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(SignIn, Answer)


@shows(Person)
def _own_people(viewer: Viewer) -> ColumnElement[bool]:
    return Person.party == viewer.me


@shows(ApiKey)
def _own_keys(viewer: Viewer) -> ColumnElement[bool]:
    return ApiKey.party == viewer.me


@shows(ViewingConsent)
def _own_consents(viewer: Viewer) -> ColumnElement[bool]:
    return or_(ViewingConsent.party == viewer.me, ViewingConsent.viewer == viewer.me)
