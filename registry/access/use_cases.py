"""Letting people, machines and other parties in. An account decides for its party; the operator names auditors and
operators and can let nobody act for a party."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.access import queries
from registry.access.actor import OFFICES, Actor, Role, roles_of_party
from registry.access.certificates import Authorities, Bundle
from registry.access.errors import BadPeriod, BadRoles, Forbidden, PersonTaken, SigningKeyTaken
from registry.access.machines import keyid_of
from registry.access.model import ApiKey, Person, SignIn, ViewingConsent
from registry.access.sign_in import secret_hash
from registry.parties import queries as parties
from registry.relay.context import Context

KEY_PREFIX = "cfk_"


@dataclass(frozen=True)
class NewPerson:
    address: str
    name: str
    roles: tuple[Role, ...]
    valid_until: datetime


def let_in(context: Context, by: Actor, new: NewPerson) -> Person:
    """Let somebody sign in for ``by``'s party with these roles, or as auditor or operator for none; again
    for the same address to change it.

    Raises Forbidden, BadRoles, BadPeriod, PersonTaken.
    """
    require_decider(by)
    now = context.clock.now()
    _require_future(now, new.valid_until)
    party = 0 if by.is_operator else by.party
    with context.database.write() as session:
        possible = roles_of_party(parties.party(session, party).roles) if party else OFFICES
        _require_roles(new.roles, possible)
        found = session.get(Person, new.address)
        key = parties.key(session, new.address)
        if (found is not None and found.party != party) or (key is not None and key.party != party):
            raise PersonTaken(
                f"{new.address} belongs to party {found.party if found else key.party if key else 0}.",
                address=new.address,
            )
        person = found or Person(address=new.address, party=party)
        person.name, person.roles = new.name, sorted(new.roles)
        person.added_by, person.added_at = by.person, now
        person.valid_until, person.ended_at = new.valid_until, None
        session.add(person)
    return person


def shut_out(context: Context, by: Actor, address: str) -> Person:
    """End what a person was let in for. Mandates on the ledger are another matter: revoke these too.

    Raises Forbidden, PersonNotFound.
    """
    require_decider(by)
    with context.database.write() as session:
        person = queries.person(session, address)
        _require_own(by, person.party)
        person.ended_at = person.ended_at or context.clock.now()
    return person


def end_stay(context: Context, by: Actor, stay_id: str) -> SignIn:
    """Sign somebody out: anybody themselves, an account whoever is signed in with its party. Raises
    SignInNotFound, Forbidden."""
    with context.database.write() as session:
        stay = queries.stay(session, stay_id)
        if stay.address != by.person:
            require_decider(by)
            key, person = parties.key(session, stay.address), session.get(Person, stay.address)
            _require_own(by, key.party if key else person.party if person else -1)
        stay.ended_at = stay.ended_at or context.clock.now()
    return stay


def make_api_key(
    context: Context, by: Actor, name: str, roles: tuple[Role, ...], expires_at: datetime
) -> tuple[str, ApiKey]:
    """The secret, which is shown once, and what is kept of it: a party's with roles of the party, or, made by the
    operator, an outsider's. Raises Forbidden, BadRoles, BadPeriod."""
    key = _new_key(context, by, name, roles, expires_at)
    secret = KEY_PREFIX + urlsafe_b64encode(context.random(32)).rstrip(b"=").decode()
    key.secret_hash = secret_hash(secret)
    with context.database.write() as session:
        _add_key(session, key, roles)
    return secret, key


def make_address_key(
    context: Context, by: Actor, name: str, roles: tuple[Role, ...], expires_at: datetime, address: str
) -> ApiKey:
    """An API key without a secret, for a machine that signs its requests with the key of this address. One the ledger
    knows must be a live key of ``by``'s party, then and at each request.

    Raises Forbidden, BadRoles, BadPeriod, PersonTaken, SigningKeyTaken.
    """
    key = _new_key(context, by, name, roles, expires_at)
    key.keyid = keyid_of(address, context.domain.chain_id)
    with context.database.write() as session:
        if not queries.may_sign_for(session, address, by.party, key.made_at):
            raise PersonTaken(
                f"{address} is a key of another party's, or no longer one of yours.", address=address
            )
        _add_signing_key(session, key, roles)
    return key


