"""The acts of the parties area: each checks, writes its rows and an outbox row, and commits once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from registry.chain.keys import same_address
from registry.chain.messages import Admission, Consent, Mandate, Quota, Revocation
from registry.chain.words import GradedState, LimitsWord
from registry.fingerprints.keys import FingerprintKey
from registry.kit.clock import midnight
from registry.kit.identifiers import TaxId
from registry.kit.money import Money
from registry.parties import queries
from registry.parties.consents import require_active, require_consent, require_own_signature
from registry.parties.errors import (
    AccountTaken,
    BadIdentifier,
    BadPartyName,
    BadRole,
    EvidenceMalformed,
    IdentifierTaken,
    KeyUnknown,
    PartyChanged,
    PartyNumberTaken,
)
from registry.parties.model import PartyDocument, PartyIdentifier, PartyProfile
from registry.parties.rules import IDENTITY_DOMAIN, NO_CAP, ROLE_BITS, identity_fields
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.use_cases import enqueue_act

MAX_NAME_CHARS = 200
MAX_IDENTIFIERS = 10
MAX_DOCUMENTS = 20
_OPERATOR = "operator"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Evidence:
    """A document that was looked at: what it is, and its SHA-256 as 64 hex digits."""

    title: str
    sha256: str


@dataclass(frozen=True)
class NewParty:
    """Who is to be admitted. ``identifiers``: the first is its identity on chain; ``roles`` by name."""

    name: str
    country: str
    identifiers: tuple[TaxId, ...]
    roles: tuple[str, ...]
    account: str
    valid_until: date
    evidence: tuple[Evidence, ...] = ()


def prepare_admission(context: Context, party: NewParty) -> Admission:
    """What the new party's account has to sign. Raises the refusals of ``admit_party`` that show already."""
    with context.database.read() as session:
        require_admissible(session, party)
        return _admission(session, context, party, queries.highest_number(session) + 1)


def admit_party(context: Context, party: NewParty, number: int, consents: list[Consent]) -> Act:
    """The operator admits a party whose account signed ``Admission`` for this number.

    Raises BadPartyName, BadIdentifier, BadRole, EvidenceMalformed, IdentifierTaken, AccountTaken,
    PartyNumberTaken, signature_invalid, consent_expired.
    """
    with context.database.write() as session:
        return admit(session, context, party, number, consents)


def admit(session: Session, context: Context, party: NewParty, number: int, consents: list[Consent]) -> Act:
    """``admit_party`` within the caller's unit of work."""
    require_admissible(session, party)
    if number <= queries.highest_number(session):
        raise PartyNumberTaken("Ask again for what to sign: the number was taken meanwhile.", party=number)
    message = _admission(session, context, party, number)
    require_own_signature(context, message, party.account, consents)
    _keep_profile(session, context, party, number)
    roles = _role_bits(party.roles)
    arguments = [number, message.identity, party.account, roles, midnight(party.valid_until)]
    about = f"party:{number}"
    return enqueue_act(session, context, "admit", about, arguments, consents, actor=number, sender="operator")


def _keep_profile(session: Session, context: Context, party: NewParty, number: int) -> None:
    now, name = context.clock.now(), party.name.strip()
    session.add(
        PartyProfile(number=number, name=name, country=party.country, account=party.account, created_at=now)
    )
    session.flush()
    for one in party.identifiers:
        session.add(PartyIdentifier(country=one.country, scheme=one.scheme, value=one.value, party=number))
    for shown in party.evidence:
        session.add(PartyDocument(party=number, sha256=shown.sha256, title=shown.title, kept_at=now))


def mandate_message(
    session: Session, number: int, key: str, scopes: int, *, valid_until: date, cap: Money | None = None
) -> Mandate:
    """What account and new key sign; without ``cap`` any amount in any currency."""
    return Mandate(
        number,
        key,
        scopes,
        cap.currency.numeric if cap else 0,
        midnight(valid_until),
        cap.amount_minor if cap else NO_CAP,
        queries.party(session, number).nonce,
    )


