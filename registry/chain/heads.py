"""A node's word that there is a new block. It only wakes whoever reads: what is read is asked for and checked as ever,
so that a subscription which lies, floods or dies costs time and nothing else."""

import logging
from collections.abc import Callable
from threading import Event

import orjson
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

log = logging.getLogger(__name__)

OPEN_S, CLOSE_S, ALIVE_S = 5.0, 1.0, 20.0
LOOK_S = 0.5  # how often it is looked whether to stop
GAP_S = 0.005  # between two wakings at least
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 30.0
MAX_BYTES = 2**20  # a header with room to spare
_SUBSCRIBE = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]})
_FAULTS = (OSError, WebSocketException, ValueError)


class Heads:
    """``eth_subscribe`` to ``newHeads`` over a node's WebSocket; ``wake`` is called for each.

    ``is_listening`` says whether a subscription stands at present.
    """

    def __init__(self, url: str, wake: Callable[[], object]) -> None:
        self._url, self._wake = url, wake
        self.is_listening = False

    def loop(self, stop: Event) -> None:
        """Subscribe, and again whenever that ends, after a pause that doubles up to half a minute, until ``stop`` is
        set. A connection that does not answer a ping within ALIVE_S has ended."""
        pause = FIRST_PAUSE_S
        while not stop.is_set():
            try:
                self._listen(stop)
            except _FAULTS as fault:
                if self.is_listening:
                    pause = FIRST_PAUSE_S
                log.warning(
                    "no word of new blocks from the node (%s); it is polled, and asked again in %g s",
                    type(fault).__name__,
                    pause,
                )
            finally:
                self.is_listening = False
            if not stop.is_set():
                self._wake()  # of what came meanwhile nobody told
                stop.wait(pause)
                pause = min(2 * pause, LAST_PAUSE_S)

    def _listen(self, stop: Event) -> None:
        with connect(
            self._url,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            ping_interval=ALIVE_S,
            ping_timeout=ALIVE_S,
            max_size=MAX_BYTES,
            proxy=None,
        ) as socket:
            socket.send(_SUBSCRIBE.decode())
            _require_subscribed(socket)
            log.info("the node tells of new blocks")
            self.is_listening = True
            self._wake()
            while not stop.is_set():
                try:
                    socket.recv(timeout=LOOK_S)
                except TimeoutError:
                    continue
                self._wake()
                stop.wait(GAP_S)


def _require_subscribed(socket: ClientConnection) -> None:
    """Raises ValueError where the node answers anything but a subscription's id, TimeoutError where nothing."""
    match orjson.loads(socket.recv(timeout=OPEN_S)):
        case {"result": str()}:
            return
    raise ValueError("the node takes no subscription")
