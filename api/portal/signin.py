"""Sign-in of the pages: a challenge, the signature over it, and the session behind the cookie."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request

from api.auth.actor import Actor, Role
from api.portal.forms import SESSION_COOKIE
from api.portal.words import mark
from api.service import Service
from registry.chain.keys import same_address
from registry.chain.messages import keccak256, recover
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.parties.rules import role_names
from registry.storage.unit_of_work import Database

CHALLENGE_LIFE = timedelta(minutes=5)
SESSION_LIFE = timedelta(hours=12)
MAX_CHALLENGES = 1000


class SignInRefused(Refusal):
    code = "sign_in_refused"
    title = mark("You are not signed in")
    status = 401


@dataclass(frozen=True)
class Challenge:
    """``message`` is what the key signs (EIP-191), to the letter."""

    id: str
    address: str
    message: str
    until: datetime


@dataclass
class Doors:
    """Challenges and sessions of one process."""

    challenges: dict[str, Challenge] = field(default_factory=dict)
    sessions: dict[str, tuple[str, datetime]] = field(default_factory=dict)


def challenge(request: Request, address: str) -> Challenge:
    """A fresh message for this address to sign (EIP-4361)."""
    service, doors = _of(request)
    now = service.context.clock.now()
    host = request.headers.get("host", "")
    made = Challenge(
        secrets.token_hex(16), address, _message(service, host, address, now), now + CHALLENGE_LIFE
    )
    while len(doors.challenges) >= MAX_CHALLENGES:
        doors.challenges.pop(next(iter(doors.challenges)))
    doors.challenges[made.id] = made
    return made


def sign_in(request: Request, challenge_id: str, signature: str) -> str:
    """The token of a new session. Raises SignInRefused."""
    service, doors = _of(request)
    now = service.context.clock.now()
    asked = doors.challenges.pop(challenge_id, None)
    if asked is None or asked.until < now:
        raise SignInRefused("The message to sign has run out. Start again.")
    text = asked.message.encode()
    digest = keccak256(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)
    try:
        signer = recover(digest, bytes.fromhex(signature.removeprefix("0x")))
    except ValueError:
        signer = None
    if signer is None or not same_address(signer, asked.address):
        raise SignInRefused("The signature is not the address's. Sign with the key you chose.")
    with service.database.read() as session:
        if parties.party_with_account(session, signer) is None:
            raise SignInRefused(
                f"The key {signer} signs for no party here. Choose another, or ask the operator to admit you."
            )
    token = secrets.token_urlsafe(32)
    doors.sessions[token] = (signer, now + SESSION_LIFE)
    return token


def sign_out(request: Request) -> None:
    """End the session for good; its cookie opens nothing any more."""
    _of(request)[1].sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)


def actor_of(request: Request) -> Actor | None:
    """Who the request's session belongs to."""
    service, doors = _of(request)
    found = doors.sessions.get(request.cookies.get(SESSION_COOKIE, ""))
    if found is None or found[1] < service.context.clock.now():
        return None
    with service.database.read() as session:
        number = parties.party_with_account(session, found[0])
        if number is None:
            return None
        mirrored = parties.party_on_chain(session, number)
        names = role_names(mirrored.roles) if mirrored else []
        return Actor(number, found[0], parties.profile(session, number).name, _roles(names))


def seen_by(service: Service, _actor: Actor | None) -> Database:
    """The database as this actor may read it."""
    return service.database


def _of(request: Request) -> tuple[Service, Doors]:
    return request.app.state.service, request.app.state.doors


def _roles(names: list[str]) -> frozenset[Role]:
    found: set[Role] = set()
    if "obligor" in names:
        found.add(Role.OBLIGOR)
    if "supplier" in names:
        found.add(Role.SUPPLIER)
    if "funder" in names:
        found |= {Role.REVIEWER, Role.APPROVER, Role.FINANCE}
    if "registrar" in names:
        found.add(Role.OPERATOR)
    return frozenset(found)


def _message(service: Service, host: str, address: str, now: datetime) -> str:
    ends = now + CHALLENGE_LIFE
    return (
        f"{host} wants you to sign in with your Ethereum account:\n{address}\n\n"
        f"Sign in to Counterfoil. This moves nothing and costs nothing.\n\n"
        f"URI: http://{host}/\nVersion: 1\nChain ID: {service.settings.chain_id}\n"
        f"Nonce: {secrets.token_hex(8)}\nIssued At: {now:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Expiration Time: {ends:%Y-%m-%dT%H:%M:%SZ}"
    )
