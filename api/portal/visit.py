"""What every page has at hand, and the check that lets its visitor in."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.auditing import SAFE, accept, code_of, refuse
from api.auth.access import OPEN_PAGES, PAGES
from api.auth.door import actor_of, require_role
from api.deps import context_of
from api.portal import forms
from api.portal.headers import SECURITY
from api.portal.render import MENU, ROLE_NAMES, environment
from api.portal.words import COOKIE, chosen, translations
from api.service import Service
from registry.access.actor import Actor, Role
from registry.kit.errors import Refusal
from registry.mirror import queries as mirror
from registry.parties import queries as parties
from registry.relay.context import Context
from registry.relay.use_cases import new_acts

LANGUAGE_SECONDS = 365 * 86_400


@dataclass
class Visit:
    """One request of one visitor."""

    request: Request

    @property
    def service(self) -> Service:
        service: Service = self.request.app.state.service
        return service

    @property
    def context(self) -> Context:
        """For use cases: what is read with it is what the visitor may see, what is written is checked
        against all."""
        return context_of(self.request)

    @property
    def visitor(self) -> Actor | None:
        found: Actor | None = getattr(self.request.state, "actor", None)
        return found

    @property
    def actor(self) -> Actor:
        """Who is signed in, on pages that demand it."""
        return actor_of(self.request)

    @property
    def party(self) -> int:
        """The party the visitor acts for; 0 where it acts for none."""
        return self.actor.party

    def is_one_of(self, *roles: Role) -> bool:
        return self.visitor is not None and not self.visitor.roles.isdisjoint(roles)

    @cached_property
    def language(self) -> str:
        asked = self.request
        return chosen(asked.query_params, asked.cookies, asked.headers.get("accept-language", ""))

    def _(self, text: str, **values: object) -> str:
        """The text in the reader's language, with ``%(name)s`` filled in."""
        said = translations(self.language).gettext(text)
        return said % values if values else said

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot that holds what the visitor may see."""
        with self.context.database.read() as session:
            yield session

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page, or a part of one, from a template."""
        text = (
            environment(self.language).get_template(template).render(visit=self, **self._shared(), **values)
        )
        response = HTMLResponse(text, status, headers=SECURITY)
        forms.remember(self.request, response)
        wish = self.request.query_params.get("lang")
        if wish == self.language and self.request.cookies.get(COOKIE) != wish:
            forms.set_cookie(self.request, response, COOKIE, wish, LANGUAGE_SECONDS)
        return response

    def go(self, address: str) -> Response:
        """After a post: look at another page of ours."""
        return RedirectResponse(address, 303)

    def _whose(self) -> str:
        """The visitor as the header names it: its party, and the person where it has a name."""
        with self.service.database.read() as session:
            party = parties.names(session, [self.party]).get(self.party, "")
        person = "" if self.actor.name == self.actor.person else self.actor.name
        return " · ".join(one for one in (party, person) if one) or self.actor.person

    def _shared(self) -> dict[str, Any]:
        visitor = self.visitor
        roles = visitor.roles if visitor else frozenset[Role]()
        return {
            "actor": visitor,
            "roles": roles,
            "whose": self._whose() if visitor else "",
            "role_names": [name for role, name in ROLE_NAMES.items() if role in roles],
            "menu": [(address, text) for address, text, wanted in MENU if not wanted.isdisjoint(roles)],
            "here": self.request.url.path,
            "here_again": self.request.url.path
            + (f"?{self.request.url.query}" if self.request.url.query else ""),
            "theme": self.request.cookies.get("theme", ""),
            "form_token": lambda: forms.form_token(self.request),
            "act_link": act_link,
        }


def party_of(context: Context) -> int:
    """The party on whose behalf is read; 0 for none."""
    viewer = context.database.viewer
    return viewer.party if viewer else 0


def act_link(name: str, about: str, **values: str) -> str:
    """Where an act is looked at and signed."""
    filled = "&".join(f"{key}={quote(value)}" for key, value in values.items())
    return f"/sign/{name}/{about}" + (f"?{filled}" if filled else "")


def visit(request: Request) -> Visit:
    return Visit(request)


VisitDep = Annotated[Visit, Depends(visit)]


class PageRoute(APIRoute):
    """Every page is one of these: who may not open it is turned away before anything of the request is
    read."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        if self.name not in PAGES and self.name not in OPEN_PAGES:
            raise LookupError(f"Say in api.auth.access who may open {self.name}.")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def let_in(request: Request) -> Response:
            if request.method in SAFE:
                require_role(request, self.name)
                return await handle(request)
            request.state.last = partial(_handed_in, request, self.name)
            try:
                require_role(request, self.name)
                answer = await handle(request)
            except (Refusal, RequestValidationError) as error:
                if (code := code_of(error)) is not None:
                    await run_in_threadpool(refuse, request, self.name, code)
                raise
            if 400 <= answer.status_code < 500:  # the page says why
                await run_in_threadpool(refuse, request, self.name, "on_the_page")
            return answer

        return let_in


def _handed_in(request: Request, page: str, session: Session) -> None:
    """Who handed acts in may follow them; and it is entered who did what."""
    actor: Actor | None = request.state.actor
    for act in new_acts(session):
        act.requester = actor.party if actor else 0
    accept(request, page, session)


def page_router() -> APIRouter:
    """A router for pages; they are no part of the API's document."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)


def mirror_block(session: Session) -> int | None:
    """The last block the registry has seen."""
    cursor = mirror.cursor(session)
    return cursor.number if cursor else None
