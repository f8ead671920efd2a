"""Records named in an address: whether the caller may reach them, and their entity tags (RFC 9110, 8.8.3)."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from fastapi import Request, Response

from api.deps import context_of
from api.v1.fields import plain_id
from api.views import View
from registry.kit.errors import Conflict
from registry.relay.context import Context

# Path parameter → what a GET of that record answers. Filled by the areas, beside the endpoint.
_shows: dict[str, tuple[Callable[[str], str], Callable[[str, Context], View]]] = {}


class Outdated(Conflict):
    """``If-Match`` names another state of the record than it is in (RFC 9110, 13.1.1)."""

    code = "precondition_failed"
    title = "The record has changed since you looked"
    status = 412


def record(parameter: str, normal: Callable[[str], str] = plain_id) -> Callable[[Any], Any]:
    """Mark the endpoint that shows the record a path parameter names; ``normal`` writes its id as tables do."""

    def mark(show: Callable[[str, Context], View]) -> Callable[[str, Context], View]:
        _shows[parameter] = (normal, show)
        return show

    return mark


def require_reach(request: Request, endpoint: Callable[..., Any] | None = None) -> View | None:
    """The record in the address, as its caller may see it, unless the ``endpoint`` is the one that shows it. Raises what
    a GET of it would: a record of others does not exist for them."""
    found = None
    for parameter, (normal, show) in _shows.items():
        if parameter in request.path_params:
            named = normal(request.path_params[parameter])
            if show is not endpoint:
                found = show(named, context_of(request))
    return found


def names_another(request: Request, endpoint: Callable[..., Any] | None) -> bool:
    """Whether the address names a record that the endpoint does not itself show: then it is looked at."""
    return any(
        parameter in request.path_params and show is not endpoint for parameter, (_, show) in _shows.items()
    )


def if_match(request: Request, resource: View | None) -> None:
    """Raises Outdated where the caller saw another state. Without a record in the address there is no tag."""
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    tag = None if resource is None else _tag(orjson.loads(orjson.dumps(resource)))
    if tag not in {one.strip() for one in wanted.split(",")}:
        raise Outdated("Look at it again, then decide.", current=tag)


def with_tag(request: Request, response: Response) -> Response:
    """The response with its tag, or 304 where the caller has it already."""
    is_json = response.headers.get("content-type", "") == "application/json"
    if request.method != "GET" or response.status_code != 200 or not is_json:
        return response
    tag = _tag(orjson.loads(bytes(response.body)))
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response


def _tag(view: Any) -> str:
    return '"' + hashlib.sha256(orjson.dumps(view, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32] + '"'
