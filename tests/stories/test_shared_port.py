"""Several servers on one port: each gets its part, and one that dies is not missed."""

import asyncio
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.serving import CannotListen, shared_socket
from tests.api.test_health_and_metrics import metrics_of
from tests.builders.processes import Server, ending, run

SHARED = {"COUNTERFOIL_SHARE_PORT": "true", "COUNTERFOIL_METRICS_PORT": "0"}
CONNECTIONS = 40  # that all of them reach the same of two happens once in 2^39 times


def healthy(url: str, times: int = CONNECTIONS) -> list[int]:
    """Statuses of that many questions, each over a connection of its own."""
    return [httpx.get(f"{url}/healthz", trust_env=False, timeout=30).status_code for _ in range(times)]


def answered_by(server: Server) -> float:
    named = (("method", "GET"), ("route", "/healthz"), ("status", "200"))
    return metrics_of(server).get(("counterfoil_requests_total", named), 0)


def test_servers_share_a_port_and_its_connections_and_one_goes_on_where_the_other_is_killed(
    live_folder: Path,
) -> None:
    first = Server(live_folder, "--no-work", **SHARED)
    with ending(first):
        second = Server(live_folder, "--no-work", "--port", first.url.rpartition(":")[2], **SHARED)
        with ending(second):
            assert second.url == first.url
            assert healthy(first.url) == [200] * CONNECTIONS
            parts = answered_by(first), answered_by(second)
            assert sum(parts) == CONNECTIONS
            assert min(parts) > 0
            first.kill()
            assert healthy(second.url) == [200] * CONNECTIONS
            assert answered_by(second) == parts[1] + CONNECTIONS


def test_control_without_the_setting_a_port_is_one_servers(live_folder: Path) -> None:
    first = Server(live_folder, "--no-work", **SHARED)
    with ending(first):
        port = first.url.rpartition(":")[2]
        second: subprocess.CompletedProcess[str] = run(
            "serve", "--no-work", "--port", port, "--data", str(live_folder)
        )
        assert second.returncode != 0
        assert "address already in use" in second.stderr


def config_for(port: int, host: str = "127.0.0.1") -> uvicorn.Config:
    return uvicorn.Config(lambda: None, host=host, port=port, log_config=None)


def test_a_port_that_another_keeps_for_itself_cannot_be_shared() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as taken,
        pytest.raises(CannotListen, match="Address already in use"),
    ):
        shared_socket(config_for(taken.getsockname()[1]))
    with pytest.raises(CannotListen, match="not known"):
        shared_socket(config_for(0, host="no-such-host.invalid"))


def is_prompt(listening: socket.socket) -> bool:
    """Whether what is written to a connection it takes goes out at once (TCP_NODELAY), as asyncio sets it."""

    async def asked() -> bool:
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def taken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            found.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        async with await asyncio.start_server(taken, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            try:
                return await asyncio.wait_for(found, 10)
            finally:
                writer.close()

    with ThreadPoolExecutor(1) as pool:  # this thread may have an event loop under way
        return pool.submit(lambda: asyncio.run(asked())).result()


def test_answers_on_a_shared_port_wait_for_no_acknowledgement() -> None:
    assert is_prompt(shared_socket(config_for(0)))


def test_control_on_a_socket_of_the_standard_librarys_making_they_do() -> None:
    assert not is_prompt(socket.create_server(("127.0.0.1", 0), reuse_port=True))