def grant_key(context: Context, mandate: Mandate, consents: list[Consent]) -> Act:
    """A party's account grants a mandate to a key; both signed it. Raises AccountTaken and consent refusals."""
    with context.database.write() as session:
        party = require_active(session, context, mandate.party)
        _require_nonce(party.nonce, mandate.nonce, mandate.party)
        bound = queries.key(session, mandate.key)
        if bound is not None and (bound.party != mandate.party or mandate.key == party.account):
            raise AccountTaken(f"{mandate.key} belongs to party {bound.party} already.", key=mandate.key)
        require_consent(
            session, context, party, scope=0, currency=0, amount=0, message=mandate, consents=consents
        )
        require_own_signature(context, mandate, mandate.key, consents)
        arguments = [
            mandate.party,
            mandate.key,
            mandate.scopes,
            mandate.currency,
            mandate.valid_until,
            mandate.cap,
        ]
        return enqueue_act(
            session, context, "setKey", f"party:{mandate.party}", arguments, consents, actor=mandate.party
        )


def revocation_message(session: Session, number: int, key: str) -> Revocation:
    """What a party's account signs to withdraw a key's mandate."""
    return Revocation(number, key, queries.party(session, number).nonce)


def revoke_key(context: Context, revocation: Revocation, consents: list[Consent]) -> Act:
    """A party's account withdraws a key's mandate. Raises PartyChanged, KeyUnknown, consent refusals."""
    with context.database.write() as session:
        party = queries.party(session, revocation.party)
        _require_nonce(party.nonce, revocation.nonce, revocation.party)
        bound = queries.key(session, revocation.key)
        if bound is None or bound.party != party.number or same_address(bound.address, party.account):
            raise KeyUnknown(
                f"{revocation.key} is no key of party {party.number} besides its account.", key=revocation.key
            )
        require_consent(
            session, context, party, scope=0, currency=0, amount=0, message=revocation, consents=consents
        )
        arguments = [revocation.party, revocation.key]
        return enqueue_act(
            session,
            context,
            "revokeKey",
            f"party:{revocation.party}",
            arguments,
            consents,
            actor=revocation.party,
        )


def quota_message(session: Session, number: int, bound: Money) -> Quota:
    """What an obligor's account signs to bound what it may owe in a currency."""
    nonce = queries.party(session, number).nonce
    return Quota(number, bound.currency.numeric, bound.amount_minor, nonce)


def set_quota(context: Context, quota: Quota, consents: list[Consent]) -> Act:
    """An obligor's account bounds what it may owe in a currency; 0 lifts the bound."""
    with context.database.write() as session:
        party = require_active(session, context, quota.party)
        _require_nonce(party.nonce, quota.nonce, quota.party)
        require_consent(
            session, context, party, scope=0, currency=0, amount=0, message=quota, consents=consents
        )
        arguments = [quota.party, quota.currency, quota.quota]
        return enqueue_act(
            session, context, "setQuota", f"party:{quota.party}", arguments, consents, actor=quota.party
        )


# ---------------------------------------------------------------------- the operator's own acts


def set_roles(context: Context, number: int, roles: tuple[str, ...], valid_until: date) -> Act:
    return _admin(
        context, "setRoles", f"party:{number}", [number, _role_bits(roles), midnight(valid_until)], number
    )


def freeze_party(context: Context, number: int, *, is_frozen: bool) -> Act:
    return _admin(context, "freeze", f"party:{number}", [number, is_frozen], number)


def bar_obligor(context: Context, number: int, *, is_barred: bool) -> Act:
    """A barred obligor is named in no new receivable."""
    return _admin(context, "bar", f"party:{number}", [number, is_barred], number)


