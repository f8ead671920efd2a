"""Signatures over what no chain will judge: checked here and now, to the end, and kept."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from registry.chain.messages import Consent, Signed
from registry.chain.words import Scope
from registry.mirror import queries as mirror
from registry.mirror.finality import require_final
from registry.notices.errors import SecondPersonMissing
from registry.parties import queries as parties
from registry.parties.consents import require_consent
from registry.parties.model import Party
from registry.relay.context import Context
from registry.relay.refusals import refusal

# Whether a smart account takes a signature over a digest as its own now (ERC-1271): address, digest, signature.
Wallets = Callable[[str, bytes, bytes], bool]
ECDSA_BYTES = 65


def no_wallets(_address: str, _digest: bytes, _signature: bytes) -> bool:
    """Where no node can be asked: keys sign, smart accounts cannot."""
    return False


def require_party(
    session: Session,
    context: Context,
    number: int,
    *,
    scope: Scope,
    currency: int,
    message: Signed,
    consents: list[Consent],
    wallets: Wallets,
    amount: int = 0,
) -> dict[str, Any]:
    """The record of a party's consent: message, signatures with their deadlines, and the block the registry stood at.

    Raises NotFinal where the party or a key could still be undone, what ``require_consent`` raises; signature_invalid
    too for a smart account that does not take its own.
    """
    party = parties.party(session, number)
    _require_wallets(context, message, consents, wallets)
    require_consent(
        session,
        context,
        party,
        scope=scope,
        currency=currency,
        amount=amount,
        message=message,
        consents=consents,
    )
    return _record(session, context, party, message, consents)


def require_two(
    session: Session,
    context: Context,
    party: Party,
    *,
    scope: Scope,
    currency: int,
    message: Signed,
    consents: list[Consent],
    wallets: Wallets,
) -> dict[str, Any]:
    """The same for what takes two persons: two distinct keys of the party, each entitled by itself.

    Raises SecondPersonMissing, and what ``require_consent`` raises of each.
    """
    _require_wallets(context, message, consents, wallets)
    for consent in consents:
        require_consent(
            session,
            context,
            party,
            scope=scope,
            currency=currency,
            amount=0,
            message=message,
            consents=[consent],
        )
    if len({consent.signer.lower() for consent in consents}) < 2:
        raise SecondPersonMissing(
            f"Let a second person sign too, with another key of party {party.number} that may settle: its account "
            "or a mandated key.",
            party=party.number,
        )
    return _record(session, context, party, message, consents)


def _require_wallets(context: Context, message: Signed, consents: list[Consent], wallets: Wallets) -> None:
    """What is no key's signature must be a smart account's; ``require_consent`` would leave that to the chain."""
    for consent in consents:
        if len(consent.signature) != ECDSA_BYTES:
            digest = message.digest(context.domain, consent.deadline)
            if not wallets(consent.signer, digest, consent.signature):
                raise refusal("SignatureInvalid", signer=consent.signer)


def _record(
    session: Session, context: Context, party: Party, message: Signed, consents: list[Consent]
) -> dict[str, Any]:
    cursor = mirror.cursor(session)
    # The record stays whatever becomes of the chain's last blocks: so must what it rests on.
    require_final(session, party.block_number, f"Party {party.number}")
    for one in consents:
        key = parties.key(session, one.signer)
        if key is not None:
            require_final(session, key.block_number, f"The key {one.signer}")
    # Of several consents the one needed was checked; what does not fit the message is no evidence.
    fitting = [
        one
        for one in consents
        if len(one.signature) != ECDSA_BYTES or message.is_signed_by(one, context.domain)
    ]
    return {
        "message": type(message).__name__,
        "consents": [one.as_json() for one in fitting],
        "block": cursor.number if cursor else None,
    }
