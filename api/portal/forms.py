"""Posts: only from our own pages, of this very session.

Three bounds, each enough alone in today's browsers: cookies are SameSite=Strict, the browser says where the
post comes from (Sec-Fetch-Site, else Origin), and every form holds a token that only this session's pages know.
"""

import hmac
import secrets
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from api.auth.door import COOKIE
from api.portal.words import mark
from registry.kit.errors import BadInput, Refusal

VISITOR_COOKIE = "visitor"
FIELD = "form_token"
MAX_FIELDS = 2000


class ForeignForm(Refusal):
    """A post that does not come from a page of this session (cross-site request forgery)."""

    code = "foreign_form"
    title = mark("This form was not sent from a page of yours")
    status = 403


class FieldMissing(BadInput):
    code = "field_missing"
    title = mark("Something that is needed was not filled in")


class Form:
    """What was posted, already known to come from our own page."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def __getitem__(self, name: str) -> str:
        """A field that must be filled in. Raises FieldMissing."""
        value = self.text(name)
        if not value:
            raise FieldMissing(f"Fill in {name}.", field=name)
        return value

    def text(self, name: str) -> str:
        """A field, empty where it was left out."""
        value = self._data.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def several(self, name: str) -> list[str]:
        return [one for one in self._data.getlist(name) if isinstance(one, str)]

    def files(self, name: str) -> list[UploadFile]:
        """Uploaded files; ``file.file.read()`` gives the bytes, the gate has bounded them."""
        return [one for one in self._data.getlist(name) if isinstance(one, UploadFile) and one.filename]

    def texts(self) -> dict[str, str]:
        """All filled-in fields but the token, for forms whose names are made of records."""
        return {
            name: value.strip()
            for name, value in self._data.items()
            if isinstance(value, str) and value.strip() and name != FIELD
        }


async def own_form(request: Request) -> AsyncIterator[Form]:
    """The posted fields; uploaded files are open until the page has answered. Raises ForeignForm."""
    require_own_site(request)
    data = await request.form(max_fields=MAX_FIELDS)
    given = data.get(FIELD, "")
    visitor = request.cookies.get(VISITOR_COOKIE, "")
    if not (
        isinstance(given, str) and visitor and hmac.compare_digest(given.encode(), _token(request, visitor))
    ):
        await data.close()
        raise _foreign()
    try:
        yield Form(data)
    finally:
        await data.close()


FormDep = Annotated[Form, Depends(own_form)]


def require_own_site(request: Request) -> None:
    """Raises ForeignForm where the browser says that another site sends this, or says nothing."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    is_own = site == "same-origin" if site else urlsplit(origin).netloc == request.headers.get("host")
    if not is_own:
        raise _foreign()


def visitor_of(request: Request) -> str:
    """What tells this browser from others, made on its first visit and set by ``remember``."""
    if not hasattr(request.state, "visitor"):
        request.state.visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(16)
    return str(request.state.visitor)


def form_token(request: Request) -> str:
    """The token of this session's forms; it changes with the session."""
    return _token(request, visitor_of(request)).decode()


def remember(request: Request, response: Response) -> None:
    if VISITOR_COOKIE not in request.cookies:
        set_cookie(request, response, VISITOR_COOKIE, visitor_of(request))


def set_cookie(
    request: Request, response: Response, name: str, value: str, seconds: int | None = None
) -> None:
    """No script reads it, no other site sends it, and none leaves unencrypted where the page did not."""
    is_secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=is_secure)


def _token(request: Request, visitor: str) -> bytes:
    session = request.cookies.get(COOKIE, "")
    return hmac.new(visitor.encode(), b"form:" + session.encode(), sha256).hexdigest().encode()


def _foreign() -> ForeignForm:
    return ForeignForm("Nothing was done. Open the page again, here, and send it once more.")
