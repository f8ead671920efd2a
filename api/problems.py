"""Refusals as RFC 9457 problem details: one table for every endpoint."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api import ids
from registry.kit.errors import Refusal

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:counterfoil:problem:"
MALFORMED = ("malformed_request", "The request does not have the form this address takes")
FAILED = ("internal_error", "The server failed; nothing is known to be wrong with the request")

# Fields of refusals that hold a lot's id.
_LOTS = ("lot", "parent")
# What the framework refuses by itself, by status.
_OWN_CODES = {
    400: "unreadable_body",
    404: "no_such_address",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document of a refusal; its fields stand beside the standard members."""
    own = {name: _plain(name, value) for name, value in refusal.fields.items()}
    return own | _document(refusal.code, refusal.title, refusal.status, ids.shown(refusal.detail))


def install(app: FastAPI) -> None:
    """Answer every refusal, every malformed request and every failure in the same form."""

    @app.exception_handler(Refusal)
    async def refused(_request: Request, error: Refusal) -> JSONResponse:
        wait = error.fields.get("retry_after_seconds")
        return _response(problem(error), None if wait is None else {"Retry-After": str(wait)})

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"pointer": _pointer(one["loc"]), "detail": one["msg"]} for one in error.errors()]
        said = "; ".join(f"{one['pointer']}: {one['detail']}" for one in errors[:5])
        return _response({"errors": errors} | _document(*MALFORMED, 422, said))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        code = _OWN_CODES.get(error.status_code, "http_error")
        said = str(error.detail)
        return _response(_document(code, said, error.status_code, said), dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback; the client learns nothing of it.
        log.error("a request failed", exc_info=error)
        return _response(_document(*FAILED, 500, "Try again later; if it stays so, tell the operator."))


def _document(code: str, title: str, status: int, detail: str) -> dict[str, Any]:
    return {"type": TYPE_PREFIX + code, "code": code, "title": title, "status": status, "detail": detail}


def _response(body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=headers)


def _pointer(place: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901). Names come from the client, so that any text may stand in them."""
    parts = [str(part).encode(errors="replace").decode() for part in place]
    return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def _plain(name: str, value: object) -> object:
    if isinstance(value, str):
        return ids.LOT.outside(value) if name in _LOTS and value.startswith("0x") else ids.shown(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value
