"""Coming in and leaving: sign-in, a new key, language and colors."""

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.auth.door import COOKIE, Doorkeeper
from api.portal import files
from api.portal.acts import from_hex
from api.portal.forms import FormDep, set_cookie
from api.portal.visit import LANGUAGE_SECONDS, VisitDep, page_router
from api.portal.words import COOKIE as LANGUAGE_COOKIE
from api.portal.words import LANGUAGES
from registry.access.sign_in import SIGN_IN_HOURS, open_challenge, sign_in, sign_out
from registry.chain.wallets import wallet_accepts

router = page_router()


@router.get("/static/{name}")
def static_file(name: Annotated[str, Path(max_length=100)]) -> Response:
    """Named after their content, so that a browser may keep them for good."""
    found = files.named(name)
    if found is None:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": files.FOREVER})


@router.get("/sign-in")
def sign_in_page(visit: VisitDep) -> Response:
    return visit.page("sign_in.html", to=_own_address(visit.request.query_params.get("to", "/")))


@router.post("/sign-in/challenge")
def challenge_post(visit: VisitDep, form: FormDep) -> Response:
    """For the page's script: the message that the key is to sign."""
    made = open_challenge(
        visit.service.context, Doorkeeper.of(visit.request).door(visit.request), form["address"]
    )
    return JSONResponse({"challenge": made.id, "message": made.text})


@router.post("/sign-in")
def sign_in_post(visit: VisitDep, form: FormDep) -> Response:
    """The session is new whatever cookie came along: none can be planted beforehand."""
    service, address = visit.service, form["address"]
    done = sign_in(
        service.context,
        Doorkeeper.of(visit.request).door(visit.request),
        address,
        form["challenge"],
        from_hex(form["signature"]),
        registrar=service.settings.registrar_party,
        wallet_accepts=lambda digest, signature: wallet_accepts(service.node, address, digest, signature),
    )
    response = visit.go(_own_address(form.text("to") or "/"))
    set_cookie(visit.request, response, COOKIE, done.token, SIGN_IN_HOURS * 3600)
    return response


@router.post("/sign-out")
def sign_out_post(visit: VisitDep, form: FormDep) -> Response:
    sign_out(visit.service.context, visit.request.cookies.get(COOKIE, ""))
    response = visit.go("/sign-in")
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/key")
def key_page(visit: VisitDep) -> Response:
    """Makes a key in the page; nothing of it comes here."""
    return visit.page("key.html")


@router.post("/preferences")
def preferences_post(visit: VisitDep, form: FormDep) -> Response:
    """Language and colors, kept in cookies."""
    response = visit.go(_own_address(form.text("to") or "/"))
    if form.text("language") in LANGUAGES:
        set_cookie(visit.request, response, LANGUAGE_COOKIE, form.text("language"), LANGUAGE_SECONDS)
    if form.text("theme") in ("light", "dark"):
        set_cookie(visit.request, response, "theme", form.text("theme"), LANGUAGE_SECONDS)
    return response


def _own_address(to: str) -> str:
    """An address on this site, or the home page: a link must not lead elsewhere after sign-in."""
    is_own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if is_own else "/"
