"""Refusals as RFC 9457 problem details: one table for every endpoint."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from registry.kit.errors import Refusal

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:counterfoil:problem:"


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document of a refusal; its fields stand beside the standard members."""
    return {
        **{name: _plain(value) for name, value in refusal.fields.items()},
        "type": TYPE_PREFIX + refusal.code,
        "code": refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    }


def install(app: FastAPI) -> None:
    """Answer every refusal and every malformed request in the same form."""

    @app.exception_handler(Refusal)
    async def refused(_request: Request, error: Refusal) -> JSONResponse:
        return JSONResponse(problem(error), status_code=error.status, media_type=MEDIA_TYPE)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"pointer": "/" + "/".join(str(part) for part in one["loc"]), "detail": one["msg"]}
            for one in error.errors()
        ]
        body = {
            "type": TYPE_PREFIX + "malformed_request",
            "code": "malformed_request",
            "title": "The request does not have the form this address takes",
            "status": 422,
            "detail": "; ".join(f"{one['pointer']}: {one['detail']}" for one in errors[:5]),
            "errors": errors,
        }
        return JSONResponse(body, status_code=422, media_type=MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        code = {401: "unauthenticated", 404: "no_such_address", 405: "method_not_allowed"}.get(
            error.status_code, "http_error"
        )
        body = {
            "type": TYPE_PREFIX + code,
            "code": code,
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
        }
        return JSONResponse(
            body, status_code=error.status_code, media_type=MEDIA_TYPE, headers=error.headers or None
        )


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value
