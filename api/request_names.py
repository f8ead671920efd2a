"""What a request asked for, in the few words that logs and metrics may hold."""

from starlette.types import Scope

GUARDED = "/v1"
NO_ROUTE = "none"  # refused at the door, or there is no such address


def is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def route_of(scope: Scope) -> str:
    """The pattern of the address a request was answered at."""
    route = scope.get("route")
    return NO_ROUTE if route is None else str(route.path)


def method_of(scope: Scope) -> str:
    """A client may send any word as a method."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in known else "other"