def set_limits(context: Context, limits: LimitsWord) -> Act:
    """Days, hops and the smallest lot; the graded state stays as it is."""
    arguments = [
        limits.max_tenor_days,
        limits.max_hops,
        limits.reject_window_days,
        limits.expiry_days,
        limits.min_lot,
    ]
    return _admin(context, "setLimits", "limits", arguments)


def set_state(context: Context, state: GradedState) -> Act:
    """Open, no new receivables, or halted: then lots neither move nor are financed; payment stays open."""
    return _admin(context, "setState", "limits", [int(state)])


def offer_operator(context: Context, address: str) -> Act:
    """Let another address become the operator: it does once it takes that up (two steps, so that no wrong address is
    left with the ledger)."""
    return _admin(context, "transferOwnership", _OPERATOR, [address])


def take_operator(context: Context) -> Act:
    """Become the operator, as the operator before offered. Raises ownable_unauthorized_account by the chain."""
    return _admin(context, "acceptOwnership", _OPERATOR, [])


def publish_fingerprint_key(context: Context, key: FingerprintKey) -> Act:
    """Put the public half of a fingerprint key on chain, once; with that it is live."""
    return _admin(context, "setFingerprintKey", f"fingerprint_key:{key.version}", [key.version, key.public])


def _admin(context: Context, kind: str, about: str, arguments: Sequence[object], number: int = 0) -> Act:
    with context.database.write() as session:
        if number:
            queries.party(session, number)
        return enqueue_act(session, context, kind, about, arguments, sender="operator")


# ---------------------------------------------------------------------- private


def _role_bits(roles: tuple[str, ...]) -> int:
    unknown = [role for role in roles if role not in ROLE_BITS]
    if unknown or not roles:
        raise BadRole(f"Say one or more of {', '.join(ROLE_BITS)}.", roles=list(roles))
    return sum(ROLE_BITS[role] for role in set(roles))


def require_admissible(session: Session, party: NewParty) -> None:
    """Raises BadPartyName, BadIdentifier, BadRole, EvidenceMalformed, IdentifierTaken, AccountTaken; one that
    is invited has no account yet."""
    _role_bits(party.roles)
    _require_evidence(party.evidence)
    if not party.name.strip() or len(party.name) > MAX_NAME_CHARS:
        raise BadPartyName(f"Give the party's legal name, at most {MAX_NAME_CHARS} characters.")
    if not party.identifiers or len(party.identifiers) > MAX_IDENTIFIERS:
        raise BadIdentifier("Give the party's tax identifier, for example DE123456788 or a 18-digit USCC.")
    for one in party.identifiers:
        taken = queries.party_with_identifier(session, one)
        if taken is not None:
            raise IdentifierTaken(f"{one} is party {taken} already.", identifier=str(one), party=taken)
    bound = queries.party_with_account(session, party.account)
    if bound is not None:
        raise AccountTaken(f"{party.account} belongs to party {bound}; use a key of its own.", party=bound)


def _require_evidence(evidence: tuple[Evidence, ...]) -> None:
    for one in evidence:
        if not one.title.strip() or len(one.title) > MAX_NAME_CHARS or not _SHA256.fullmatch(one.sha256):
            raise EvidenceMalformed("Say what the document is, and its SHA-256 as 64 hex digits.")
    if len({one.sha256 for one in evidence}) < len(evidence) or len(evidence) > MAX_DOCUMENTS:
        raise EvidenceMalformed(f"Name each document once, at most {MAX_DOCUMENTS} of them.")


def _admission(session: Session, context: Context, party: NewParty, number: int) -> Admission:
    # Under the oldest live key, so that the ledger goes on refusing one identity twice while keys are exchanged.
    key = context.fingerprint_keys(session)[0]
    identity = key.fingerprint(IDENTITY_DOMAIN, *identity_fields(party.identifiers[0]))
    return Admission(number, identity, party.account)


def _require_nonce(current: int, signed: int, number: int) -> None:
    if current != signed:
        raise PartyChanged(
            "The party's keys changed meanwhile; ask again for what to sign.", party=number, nonce=current
        )
