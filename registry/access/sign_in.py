"""Sign-in with a key (EIP-4361): the server writes the text, the key signs it, and the server checks a signature over
exactly that text, so there is nothing to parse.

A challenge is kept nowhere before it is used: it names its time and carries the server's MAC, so that nobody can
fill a table by asking. Used, it is kept until it is over, so that it opens one sign-in.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from registry.access import queries
from registry.access.actor import Actor
from registry.access.errors import NobodyHere, SignInRefused
from registry.access.model import SignIn
from registry.chain.keys import same_address
from registry.chain.typed import recover
from registry.chain.wallets import text_digest
from registry.kit.clock import from_unix, unix
from registry.relay.context import Context

CHALLENGE_SECONDS = 600
SIGN_IN_HOURS = 12
STATEMENT = "Sign in to Counterfoil. This moves nothing and costs nothing."
TOKEN_PREFIX = "cfs_"  # noqa: S105 - a token's beginning
_TIME_BYTES, _NONCE_BYTES, _MAC_BYTES = 8, 12, 16


@dataclass(frozen=True)
class Door:
    """Where somebody signs in: the origin the browser shows, and the secret that makes challenges ours."""

    host: str
    scheme: str
    secret: bytes


@dataclass(frozen=True)
class Challenge:
    """``text`` is what the key signs with ``personal_sign``; ``id`` comes back with the signature."""

    id: str
    text: str
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """``token`` is shown once and kept by the client."""

    token: str
    actor: Actor
    expires_at: datetime


def open_challenge(context: Context, door: Door, address: str) -> Challenge:
    """A text for this address to sign here, within ten minutes. Nothing is kept."""
    body = context.now.to_bytes(_TIME_BYTES) + context.random(_NONCE_BYTES)
    return _challenge(context, door, address, _packed(body + _mac(door, address, body)))


def sign_in(
    context: Context,
    door: Door,
    address: str,
    challenge_id: str,
    signature: bytes,
    *,
    registrar: int,
    wallet_accepts: Callable[[bytes, bytes], bool],
) -> SignedIn:
    """Open a stay for the person who signed the challenge. A fresh token each time: none can be set beforehand.

    ``wallet_accepts(digest, signature)`` asks a smart account at the address (ERC-1271), after ECDSA did not
    fit. Raises SignInRefused, NobodyHere.
    """
    challenge = _ours(context, door, address, challenge_id)
    digest = text_digest(challenge.text)
    signer = recover(digest, signature)
    is_signed = signer is not None and same_address(signer, address)
    if not is_signed and not wallet_accepts(digest, signature):
        raise SignInRefused(f"The signature is not {address}'s over the text it was given. Sign in again.")
    now = context.clock.now()
    token = TOKEN_PREFIX + _packed(context.random(32))
    expires_at = now + timedelta(hours=SIGN_IN_HOURS)
    stay = SignIn(
        token_hash=secret_hash(token),
        challenge=hashlib.sha256(challenge_id.encode()).hexdigest(),
        address=address,
        signed_in_at=now,
        expires_at=expires_at,
        ended_at=None,
    )
    try:
        with context.database.write() as session:
            actor = queries.standing(session, address, now, registrar)
            if actor is None:
                raise NobodyHere(
                    f"{address} signs for no party and was let in by none. Ask your party's account holder, or "
                    "the operator if your party is new.",
                    address=address,
                )
            queries.forget_sign_ins(session, now)
            session.add(stay)
    except IntegrityError:
        raise SignInRefused("This challenge was used already. Sign in again.") from None
    return SignedIn(token, actor, expires_at)


def sign_out(context: Context, token: str) -> None:
    """End a stay; its token opens nothing from here on. Without effect where it ended before."""
    with context.database.write() as session:
        stay = session.get(SignIn, secret_hash(token))
        if stay is not None and stay.ended_at is None:
            stay.ended_at = context.clock.now()


def secret_hash(secret: str) -> str:
    """How tokens and API keys are kept; both are 256 random bits, so that a plain hash suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _ours(context: Context, door: Door, address: str, challenge_id: str) -> Challenge:
    try:
        raw = urlsafe_b64decode(challenge_id.encode() + b"=" * (-len(challenge_id) % 4))
    except ValueError:
        raw = b""
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # Only the one way of writing it: another spelling of the same bytes would be another row.
    is_plain = _packed(raw) == challenge_id and len(body) == _TIME_BYTES + _NONCE_BYTES
    if not is_plain or not hmac.compare_digest(mac, _mac(door, address, body)):
        raise SignInRefused("This challenge was not made here for that address. Ask for a new one.")
    made = int.from_bytes(body[:_TIME_BYTES])
    if not made <= context.now < made + CHALLENGE_SECONDS:
        raise SignInRefused("This challenge is over. Ask for a new one.")
    return _challenge(context, door, address, challenge_id)


def _challenge(context: Context, door: Door, address: str, challenge_id: str) -> Challenge:
    raw = urlsafe_b64decode(challenge_id.encode() + b"=" * (-len(challenge_id) % 4))
    made = from_unix(int.from_bytes(raw[:_TIME_BYTES]))
    expires_at = made + timedelta(seconds=CHALLENGE_SECONDS)
    text = (
        f"{door.host} wants you to sign in with your Ethereum account:\n{address}\n\n{STATEMENT}\n\n"
        f"URI: {door.scheme}://{door.host}\nVersion: 1\nChain ID: {context.domain.chain_id}\n"
        f"Nonce: {raw[_TIME_BYTES:-_MAC_BYTES].hex()}\nIssued At: {_instant(made)}\n"
        f"Expiration Time: {_instant(expires_at)}"
    )
    return Challenge(challenge_id, text, expires_at)


def _mac(door: Door, address: str, body: bytes) -> bytes:
    bound = f"sign-in/1 {door.scheme}://{door.host} {address} ".encode() + body
    return hmac.digest(door.secret, bound, "sha256")[:_MAC_BYTES]


def _packed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _instant(at: datetime) -> str:
    return from_unix(unix(at.astimezone(UTC))).strftime("%Y-%m-%dT%H:%M:%SZ")
