"""Every SELECT of the access area, and who somebody is by them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select
from sqlalchemy.orm import Session

from registry.access.actor import OFFICES, Actor, Role, roles_of_mandate, roles_of_party
from registry.access.errors import ApiKeyNotFound, PersonNotFound, SignInNotFound, ViewingConsentNotFound
from registry.access.model import Answer, ApiKey, Person, SignIn, UsedNonce, ViewingConsent
from registry.chain.keys import same_address
from registry.kit.clock import unix
from registry.parties import queries as parties
from registry.parties.model import Party
from registry.storage.questions import Question
from registry.storage.unit_of_work import Database

MAX_PAGE = 200
MAX_CONSENTS = 1000  # of one viewer at a time


def standing(session: Session, address: str, now: datetime, registrar: int) -> Actor | None:
    """Who an address is today: an account, a mandated key, or a person somebody let in; None for nobody.

    ``registrar``: the registry's own party, whose account is the operator.
    """
    person = session.get(Person, address)
    is_let_in = person is not None and person.ended_at is None and now < person.valid_until
    key = parties.key(session, address)
    number = key.party if key else person.party if person and is_let_in else 0
    party = parties.party_on_chain(session, number) if number else None
    roles: frozenset[Role] = frozenset()
    is_account = party is not None and same_address(party.account, address)
    if party is not None and key is not None:
        if is_account:
            roles = roles_of_party(party.roles) | ({Role.OPERATOR} if number == registrar else frozenset())
        elif key.epoch == party.epoch and key.valid_until >= unix(now):
            roles = roles_of_party(party.roles) & roles_of_mandate(key.scopes)
    if person is not None and is_let_in and person.party == number:
        possible = OFFICES if party is None else roles_of_party(party.roles)
        roles |= frozenset(map(Role, person.roles)) & possible
    if not roles:
        return None
    name = person.name if person is not None and is_let_in else address
    return Actor(number, address, name, roles, trusting(session, number, address, now), is_account)


def signed_in(session: Session, token_hash: str, now: datetime, registrar: int) -> Actor | None:
    """Who holds a sign-in's token; None once it ended, ran out, or its key did."""
    found = session.get(SignIn, token_hash)
    if found is None or found.ended_at is not None or now >= found.expires_at:
        return None
    return standing(session, found.address, now, registrar)


# A line for each consent to see records that its party has, or one.
_MACHINE = Question(
    select(
        ApiKey.id,
        ApiKey.name,
        ApiKey.party,
        ApiKey.roles,
        ApiKey.expires_at,
        ApiKey.ended_at,
        Party.roles.label("possible"),
        ViewingConsent.party.label("trusting"),
        ViewingConsent.valid_until.label("trusting_until"),
    )
    .outerjoin(Party, and_(Party.number == ApiKey.party, ApiKey.party != 0))
    .outerjoin(
        ViewingConsent,
        and_(ViewingConsent.viewer == ApiKey.party, ApiKey.party != 0, ViewingConsent.ended_at.is_(None)),
    )
    .where(ApiKey.secret_hash == bindparam("secret_hash", ""))
    .order_by(ViewingConsent.valid_until.desc())  # those that hold come before those that ran out
    .limit(MAX_CONSENTS)
)


def machine(database: Database, secret_hash: str, now: datetime) -> Actor | None:
    """Whose an API key is; it never may more than its party does today; an outsider's is of none."""
    found = database.ask(_MACHINE, secret_hash=secret_hash)
    if not found or found[0].ended_at is not None or now >= found[0].expires_at:
        return None
    trusted_by = frozenset(one.trusting for one in found if one.trusting and now < one.trusting_until)
    return _machine(found[0], found[0].possible, trusted_by)


def machine_of(session: Session, key: ApiKey, now: datetime) -> Actor | None:
    """What the machine behind a live API key may do now; None for nothing."""
    party = parties.party_on_chain(session, key.party) if key.party else None
    trusted_by = trusting(session, key.party, "", now) if key.party else frozenset[int]()
    return _machine(key, party.roles if party else None, trusted_by)


def _machine(key: ApiKey, possible: int | None, trusted_by: frozenset[int]) -> Actor | None:
    """``possible``: its party's roles on the ledger, None for one of no party."""
    allowed = frozenset({Role.OUTSIDER}) if possible is None else roles_of_party(possible)
    roles = frozenset(map(Role, key.roles)) & allowed
    return Actor(key.party, key.id, key.name, roles, trusted_by) if roles else None


def signing_key(session: Session, keyid: str, now: datetime) -> ApiKey | None:
    """The live API key whose requests are signed under this id."""
    query = select(ApiKey).where(ApiKey.keyid == keyid, ApiKey.ended_at.is_(None), ApiKey.expires_at > now)
    return session.scalars(query.limit(1)).first()


