"""What endpoints ask for: the open service, its context, and the way a write answers."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from inspect import signature
from threading import BoundedSemaphore
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response

import api.auth.sights  # noqa: F401 - of what is not loaded, nothing would be seen
from api import views
from api.auth.door import actor_of
from api.service import Service
from api.views import View
from registry.access.actor import Actor
from registry.mirror.worker import settle_act
from registry.relay import queries
from registry.relay.context import Context
from registry.relay.errors import ActUnfinished
from registry.relay.model import Act
from registry.storage.sight import Viewer

Made = TypeVar("Made")
MAX_WAIT_SECONDS = 30
# A waiting request holds one of the server's 40 threads; the others must stay free for those who only ask.
MAX_WAITING = 16
_WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?([0-9]{1,6})"?\s*(?:$|[,;])', re.IGNORECASE)
_waiting = BoundedSemaphore(MAX_WAITING)


def open_service(request: Request) -> Service:
    """The service the application was made with."""
    service: Service = request.app.state.service
    return service


# What only looks at the request is asked within the loop: a turn in a thread costs more than it.


def in_loop(make: Callable[..., Made]) -> Callable[..., Coroutine[Any, Any, Made]]:
    """A class or function to depend on, as one that FastAPI does not call in a thread."""

    async def made(**values: Any) -> Made:
        return make(**values)

    made.__signature__ = signature(make)  # type: ignore[attr-defined]
    return made


async def _service(request: Request) -> Service:
    return open_service(request)


async def _context(request: Request) -> Context:
    return context_of(request)


async def _whole_context(request: Request) -> Context:
    return whole_context(request)


async def _actor(request: Request) -> Actor:
    return actor_of(request)


ServiceDep = Annotated[Service, Depends(_service)]


def context_of(request: Request) -> Context:
    """The registry as the caller sees it: what is read shows only the rows it may see; what use cases write
    they check against all. They commit by themselves; nothing is committed after an endpoint's end."""
    return _narrowed(request, actor_of(request).viewer)


def whole_context(request: Request) -> Context:
    """For those who have not signed in and whose right rests on what they know: nothing is hidden from the
    use case, which shows no more than what was asked for."""
    return _narrowed(request, None)


def _narrowed(request: Request, viewer: Viewer | None) -> Context:
    whole = open_service(request).context
    last = getattr(request.state, "last", None)
    return replace(whole, database=whole.database.on_behalf(viewer, last))


ContextDep = Annotated[Context, Depends(_context)]
WholeContextDep = Annotated[Context, Depends(_whole_context)]
ActorDep = Annotated[Actor, Depends(_actor)]


class Writing:
    """How a write answers: 202 with the act at once, or, asked to wait for it, with what became of it.

    ``Prefer: wait=N`` (RFC 7240) makes it wait up to N seconds, 30 at most: 200 with the act once the mirror
    saw it included, the ledger's refusal as a problem, or 202 if it is still on its way. Where too many wait
    already the wish is passed over, as the RFC allows, and ``Preference-Applied`` is missing.
    """

    def __init__(
        self,
        service: ServiceDep,
        response: Response,
        prefer: Annotated[
            list[str] | None,
            Header(description="`wait=N`: answer when the act is done, or after N seconds (30 at most)."),
        ] = None,
    ) -> None:
        self._service = service
        self._response = response
        self._seconds = wait_seconds(",".join(prefer or []))

    def __call__(self, act: Act) -> View:
        self._service.worker.wake()
        self._response.status_code = 202
        self._response.headers["Location"] = f"/v1/acts/{act.id}"
        if self._seconds and _waiting.acquire(blocking=False):
            try:
                act = settle_act(self._service.worker, act.id, self._seconds)
                self._response.status_code = 200
            except ActUnfinished:
                with self._service.database.read() as session:
                    act = queries.act(session, act.id)
            finally:
                _waiting.release()
            self._response.headers["Preference-Applied"] = f"wait={self._seconds}"
        return views.act(act)


WritingDep = Annotated[Writing, Depends(in_loop(Writing))]


def wait_seconds(prefer: str) -> int:
    """Seconds a ``Prefer`` header asks to wait; 0 where it does not or is malformed, which is to be
    ignored."""
    found = _WAIT.search(prefer)
    return min(int(found.group(1)), MAX_WAIT_SECONDS) if found else 0
