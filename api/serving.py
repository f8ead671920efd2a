"""A registry's process that stays: the API, or the loops alone."""

import gc
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import uvicorn

from api.app import create_app
from api.loops import Loops
from api.metrics import Metrics
from api.monitor import Monitor
from api.protocol import BoundedHead
from api.service import Service
from api.terminal import out
from registry.kit.collecting import uncollected
from registry.kit.errors import Conflict

GRACE_S = 10  # for requests under way


class CannotListen(Conflict):
    code = "cannot_listen"
    title = "The server cannot listen there"


def run_server(opened: Service, data: Path, *, host: str | None, port: int | None, is_working: bool) -> None:
    """Answer requests until told to stop; what is not given is as the settings say."""
    listen = host or opened.settings.host
    with uncollected():
        app = create_app(opened, is_working=is_working, hosts=[listen, *opened.settings.public_names])
    config = uvicorn.Config(
        app,
        host=listen,
        port=opened.settings.port if port is None else port,
        log_config=None,
        access_log=False,
        http=BoundedHead,
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
    )
    # What stands by now stays: to look through it again and again for garbage would hold up requests.
    gc.collect()
    gc.freeze()
    sockets = [shared_socket(config)] if opened.settings.share_port else None
    with _watched(opened, app.state.metrics):
        _Announcing(config, data, opened.node.url).run(sockets)


def shared_socket(config: uvicorn.Config) -> socket.socket:
    """A socket on a port that others of the same user may listen on too (SO_REUSEPORT): the kernel spreads connections
    among all that do. Raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # asyncio turns Nagle's algorithm off only where the protocol is named: each answer would wait 40 ms.
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            made.bind(address)
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise CannotListen(
            f"{config.host}, port {config.port}: {error.strerror}. Whoever has it must be this user's too, and share it."
        ) from None
    return made


def run_work(opened: Service) -> None:
    """Relay, mirror, imports and rechecks until an exception says to stop."""
    loops = Loops(opened)
    with _watched(opened, Metrics(opened)), closing(loops):
        loops.start()
        out.print(f"[bold]Counterfoil[/] works: {', '.join(loops.names)}; chain at {opened.node.url}")
        out.print("Stop with Ctrl-C.")
        Event().wait()


@contextmanager
def _watched(opened: Service, metrics: Metrics) -> Iterator[None]:
    """With a port for metrics, where one is set."""
    if (port := opened.settings.metrics_port) is None:
        yield
        return
    with closing(Monitor(opened, metrics, port)) as monitor:
        out.print(f"  metrics         {monitor.url}/metrics")
        yield


class _Announcing(uvicorn.Server):
    """Says where it listens once it does: the port may have been any free one."""

    def __init__(self, config: uvicorn.Config, data: Path, rpc: str) -> None:
        super().__init__(config)
        self._data = data
        self._rpc = rpc

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        address = self.servers[0].sockets[0].getsockname()
        out.print(f"[bold]Counterfoil[/] listens on http://{address[0]}:{address[1]}")
        out.print(f"  description     http://{address[0]}:{address[1]}/openapi.json")
        out.print(f"  chain (RPC)     {self._rpc}")
        out.print(f"  bearer token    in {self._data}/api.token")
        out.print("Stop with Ctrl-C.")
