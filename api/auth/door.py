"""Who is at the door, and whether this is for them."""

from functools import partial
from hmac import compare_digest
from typing import Any, Self

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser

from api.auth.access import ALLOWED, OPEN
from api.ids import MalformedId
from api.service import Service, api_token
from api.turns import attended
from registry.access import queries
from registry.access.actor import Actor, Role
from registry.access.errors import Forbidden, Unauthenticated
from registry.access.machines import who_signed
from registry.access.sign_in import TOKEN_PREFIX, Door, secret_hash
from registry.access.signatures import Signed
from registry.access.use_cases import KEY_PREFIX

COOKIE = "counterfoil"
# The installation's own token: whoever can read it can read the database beside it.
INSTALLATION = Actor(0, "installation", "The operator", frozenset({Role.OPERATOR}))


def bearer_token(headers: Headers) -> str:
    """The token of ``Authorization: Bearer`` (RFC 6750), or nothing."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cookie_token(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


class Doorkeeper:
    """Tells who holds a token. One for each application."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._token = api_token(service.folder).encode()

    async def actor(self, token: str) -> Actor | None:
        """None for a token that opens nothing (any more). Compared in constant time, or by its hash."""
        if compare_digest(token.encode(errors="replace"), self._token):
            return INSTALLATION
        if token.startswith(KEY_PREFIX):
            database = self._service.database
            asking = partial(queries.machine, database, secret_hash(token), self._service.context.clock.now())
            return await attended(database, asking)
        if token.startswith(TOKEN_PREFIX):
            return await anyio.to_thread.run_sync(self._signed_in, token)
        return None

    def _signed_in(self, token: str) -> Actor | None:
        now, registrar = self._service.context.clock.now(), self._service.settings.registrar_party
        with self._service.database.read() as session:
            return queries.signed_in(session, secret_hash(token), now, registrar)

    def signer(self, signed: Signed) -> Actor:
        """Whose a signed request is. Raises what ``who_signed`` does."""
        return who_signed(self._service.context, self._service.authorities, signed)

    @classmethod
    def of(cls, request: Request) -> Self:
        """The application's own."""
        found: Self = request.app.state.doorkeeper
        return found

    def door(self, request: Request) -> Door:
        """Where this request's sender signs in. The gate has compared the host's name."""
        return Door(request.headers["host"].lower(), request.url.scheme, b"sign-in/1 " + self._token)


def actor_of(request: Request) -> Actor:
    """Raises Unauthenticated."""
    actor: Actor | None = request.scope["state"].get("actor")
    if actor is None:
        raise Unauthenticated("Sign in, or send the header `Authorization: Bearer <token>`.")
    return actor


def require_role(request: Request, operation: str) -> None:
    """Raises Unauthenticated, Forbidden. An operation that the table does not know is for nobody."""
    if operation in OPEN:
        return
    actor = actor_of(request)
    allowed = ALLOWED.get(operation, frozenset())
    if not actor.roles & allowed:
        raise Forbidden(
            f"This is for {_listed(allowed)}; you are {_listed(actor.roles)}.",
            needed=sorted(allowed),
            yours=sorted(actor.roles),
        )


def require_own_party(request: Request) -> None:
    """What stands below a party's address is that party's to do, and the operator's to bring. Raises
    Forbidden, MalformedId."""
    parameters: dict[str, Any] = request.path_params
    below = request.scope["route"].path.partition("/parties/{number}")[2]
    if below:
        try:
            number = int(parameters["number"])
        except ValueError:
            raise MalformedId("A party's number is written in digits.") from None
        require_acting_for(actor_of(request), number)


def require_acting_for(actor: Actor, party: int) -> None:
    """Raises Forbidden unless the actor belongs to that party or is the operator."""
    if not actor.is_operator and actor.party != party:
        raise Forbidden(f"You act for party {actor.party}, not for party {party}.", party=party)


def _listed(roles: frozenset[Role]) -> str:
    return ", ".join(sorted(roles)) or "nobody"
