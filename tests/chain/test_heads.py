"""A node's word of new blocks, over real sockets: it wakes, and whatever becomes of it ends nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import orjson
import pytest
from websockets.sync.server import ServerConnection, serve

from registry.chain import heads as telling
from registry.chain.heads import Heads
from registry.kit.clock import Deadline

HEAD = orjson.dumps({"method": "eth_subscription", "params": {"result": {"number": "0x1"}}}).decode()
TAKEN = orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": "0xabc"}).decode()


@contextmanager
def node(answer: Callable[[ServerConnection], None], port: int = 0) -> Iterator[int]:
    """A server of WebSockets whose port it gives."""
    with serve(answer, "127.0.0.1", port) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


class Woken:
    """Counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1

    def reaches(self, times: int) -> bool:
        return until(lambda: self.times >= times)


def until(is_so: Callable[[], bool]) -> bool:
    deadline = Deadline(20)
    while not is_so():
        if deadline.has_passed:
            return False
        deadline.pause(0.005)
    return True


@contextmanager
def listening(port: int) -> Iterator[tuple[Heads, Woken]]:
    stop, woken = Event(), Woken()
    heads = Heads(f"ws://127.0.0.1:{port}", woken)
    thread = Thread(target=heads.loop, args=(stop,))
    thread.start()
    try:
        yield heads, woken
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(telling, "LAST_PAUSE_S", 0.05)


def test_each_new_block_wakes() -> None:
    tell, asked = Event(), []

    def answer(socket: ServerConnection) -> None:
        asked.append(orjson.loads(socket.recv()))
        socket.send(TAKEN)
        for _ in range(3):
            tell.wait(20)
            tell.clear()
            socket.send(HEAD)
        socket.recv()  # until it goes

    with node(answer) as port, listening(port) as (heads, woken):
        assert until(lambda: heads.is_listening)
        assert woken.reaches(1)  # at its beginning: blocks may have come before
        for times in (2, 3, 4):
            tell.set()
            assert woken.reaches(times)
        assert woken.times == 4
    assert (asked[0]["method"], asked[0]["params"]) == ("eth_subscribe", ["newHeads"])
    assert not heads.is_listening


def test_a_connection_that_ends_is_made_again_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    connections: list[int] = []

    def answer(socket: ServerConnection) -> None:
        connections.append(1)
        socket.recv()
        socket.send(TAKEN)
        socket.send(HEAD)

    with node(answer) as port, listening(port) as (_, woken):
        assert until(lambda: len(connections) >= 3)
        assert woken.reaches(3)
    assert "no word of new blocks from the node" in caplog.text


def test_a_node_that_is_not_there_is_asked_until_it_is() -> None:
    def answer(socket: ServerConnection) -> None:
        socket.recv()
        socket.send(TAKEN)
        socket.recv()

    with node(answer) as port:
        pass
    with listening(port) as (heads, woken):
        assert woken.reaches(2)  # each failure wakes: of what came meanwhile nobody told
        assert not heads.is_listening
        with node(answer, port):
            assert until(lambda: heads.is_listening)


@pytest.mark.parametrize(
    "said",
    ["no JSON", "[]", '{"id":1,"error":{"code":-32601}}', '{"result":7}', "x" * (telling.MAX_BYTES + 1)],
    ids=["text", "list", "refusal", "number", "flood"],
)
def test_what_is_no_subscription_is_none(said: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    def answer(socket: ServerConnection) -> None:
        socket.recv()
        socket.send(said)
        socket.recv()

    with node(answer) as port, listening(port) as (heads, woken):
        assert woken.reaches(2)
        assert not heads.is_listening
    assert "no word of new blocks" in caplog.text
