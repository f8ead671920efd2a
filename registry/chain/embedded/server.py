"""JSON-RPC over HTTP on loopback, in threads of the process that owns the chain."""

import logging
import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar

import orjson

from registry.chain.embedded.faults import NOT_JSON, ClosingError
from registry.chain.embedded.rpc import Rpc

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 8 * 1024 * 1024
_IDLE_S = 60
_OWN_HOSTS = ("127.0.0.1", "localhost")


class _Handler(BaseHTTPRequestHandler):
    """One connection. Host is checked, since a page may point its own name at 127.0.0.1 (DNS rebinding)."""

    protocol_version = "HTTP/1.1"
    server_version = "counterfoil"
    sys_version = ""
    timeout = _IDLE_S
    # One packet an answer: head and body leave together.
    wbufsize = -1
    disable_nagle_algorithm: ClassVar[bool] = True
    server: "RpcServer"

    def do_POST(self) -> None:
        if not self._is_own_host():
            self._refuse(403, b"this chain answers to 127.0.0.1 and localhost only")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._refuse(411, b"a Content-Length is needed")
            return
        if int(length) > MAX_BODY_BYTES:
            self._refuse(413, b"the request is too large")
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return
        try:
            self._send(200, self._answer(body))
        except ClosingError:
            # No answer is what a client takes for a node that went away, and looks for the next owner.
            self.close_connection = True

    def _answer(self, body: bytes) -> bytes:
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError:
            error = {"code": NOT_JSON, "message": "the body is not JSON"}
            return orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error})
        answer = self.server.rpc.answer(request, is_foreign=self.headers.get("Origin") is not None)
        return b"" if answer is None else orjson.dumps(answer)

    def do_OPTIONS(self) -> None:
        """The preflight of a browser wallet."""
        if self._is_own_host():
            self._send(204, b"", extra=("Access-Control-Allow-Private-Network", "true"))
        else:
            self._refuse(403, b"this chain answers to 127.0.0.1 and localhost only")

    def do_GET(self) -> None:
        self._refuse(405, b"this is a JSON-RPC endpoint: POST to it")

    def _is_own_host(self) -> bool:
        host = self.headers.get("Host", "")
        name, _, port = host.partition(":")
        return name in _OWN_HOSTS and port in ("", str(self.server.server_address[1]))

    def _refuse(self, status: int, sentence: bytes) -> None:
        # What is left of the body is not read, so the connection cannot be used again.
        self.close_connection = True
        self._send(status, sentence, kind="text/plain")

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", extra: tuple[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        # No cookies or passwords are read here, so any page may ask; what it can do Rpc.answer limits.
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "content-type")
        self.send_header("Access-Control-Allow-Methods", "POST")
        if extra is not None:
            self.send_header(*extra)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        log.debug(format, *args)


class RpcServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 at a free port, or ``port``; ``close`` ends its threads and connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = False

    def __init__(self, rpc: Rpc, port: int = 0) -> None:
        self.rpc = rpc
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = Thread(target=self.serve_forever, args=(0.05,), name="chain-rpc", daemon=True)
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no event."""
        log.debug("connection of %s ended", client_address, exc_info=True)

    def close(self) -> None:
        """Stop listening and cut the connections still open."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            waiting = list(self._open)
        for connection in waiting:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
