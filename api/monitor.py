"""A port of its own on loopback for those who watch a process: metrics, and whether it is up and ready.

It works alike for processes that serve the API and for those that only work, and needs no token: nobody from outside
reaches it, and what it says are numbers.
"""

import logging
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import orjson
from prometheus_client import make_wsgi_app

from api.health import UP, readiness
from api.metrics import Metrics
from api.problems import MEDIA_TYPE, problem
from api.service import Service
from api.views import View
from registry.kit.errors import Refusal, Unavailable

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_OWN_HOSTS = (HOST, "localhost")
_IDLE_S = 10


class PortTaken(Unavailable):
    code = "port_taken"
    title = "A port cannot be listened on"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = _IDLE_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        log.debug(format, *args)


class Monitor:
    """Answers on the port, any free one for 0, until closed. Raises PortTaken."""

    def __init__(self, service: Service, metrics: Metrics, port: int) -> None:
        self._service = service
        self._metrics = make_wsgi_app(metrics.registry)
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as error:
            raise PortTaken(f"Port {port} of {HOST}: {error.strerror}. Set another metrics_port.") from error
        self._server.set_app(self._answer)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), name="monitor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        # A page may have had its own name point here (DNS rebinding).
        if environ.get("HTTP_HOST", "").partition(":")[0] not in _OWN_HOSTS:
            return _said(start, "421 Misdirected Request", {"status": "unknown host"})
        match environ["PATH_INFO"]:
            case "/metrics":
                answer: Iterable[bytes] = self._metrics(environ, start)
                return answer
            case "/healthz":
                return _said(start, "200 OK", UP)
            case "/readyz":
                return self._ready(start)
        return _said(start, "404 Not Found", {"status": "no such address"})

    def _ready(self, start: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return _said(start, "200 OK", readiness(self._service))
        except Refusal as refusal:
            return _said(start, f"{refusal.status} Not Ready", problem(refusal), MEDIA_TYPE)


def _said(
    start: Callable[..., Any], status: str, body: View, media_type: str = "application/json"
) -> Iterable[bytes]:
    content = orjson.dumps(body)
    start(status, [("Content-Type", media_type), ("Content-Length", str(len(content)))])
    return [content]
