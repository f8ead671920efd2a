"""Refusals as pages: what was refused, why, and what to do; for whoever asks with a browser."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.portal.headers import is_page
from api.portal.visit import Visit
from api.portal.words import mark
from registry.access.errors import Unauthenticated
from registry.kit.errors import Refusal

NOT_FOUND = mark("There is no such page")
NOT_ALLOWED = mark("This address does not take that")
MALFORMED = mark("The request does not have the form this page takes")
FAILED = mark("The server failed; nothing is known to be wrong with the request")
ADVICE = {
    400: mark("Check what you filled in and send it again."),
    401: mark("Sign in with your key; you come back here afterwards."),
    403: mark("Ask whoever may do this, or sign in as somebody else."),
    404: mark("Search for it by number, or go back to what awaits you."),
    409: mark("Open the record again: it has changed, and what you signed no longer fits."),
    413: mark("Send less at once."),
    422: mark("Check what you filled in and send it again."),
    500: mark("Try again later; if it stays so, tell the operator."),
    503: mark("Try again in a minute; if it stays so, tell the operator."),
}
Handler = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Answer browsers with pages; API clients keep the problem documents that were installed before."""
    for kind in (Refusal, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _either(app.exception_handlers[kind]))


def _either(problem: Any) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        is_browser = "text/html" in request.headers.get("accept", "")
        if not is_browser or not is_page(request.url.path):
            return await problem(request, error)  # type: ignore[no-any-return]
        if isinstance(error, Unauthenticated) and request.method == "GET":
            if "hx-request" in request.headers:  # a part of a page whose session has ended: the whole goes
                return Response(headers={"HX-Redirect": "/sign-in"})
            return RedirectResponse(f"/sign-in?to={quote(request.url.path)}", 303)
        if not isinstance(error, Refusal | RequestValidationError | HTTPException):
            await problem(request, error)  # it writes the log
        return await run_in_threadpool(refusal_page, request, error)

    return answer


def refusal_page(request: Request, error: Exception) -> Response:
    """The page of a refusal, with its status."""
    title, detail, code, status = _said(error)
    visit = Visit(request)
    advice = ADVICE.get(status, ADVICE[422])
    return visit.page(
        "refused.html", status=status, refusal=title, detail=detail, code=code, advice=advice, number=status
    )


def _said(error: Exception) -> tuple[str, str, str, int]:
    if isinstance(error, Refusal):
        detail = "" if error.detail == error.title else error.detail
        return error.title, detail, error.code, error.status
    if isinstance(error, RequestValidationError):
        fields = ", ".join(str(one["loc"][-1]) for one in error.errors()[:5])
        return MALFORMED, fields, "malformed_request", 422
    if isinstance(error, HTTPException):
        return (NOT_FOUND if error.status_code == 404 else NOT_ALLOWED), "", "no_such_page", error.status_code
    return FAILED, "", "internal_error", 500
