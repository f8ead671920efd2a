"""The contract's rule of consent, applied before an act goes out: a refusal here costs nothing and says more."""

from sqlalchemy.orm import Session

from registry.chain.keys import same_address
from registry.chain.messages import Consent, Signed
from registry.chain.words import PartyFlag, Role
from registry.parties import queries
from registry.parties.model import Party, PartyKey
from registry.relay.context import Context
from registry.relay.refusals import refusal, refusal_class

ConsentNeeded = refusal_class("ConsentMissing")


def require_active(session: Session, context: Context, number: int) -> Party:
    """A party that may send and receive. Raises PartyNotFound, party_frozen, party_expired."""
    party = require_unfrozen(session, number)
    if party.valid_until < context.now:
        raise refusal("PartyExpired", party=number)
    return party


def require_unfrozen(session: Session, number: int) -> Party:
    """A party whose own word may give something away, even if its admission ended. Raises party_frozen."""
    party = queries.party(session, number)
    if party.flags & PartyFlag.FROZEN:
        raise refusal("PartyFrozen", party=number)
    return party


def require_role(party: Party, role: Role) -> None:
    if not party.roles & role:
        raise refusal("RoleMissing", party=party.number, role=int(role))


def require_consent(
    session: Session,
    context: Context,
    party: Party,
    *,
    scope: int,
    currency: int,
    amount: int,
    message: Signed,
    consents: list[Consent],
) -> None:
    """Raises unless the party's account, one sufficient key, or two distinct keys signed ``message``.

    Mirrors ``Parties._requireConsent``; ``scope`` 0 means the account alone. A contract wallet's signature
    (ERC-1271) is left to the chain to judge.
    """
    first: str | None = None
    for consent in consents:
        if same_address(consent.signer, party.account):
            _require_signed(context, message, consent)
            return
        key = queries.key(session, consent.signer)
        if key is None or not _counts(key, party, scope, currency):
            continue
        if key.valid_until < context.now:
            raise ConsentNeeded(
                f"The key {consent.signer} is no longer valid. Sign with the account or a current key.",
                party=party.number,
                key=consent.signer,
            )
        if first is not None and same_address(first, consent.signer):
            continue
        _require_signed(context, message, consent)
        if key.cap >= amount or first is not None:
            return
        first = consent.signer
    if first is not None:
        raise refusal("CapExceeded", party=party.number, amount=amount)
    signers = ", ".join(consent.signer for consent in consents) or "nobody"
    raise ConsentNeeded(
        f"Party {party.number} must sign this with its account {party.account} or a key whose mandate covers it; "
        f"signed by {signers}.",
        party=party.number,
        account=party.account,
    )


def _counts(key: PartyKey, party: Party, scope: int, currency: int) -> bool:
    return (
        key.party == party.number
        and bool(key.scopes & scope)
        and (currency == 0 or key.currency in (0, currency))
        and key.epoch == party.epoch
    )


def _require_signed(context: Context, message: Signed, consent: Consent) -> None:
    if consent.deadline < context.now:
        raise refusal("ConsentExpired", signer=consent.signer, deadline=consent.deadline)
    if len(consent.signature) == 65 and not message.is_signed_by(consent, context.domain):
        raise refusal("SignatureInvalid", signer=consent.signer)


def require_own_signature(context: Context, message: Signed, address: str, consents: list[Consent]) -> None:
    """Raises signature_invalid, consent_expired unless this very address signed."""
    own = [consent for consent in consents if consent.signer == address]
    if not own or not message.is_signed_by(own[0], context.domain):
        raise refusal("SignatureInvalid", signer=address)
    if own[0].deadline < context.now:
        raise refusal("ConsentExpired", signer=address, deadline=own[0].deadline)