def make_certificate_key(
    context: Context,
    by: Actor,
    name: str,
    roles: tuple[Role, ...],
    expires_at: datetime,
    bundle: Bundle,
    authorities: Authorities,
) -> ApiKey:
    """The same for a machine that signs with a certificate's key; whether it is good is asked now and at each request.

    Raises Forbidden, BadRoles, BadPeriod, CertificateRefused, RevocationUnknown, SigningKeyTaken.
    """
    key = _new_key(context, by, name, roles, expires_at)
    authorities.require(bundle, key.made_at)
    key.keyid, key.certificate = bundle.keyid, bundle.pem
    with context.database.write() as session:
        _add_signing_key(session, key, roles)
    return key


def end_api_key(context: Context, by: Actor, key_id: str) -> ApiKey:
    """Raises Forbidden, ApiKeyNotFound."""
    require_decider(by)
    with context.database.write() as session:
        key = queries.api_key(session, key_id)
        _require_own(by, key.party)
        key.ended_at = key.ended_at or context.clock.now()
    return key


def grant_viewing(
    context: Context,
    by: Actor,
    *,
    viewer: int = 0,
    viewer_person: str = "",
    purpose: str,
    valid_until: datetime,
) -> ViewingConsent:
    """Let another party, or an auditor by address, see ``by``'s party's records until then.

    Raises Forbidden, BadRoles, BadPeriod, PartyNotFound, PersonNotFound.
    """
    if not by.party:
        raise Forbidden("Only a party can show its records.")
    now = context.clock.now()
    _require_future(now, valid_until)
    consent = ViewingConsent(
        id=context.new_id("vcn"),
        party=by.party,
        viewer=viewer,
        viewer_person=viewer_person,
        purpose=purpose,
        granted_by=by.person,
        granted_at=now,
        valid_until=valid_until,
        ended_at=None,
    )
    with context.database.write() as session:
        if viewer == by.party or bool(viewer) == bool(viewer_person):
            raise BadRoles("Name one other party, or one auditor by address.")
        if viewer:
            parties.profile(session, viewer)
        elif Role.AUDITOR.value not in queries.person(session, viewer_person).roles:
            raise BadRoles(f"{viewer_person} is no auditor here.", address=viewer_person)
        session.add(consent)
    return consent


def end_viewing(context: Context, by: Actor, consent_id: str) -> ViewingConsent:
    """Take a consent back; what was seen is seen, and nothing more is. Raises ViewingConsentNotFound,
    Forbidden."""
    with context.database.write() as session:
        consent = queries.viewing_consent(session, consent_id)
        _require_own(by, consent.party)
        consent.ended_at = consent.ended_at or context.clock.now()
    return consent


def _new_key(context: Context, by: Actor, name: str, roles: tuple[Role, ...], expires_at: datetime) -> ApiKey:
    """Raises Forbidden, BadPeriod."""
    require_decider(by)
    now = context.clock.now()
    _require_future(now, expires_at)
    return ApiKey(
        id=context.new_id("key"),
        party=by.party,
        name=name,
        roles=sorted(roles),
        made_by=by.person,
        made_at=now,
        expires_at=expires_at,
    )


def _add_key(session: Session, key: ApiKey, roles: tuple[Role, ...]) -> None:
    """Raises BadRoles."""
    if key.party:
        _require_roles(roles, roles_of_party(parties.party(session, key.party).roles))
    else:
        _require_roles(roles, frozenset({Role.OUTSIDER}))
    session.add(key)


def _add_signing_key(session: Session, key: ApiKey, roles: tuple[Role, ...]) -> None:
    """Raises BadRoles, SigningKeyTaken."""
    if queries.signing_key(session, key.keyid or "", key.made_at) is not None:
        raise SigningKeyTaken("End the API key that it has, or choose another.", keyid=key.keyid)
    _add_key(session, key, roles)


def require_decider(by: Actor) -> None:
    """Raises Forbidden for all but a party's account and the operator."""
    if not by.is_account and not by.is_operator:
        raise Forbidden("Only your party's account decides that. Sign in with it.")


def _require_own(by: Actor, party: int) -> None:
    if party not in {by.party, 0 if by.is_operator else by.party}:
        raise Forbidden("This is another party's to decide.")


def _require_future(now: datetime, until: datetime) -> None:
    if until <= now:
        raise BadPeriod("The end must lie in the future.")


def _require_roles(roles: tuple[Role, ...], possible: frozenset[Role]) -> None:
    if not roles or not set(roles) <= possible:
        names = ", ".join(sorted(possible)) or "none"
        raise BadRoles(f"Choose among: {names}.", possible=sorted(possible))
