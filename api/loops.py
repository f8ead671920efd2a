"""What a process does by itself while it is up, and how it is told to stop."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from api.service import Service
from registry.chain.heads import Heads
from registry.kit.clock import Deadline
from registry.kit.errors import Refusal

log = logging.getLogger(__name__)

STOP_SECONDS = 15.0
_LOOK_S = 1.0


class Loops:
    """Relay and mirror; imports; webhooks; who asks again about invoices, where there is somebody to ask. Each works
    in one process of all that run it, by its lock on the database; each process hears of new blocks for itself, where
    the node tells of them. Where the chain is embedded, each process besides follows its owner; without ``is_working``
    that is all.
    """

    def __init__(self, service: Service, *, is_working: bool = True) -> None:
        self._service = service
        self._stop = Event()
        loops = [("chain", self._follow_chain)] if service.chain is not None else []
        if is_working:
            seconds = service.settings.poll_seconds
            loops += [
                ("worker", lambda: service.worker.loop(self._stop, seconds)),
                ("importer", lambda: service.importer.loop(self._stop)),
                ("webhooks", lambda: service.courier.loop(self._stop)),
            ]
            if (url := service.settings.heads_url) is not None:
                heads = Heads(url, service.worker.wake)
                loops.append(("heads", lambda: heads.loop(self._stop)))
            if (rechecker := service.rechecker) is not None:
                loops.append(("recheck", lambda: rechecker.loop(self._stop)))
        self._threads = [Thread(target=loop, name=name, daemon=True) for name, loop in loops]

    @property
    def names(self) -> list[str]:
        return [thread.name for thread in self._threads]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let each finish what it is at, within STOP_SECONDS together. Who does not ends with the process: what it has
        not committed was not done, and is done by whoever works next."""
        self._stop.set()
        self._service.worker.wake()
        self._service.importer.wake()
        deadline = Deadline(STOP_SECONDS)
        for thread in self._threads:
            thread.join(deadline.left_s)
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            log.warning("stopped before %s had finished", ", ".join(late))

    def _follow_chain(self) -> None:
        """A process that only answers requests would otherwise go on asking an owner that has gone."""
        while not self._stop.wait(_LOOK_S):
            try:
                self._service.renew()
            except Refusal as refusal:
                log.warning("%s: %s", refusal.code, refusal.detail)


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, and both in order; a second one ends the process at once."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
