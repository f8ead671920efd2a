"""A party sees its own people, where they are signed in, its keys and consents, and what others let it see."""

from sqlalchemy import ColumnElement, exists, or_, select

from registry.access.model import Answer, ApiKey, Person, SignIn, UsedNonce, ViewingConsent
from registry.parties.model import PartyKey
from registry.storage.sight import Viewer, shows, shows_nobody

shows_nobody(Answer, UsedNonce)


@shows(SignIn)
def _of_own_people(viewer: Viewer) -> ColumnElement[bool]:
    person, key = Person.__table__.alias(), PartyKey.__table__.alias()
    return or_(
        exists(select(1).where(person.c.address == SignIn.address, person.c.party == viewer.me)),
        exists(select(1).where(key.c.address == SignIn.address, key.c.party == viewer.me)),
    )


@shows(Person)
def _own_people(viewer: Viewer) -> ColumnElement[bool]:
    return Person.party == viewer.me


@shows(ApiKey)
def _own_keys(viewer: Viewer) -> ColumnElement[bool]:
    return ApiKey.party == viewer.me


@shows(ViewingConsent)
def _own_consents(viewer: Viewer) -> ColumnElement[bool]:
    return or_(ViewingConsent.party == viewer.me, ViewingConsent.viewer == viewer.me)
