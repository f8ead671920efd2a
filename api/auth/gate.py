"""What every request passes before anything of it is read: its host, its token, its size."""

from collections.abc import Awaitable, Callable, Collection

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.door import bearer_token, cookie_token
from api.problems import MEDIA_TYPE, problem
from api.request_names import GUARDED, is_below
from registry.access import signatures
from registry.access.actor import Actor
from registry.access.errors import SignatureMalformed, Unauthenticated
from registry.access.signatures import Asked, Signed
from registry.invoices.errors import TooLarge
from registry.kit.errors import Refusal

MAX_BODY_BYTES = 8 * 2**20
SIGN_IN = "/v1/sign-in"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class UnknownHost(Refusal):
    """The Host header names another server: a page elsewhere may have had its name point here (DNS
    rebinding)."""

    code = "unknown_host"
    title = "This server does not answer under that name"
    status = 421


class Gate:
    """Refuse what comes under another name, without a good token, or with too long a body, as problem details.

    ``hosts`` are the names to answer under, without port. Everything below ``/v1`` but sign-in needs
    ``Authorization: Bearer <token>`` or is signed (RFC 9421), and takes no cookie; pages take the cookie and no
    header, and say themselves what they show to nobody. Whose the token or the signature is stands in the request's
    state as ``actor``, the token beside it. A body is taken in whole before the application sees it, so that no
    endpoint reads more than ``max_body_bytes``.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        actor: Callable[[str], Awaitable[Actor | None]],
        signer: Callable[[Signed], Actor],
        hosts: Collection[str],
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.app = app
        self._actor = actor
        self._signer = signer
        self._hosts = frozenset(host.lower() for host in hosts)
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._require_host(headers)
            signed = await self._let_in(scope, headers)
            passed = await self._body(headers, receive, signed)
        except Refusal as refusal:
            await _answer(refusal)(scope, receive, send)
            return
        await self.app(scope, passed, send)

    def _require_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if name not in self._hosts:
            raise UnknownHost("Use the name or address this server is set up with.")

    async def _let_in(self, scope: Scope, headers: Headers) -> Signed | None:
        is_guarded = is_below(scope["path"], GUARDED)
        if is_guarded and (asked := _asked(scope, headers)).is_signed:
            return await self._let_signer_in(scope, asked)
        token = bearer_token(headers) if is_guarded else cookie_token(headers)
        actor = await self._actor(token) if token else None
        if actor is None and is_guarded and not is_below(scope["path"], SIGN_IN):
            raise Unauthenticated(
                "Send the header `Authorization: Bearer <token>` with the token of a sign-in, an API key, or "
                "this registry's own token; or sign the request."
            )
        scope.setdefault("state", {}).update(actor=actor, token=token)
        return None

    async def _let_signer_in(self, scope: Scope, asked: Asked) -> Signed:
        if asked.values("authorization"):
            raise SignatureMalformed("Send a token or sign, not both.")
        signed = signatures.read(asked)
        actor = await anyio.to_thread.run_sync(self._signer, signed)
        scope.setdefault("state", {}).update(actor=actor, token="")
        return signed

    async def _body(self, headers: Headers, receive: Receive, signed: Signed | None) -> Receive:
        """The request's messages, read up to the limit; a longer one is refused by what it announces or
        sends, another than was signed by its digest."""
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > self._max_body_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        size, is_more = 0, True
        while is_more:
            message = await receive()
            if message["type"] != "http.request":  # the client has gone
                return _replaying(b"".join(parts), receive, is_cut=True)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body_bytes:
                raise self._too_large()
            is_more = message.get("more_body", False)
        body = b"".join(parts)
        if signed is not None:
            signed.require_body(body)
        return _replaying(body, receive)

    def _too_large(self) -> TooLarge:
        limit = self._max_body_bytes
        return TooLarge(f"A request's body has at most {limit} bytes.", max_bytes=limit)


def _asked(scope: Scope, headers: Headers) -> Asked:
    """The request as its sender wrote it, before anything is decoded."""
    return Asked(
        method=scope["method"],
        scheme=scope["scheme"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(headers.items()),
    )


def _replaying(body: bytes, receive: Receive, *, is_cut: bool = False) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": is_cut}]
    if is_cut:
        waiting.append({"type": "http.disconnect"})

    async def replay() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replay


def _answer(refusal: Refusal) -> JSONResponse:
    headers = {"WWW-Authenticate": 'Bearer realm="counterfoil"'} if refusal.status == 401 else {}
    if (wait := refusal.fields.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(wait)
    return JSONResponse(problem(refusal), refusal.status, headers, media_type=MEDIA_TYPE)
