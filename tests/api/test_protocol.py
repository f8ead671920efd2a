"""A request's head has a bound, its body the application's own."""

import asyncio
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.protocol import MAX_HEAD_BYTES, BoundedHead
from tests.builders.loops import in_a_loop

PART = 16 * 1024
PATIENCE_S = 10.0


async def size_of_body(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)} bytes of body")(scope, receive, send)


async def answers(parts: Iterator[bytes]) -> str:
    """What a server says to these bytes, one write after the other."""
    config = uvicorn.Config(size_of_body, http=BoundedHead, ws="none", log_config=None)
    config.load()
    state = ServerState()

    def protocol() -> BoundedHead:
        return BoundedHead(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for part in parts:
            writer.write(part)
            await writer.drain()
        said = await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
    return said.decode()


def head(size: int) -> Iterator[bytes]:
    """What a head begins with, in parts; its end is wanting."""
    yield b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Long: "
    for _ in range(size // PART):
        yield b"a" * PART


def request(head_bytes: int, body_bytes: int) -> Iterator[bytes]:
    yield from head(head_bytes)
    yield b"\r\nContent-Length: %d\r\n\r\n" % body_bytes + b"b" * body_bytes


@pytest.mark.parametrize("head_bytes", [0, MAX_HEAD_BYTES // 2])
@pytest.mark.parametrize("body_bytes", [0, 4 * MAX_HEAD_BYTES])
def test_a_head_within_the_bound_is_taken_whatever_the_body(head_bytes: int, body_bytes: int) -> None:
    said = in_a_loop(lambda: answers(request(head_bytes, body_bytes)))
    assert said.startswith("HTTP/1.1 200")
    assert said.endswith(f"{body_bytes} bytes of body")


def test_a_head_that_does_not_end_is_refused() -> None:
    said = in_a_loop(lambda: answers(head(MAX_HEAD_BYTES)))
    assert said.startswith("HTTP/1.1 400")
    assert said.endswith("headers are too long.")
