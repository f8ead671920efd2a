"""The one way through which every operation of version 1 is reached.

Before a body is read: the role, the record in the address and how final it must be; then bodies by orjson, strict about
numbers and Unicode, and about depth. After it: entity tags, and answers kept for a caller that asks again.
"""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from inspect import iscoroutinefunction, unwrap
from typing import Any, TypeVar

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.auditing import SAFE, code_of, refuse
from api.auth.door import require_own_party, require_role
from api.turns import attended
from api.v1.finality import as_final, require_finality
from api.v1.tags import if_match, names_another, require_reach, with_tag
from api.v1.writes import BadWriteOption, Write, is_dry
from registry.kit.errors import Refusal


def _is_trial(request: Request) -> bool:
    try:
        return is_dry(request)
    except BadWriteOption:
        return False


def area(tag: str, prefix: str = "") -> APIRouter:
    """Where an area's operations are put down, under their whole address: routers within routers are each searched
    twice for every request."""
    return APIRouter(
        prefix=f"/v1{prefix}",
        tags=[tag],
        route_class=StrictRoute,
        generate_unique_id_function=operation_id,
    )


def operation_id(route: APIRoute) -> str:
    return route.name


class StrictRequest(Request):
    """A request whose JSON may be nested at most 1024 deep.

    The standard library goes as deep as the recursion limit lets it, which the EVM's libraries raise beyond
    what a thread's stack holds: 80,000 brackets would end the process.
    """

    async def json(self) -> Any:
        return orjson.loads(await self.body())


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class StrictRoute(APIRoute):
    """Every operation of version 1 is one of these. Each takes one turn in a thread, where one is enough: for every turn
    the loop and the threads wait for one another."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        whole = endpoint if iscoroutinefunction(endpoint) else _in_one_turn(endpoint)
        super().__init__(path, whole, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        name = self.name
        shown = unwrap(self.endpoint) if (self.methods or set()) <= set(SAFE) else None  # it looks by itself

        def admit(request: Request) -> None:
            require_role(request, name)
            require_own_party(request)
            resource = require_reach(request, shown)
            require_finality(request, resource)
            if request.method not in SAFE:
                if_match(request, resource)

        async def admitted(request: Request) -> None:
            if names_another(request, shown):
                await anyio.to_thread.run_sync(admit, request)
            else:
                admit(request)

        async def strictly(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            if request.method in SAFE:
                await admitted(request)
                return with_tag(request, as_final(request, await handle(request)))
            try:
                await admitted(request)
                return await Write(request, name).answered(handle)
            except (Refusal, RequestValidationError) as error:
                if (code := code_of(error)) is not None and not _is_trial(request):
                    await anyio.to_thread.run_sync(refuse, request, name, code)
                raise

        return strictly


def prompt_if(is_prompt: Callable[..., bool]) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint that reads by ``Database.ask`` alone, and takes no time to speak of for what it is asked: where
    the database lets it, the loop itself attends to it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.is_prompt = is_prompt  # type: ignore[attr-defined]
        return endpoint

    return mark


prompt = prompt_if(lambda **_: True)


def _in_one_turn(endpoint: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The same endpoint for FastAPI, which would take a second turn to check what a plain function gave."""
    is_prompt = getattr(endpoint, "is_prompt", lambda **_: False)

    @wraps(endpoint)
    async def answered(**values: Any) -> Any:
        work = partial(endpoint, **values)
        if is_prompt(**values):
            return await attended(values["context"].database, work)
        return await anyio.to_thread.run_sync(work)

    return answered
