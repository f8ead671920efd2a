"""A registry's process that stays: the API, or the loops alone."""

import gc
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

GRACE_S = 10  # for requests under way


def run_server(opened: Service, data: Path, *, host: str | None, port: int | None, is_working: bool) -> None:
    """Answer requests until told to stop; what is not given is as the settings say."""
    listen = host or opened.settings.host
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
    with _watched(opened, app.state.metrics):
        _Announcing(config, data, opened.node.url).run()


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

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if not self.started:
            return
        address = self.servers[0].sockets[0].getsockname()
        out.print(f"[bold]Counterfoil[/] listens on http://{address[0]}:{address[1]}")
        out.print(f"  description     http://{address[0]}:{address[1]}/openapi.json")
        out.print(f"  chain (RPC)     {self._rpc}")
        out.print(f"  bearer token    in {self._data}/api.token")
        out.print("Stop with Ctrl-C.")
