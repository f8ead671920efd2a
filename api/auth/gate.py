"""What every request passes before anything of it is read: its host, its token, its size."""

from collections.abc import Collection
from hmac import compare_digest

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MEDIA_TYPE, problem
from registry.invoices.errors import TooLarge
from registry.kit.errors import Refusal

MAX_BODY_BYTES = 8 * 2**20
GUARDED = "/v1"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class Unauthenticated(Refusal):
    """No token or another one than this installation's (RFC 6750)."""

    code = "unauthenticated"
    title = "The request carries no valid token"
    status = 401


class UnknownHost(Refusal):
    """The Host header names another server: a page elsewhere may have had its name point here (DNS
    rebinding)."""

    code = "unknown_host"
    title = "This server does not answer under that name"
    status = 421


class Gate:
    """Refuse what comes under another name, without the token, or with too long a body, as problem details.

    ``hosts`` are the names to answer under, without port. Everything below ``/v1`` needs
    ``Authorization: Bearer <token>``; tokens are compared in constant time. A body is taken in whole before
    the application sees it, so that no endpoint reads more than ``max_body_bytes``.
    """

    def __init__(
        self, app: ASGIApp, *, token: str, hosts: Collection[str], max_body_bytes: int = MAX_BODY_BYTES
    ) -> None:
        self.app = app
        self._token = token.encode()
        self._hosts = frozenset(host.lower() for host in hosts)
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._require_host(headers)
            if _is_guarded(scope["path"]):
                self._require_token(headers)
            passed = await self._body(headers, receive)
        except Refusal as refusal:
            await _answer(refusal)(scope, receive, send)
            return
        await self.app(scope, passed, send)

    def _require_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if name not in self._hosts:
            raise UnknownHost("Use the name or address this server is set up with.")

    def _require_token(self, headers: Headers) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        is_known = compare_digest(token.strip().encode(errors="replace"), self._token)
        if scheme.lower() != "bearer" or not is_known:
            raise Unauthenticated(
                "Send the header `Authorization: Bearer <token>` with this registry's token."
            )

    async def _body(self, headers: Headers, receive: Receive) -> Receive:
        """The request's messages, read up to the limit; a longer one is refused by what it announces or
        sends."""
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
        return _replaying(b"".join(parts), receive)

    def _too_large(self) -> TooLarge:
        limit = self._max_body_bytes
        return TooLarge(f"A request's body has at most {limit} bytes.", max_bytes=limit)


def _is_guarded(path: str) -> bool:
    return path == GUARDED or path.startswith(GUARDED + "/")


def _replaying(body: bytes, receive: Receive, *, is_cut: bool = False) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": is_cut}]
    if is_cut:
        waiting.append({"type": "http.disconnect"})

    async def replay() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replay


def _answer(refusal: Refusal) -> JSONResponse:
    headers = {"WWW-Authenticate": 'Bearer realm="counterfoil"'} if refusal.status == 401 else None
    return JSONResponse(problem(refusal), refusal.status, headers, media_type=MEDIA_TYPE)
