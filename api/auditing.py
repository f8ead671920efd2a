"""Each write that the API, the pages and the command line take or refuse, in the audit log.

What is accepted is entered in the unit of work that does it; what is refused has none, and is entered in one of its own.
What strangers are refused, what is only tried out, or not answered because something is away, is no write.
"""

import logging
import os

from sqlalchemy.orm import Session
from starlette.requests import Request

from api.service import Service
from registry.access.actor import Actor
from registry.audit.log import ACCEPTED, REFUSED, append
from registry.kit.errors import Refusal, Unavailable
from registry.relay.use_cases import new_acts

log = logging.getLogger(__name__)

SAFE = ("GET", "HEAD", "OPTIONS")
NOBODY = "nobody"  # who has not signed in


def accept(request: Request, operation: str, session: Session) -> None:
    """At the end of a unit of work that a request does."""
    _accept(_service(request), session, _who(request), operation, request.url.path)


def refuse(request: Request, operation: str, code: str) -> None:
    """A request that was refused, by the refusal's code; not a stranger's, who could fill the log."""
    if (who := _who(request)) != NOBODY:
        _refuse(_service(request), who, operation, request.url.path, code)


def code_of(error: Exception) -> str | None:
    """What a failed request was refused for; None where it was not refused but could not be done."""
    if isinstance(error, Unavailable):
        return None
    return error.code if isinstance(error, Refusal) else "malformed_request"


def accept_command(service: Service, command: str, session: Session) -> None:
    """At the end of a unit of work that a command does."""
    _accept(service, session, user(), command, "")


def refuse_command(service: Service, command: str, refusal: Refusal) -> None:
    if (code := code_of(refusal)) is not None:
        _refuse(service, user(), command, "", code)


def user() -> str:
    """Whom the operating system runs a command as: its number, which no variable changes."""
    return f"uid {os.getuid()}"


def _accept(service: Service, session: Session, who: str, what: str, place: str) -> None:
    acts = new_acts(session)
    about = ", ".join(one.about for one in acts) or place
    outcome = " ".join([ACCEPTED, *(one.id for one in acts)])
    append(session, service.context.clock.now(), who=who, what=what, about=about, outcome=outcome)


def _refuse(service: Service, who: str, what: str, about: str, code: str) -> None:
    try:
        with service.database.on_behalf().write() as session:
            now = service.context.clock.now()
            append(session, now, who=who, what=what, about=about, outcome=f"{REFUSED} {code}")
    except Refusal as refusal:  # the answer stands all the same
        log.warning("a refused write could not be entered in the audit log: %s", refusal.code)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _who(request: Request) -> str:
    actor: Actor | None = request.scope["state"].get("actor")
    return actor.person if actor else NOBODY
