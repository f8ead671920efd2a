"""How people, API keys and consents look from outside. Secrets are not among what they have."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.views import View, party_ref
from registry.access.actor import Actor
from registry.access.model import ApiKey, Person, ViewingConsent
from registry.parties import queries as parties


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def ended(at: datetime | None) -> str | None:
    return moment(at) if at else None


def actor(who: Actor) -> View:
    return {
        "party": who.party or None,
        "person": who.person,
        "name": who.name,
        "roles": sorted(who.roles),
        "is_account": who.is_account,
        "trusted_by": sorted(who.trusted_by),
    }


def person(record: Person) -> View:
    return {
        "address": record.address,
        "party": record.party or None,
        "name": record.name,
        "roles": record.roles,
        "added_by": record.added_by,
        "added_at": moment(record.added_at),
        "valid_until": moment(record.valid_until),
        "ended_at": ended(record.ended_at),
    }


def api_key(record: ApiKey) -> View:
    return {
        "id": record.id,
        "party": record.party or None,
        "name": record.name,
        "roles": record.roles,
        "keyid": record.keyid,
        "made_by": record.made_by,
        "made_at": moment(record.made_at),
        "expires_at": moment(record.expires_at),
        "ended_at": ended(record.ended_at),
    }


def viewing_consent(session: Session, record: ViewingConsent) -> View:
    names = parties.names(session, [record.party, record.viewer])
    return {
        "id": record.id,
        "party": party_ref(record.party, names),
        "viewer": party_ref(record.viewer, names),
        "auditor": record.viewer_person or None,
        "purpose": record.purpose,
        "granted_by": record.granted_by,
        "granted_at": moment(record.granted_at),
        "valid_until": moment(record.valid_until),
        "ended_at": ended(record.ended_at),
    }
