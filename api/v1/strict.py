"""Bodies read by orjson: strict about numbers and Unicode, and about depth."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute


class StrictRequest(Request):
    """A request whose JSON may be nested at most 1024 deep.

    The standard library goes as deep as the recursion limit lets it, which the EVM's libraries raise beyond
    what a thread's stack holds: 80,000 brackets would end the process.
    """

    async def json(self) -> Any:
        return orjson.loads(await self.body())


class StrictRoute(APIRoute):
    """Every operation of version 1 is one of these."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly
