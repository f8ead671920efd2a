"""Stands between a registry and its node, and changes answers on their way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import orjson

Change = Callable[[Any], Any]


@contextmanager
def lying_proxy(node_url: str, lies: dict[str, Change]) -> Iterator[str]:
    """The URL of a JSON-RPC proxy on loopback. ``lies``: method → what becomes of each of its results."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = httpx.post(
                node_url, content=body, headers={"Content-Type": "application/json"}, trust_env=False
            )
            said = orjson.dumps(self._changed(orjson.loads(body), orjson.loads(answer.content)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def _changed(self, asked: Any, said: Any) -> Any:
            if isinstance(asked, dict):
                lie = lies.get(asked["method"])
                return (
                    said if lie is None or "result" not in said else {**said, "result": lie(said["result"])}
                )
            by_id = {each["id"]: each for each in said}
            return [self._changed(each, by_id[each["id"]]) for each in asked]

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
