"""What the process writes of itself on standard error: text for a person at a terminal, or one JSON object a line.

A line names what a program can follow (request, act, transaction) and nothing of what records hold: no header, body,
query or address; of an exception its kind and place but not its words, which may quote a value; of a URL its host.
"""

import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_bytes
from types import TracebackType
from typing import Any

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request_names import method_of, route_of
from api.settings import Format
from registry.kit.clock import Stopwatch
from registry.kit.identifiers import new_id

REQUEST_ID = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#@'\"]*@)?([^\s/?#'\",;)]*)[^\s'\",;)]*")
_ACTS = "/v1/acts/"
# How records name what a line is about, and how the line does.
_ABOUT = ("act", "transaction", "method", "route", "status", "ms")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
log = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def set_up(kind: Format) -> None:
    """From here on the process writes so: warnings as text; as JSON also each request, and each act's way."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if kind == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("api", "registry"):
        logging.getLogger(name).setLevel(logging.INFO if kind == "json" else logging.WARNING)


class Lines(logging.Formatter):
    """``time LEVEL logger: message``, an exception's places below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the base class names it so
        return "\n".join(f"  {place}" for place in places(ei[1]))


class JsonLines(logging.Formatter):
    """time (RFC 3339, UTC), level, logger, message; request, act, transaction and the like where there are such; error
    and where of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if (asked := request_id.get()) is not None:
            line["request"] = asked
        line |= {name: found for name in _ABOUT if (found := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            kind, *where = places(record.exc_info[1])
            line |= {"error": kind, "where": where}
        return orjson.dumps(line).decode()


def places(error: BaseException | None) -> list[str]:
    """An exception's kind, then where it was raised, innermost last; not what it says."""
    if error is None:
        return []
    frames = traceback.extract_tb(error.__traceback__)
    kind = type(error)
    return [f"{kind.__module__}.{kind.__qualname__}"] + [
        f"{one.filename}:{one.lineno} {one.name}" for one in frames
    ]


def without_secrets(text: str) -> str:
    """URLs reduced to scheme and host: a node's may hold its key in its path, a database's a password."""
    return _URL.sub(r"\1\2", text)


class Logged:
    """Gives each request an id, or takes the client's, answers it in the same header, and writes one line for each: its
    method, route, status, milliseconds, and the act it handed in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        name = given if _GIVEN.fullmatch(given) else new_id("req", token_bytes)
        token, watch = request_id.set(name), Stopwatch()
        about: dict[str, object] = {"status": 500}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = name
                about["status"] = message["status"]
                if (place := headers.get("location", "")).startswith(_ACTS):
                    about["act"] = place.removeprefix(_ACTS)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            about |= {"method": method_of(scope), "route": route_of(scope), "ms": round(1000 * watch.seconds)}
            log.info("request answered", extra=about)
            request_id.reset(token)