def may_sign_for(session: Session, address: str, number: int, now: datetime) -> bool:
    """Whether nothing on the ledger speaks against an address signing requests for a party (0 = none): it is no key of
    any party's, or is this one's account, or one of its mandates that is good now."""
    key, party = parties.key(session, address), parties.party_on_chain(session, number) if number else None
    if key is None or party is None or key.party != number:
        return key is None
    is_mandated = key.scopes and key.epoch == party.epoch and key.valid_until >= unix(now)
    return same_address(party.account, address) or bool(is_mandated)


def has_used(session: Session, keyid: str, nonce: str) -> bool:
    return session.get(UsedNonce, (keyid, nonce)) is not None


def used_nonces(session: Session, keyid: str, limit: int) -> int:
    """How many of a key's nonces are remembered, counted as far as ``limit``."""
    some = select(UsedNonce.nonce).where(UsedNonce.keyid == keyid).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def forget_nonces(session: Session, before: datetime) -> None:
    session.execute(delete(UsedNonce).where(UsedNonce.expires_at < before))


def _let_see(party: int, address: str) -> ColumnElement[bool]:
    """Consents for a party, or for an auditor of none."""
    of_party = ViewingConsent.viewer == party
    return of_party if party else of_party & (ViewingConsent.viewer_person == address)


def trusting(session: Session, party: int, address: str, now: datetime) -> frozenset[int]:
    """The parties whose records a party, or an auditor of none, may see now."""
    whose = _let_see(party, address)
    query = select(ViewingConsent.party).where(
        whose, ViewingConsent.ended_at.is_(None), ViewingConsent.valid_until > now
    )
    return frozenset(session.scalars(query.limit(MAX_CONSENTS)))


def person(session: Session, address: str) -> Person:
    """Raises PersonNotFound."""
    found = session.get(Person, address)
    if found is None:
        raise PersonNotFound(f"Nobody was let in under {address}.", address=address)
    return found


def people(session: Session, after: str = "", limit: int = MAX_PAGE) -> Sequence[Person]:
    query = select(Person).where(Person.address > after).order_by(Person.address)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def stay(session: Session, stay_id: str) -> SignIn:
    """One sign-in by its challenge. Raises SignInNotFound."""
    found = session.scalar(select(SignIn).where(SignIn.challenge == stay_id))
    if found is None:
        raise SignInNotFound("This sign-in is over and forgotten, or never was.")
    return found


def stays(
    session: Session, now: datetime, *, before: datetime | None = None, limit: int = MAX_PAGE
) -> Sequence[SignIn]:
    """Who is signed in, latest first; those that began before ``before``."""
    query = select(SignIn).where(SignIn.ended_at.is_(None), SignIn.expires_at > now)
    if before is not None:
        query = query.where(SignIn.signed_in_at < before)
    return session.scalars(query.order_by(SignIn.signed_in_at.desc()).limit(min(limit, MAX_PAGE))).all()


def officers(session: Session, after: str = "", limit: int = MAX_PAGE) -> Sequence[Person]:
    """People of no party: auditors and operators, by address behind ``after``."""
    query = select(Person).where(Person.party == 0, Person.address > after).order_by(Person.address)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def consents_for(session: Session, party: int, address: str, now: datetime) -> Sequence[ViewingConsent]:
    """What lets a party, or an auditor of none, see others' records now, by id; what is behind ``trusting``."""
    whose = _let_see(party, address)
    query = select(ViewingConsent).where(
        whose, ViewingConsent.ended_at.is_(None), ViewingConsent.valid_until > now
    )
    return session.scalars(query.order_by(ViewingConsent.id).limit(MAX_CONSENTS)).all()


def api_key(session: Session, key_id: str) -> ApiKey:
    """Raises ApiKeyNotFound."""
    found = session.get(ApiKey, key_id)
    if found is None:
        raise ApiKeyNotFound(f"There is no API key {key_id}.", key=key_id)
    return found


def api_keys(session: Session, after: str = "", limit: int = MAX_PAGE) -> Sequence[ApiKey]:
    query = select(ApiKey).where(ApiKey.id > after).order_by(ApiKey.id)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def viewing_consent(session: Session, consent_id: str) -> ViewingConsent:
    """Raises ViewingConsentNotFound."""
    found = session.get(ViewingConsent, consent_id)
    if found is None:
        raise ViewingConsentNotFound(f"There is no consent {consent_id}.", consent=consent_id)
    return found


def viewing_consents(session: Session, after: str = "", limit: int = MAX_PAGE) -> Sequence[ViewingConsent]:
    query = select(ViewingConsent).where(ViewingConsent.id > after).order_by(ViewingConsent.id)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def answer(session: Session, person: str, key: str) -> Answer | None:
    return session.get(Answer, (person, key))


def forget_answers(session: Session, before: datetime) -> None:
    session.execute(delete(Answer).where(Answer.answered_at < before))


def forget_sign_ins(session: Session, before: datetime) -> None:
    session.execute(delete(SignIn).where(SignIn.expires_at < before))
