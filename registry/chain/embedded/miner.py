"""The thread that seals blocks: soon after a transaction comes, never far ahead of the clock."""

import logging
from datetime import datetime
from threading import Event, Thread

from registry.chain.embedded.chain import EmbeddedChain
from registry.kit.clock import Deadline

log = logging.getLogger(__name__)

MAX_LEAD_S = 2
# Waiting for the clock ends here even where the clock was set back by hours.
MAX_WAIT_S = 10.0
_LOOK_S = 0.02
_LOOKS_AT_A_STILL_CLOCK = 3


class Miner:
    """Acts that arrive within ``batching_s`` share a block.

    Each block's time is at least a second after its parent's, so a burst of many small blocks would run
    ahead of the clock. Where the latest block is more than ``MAX_LEAD_S`` ahead, sealing waits, and what
    arrives meanwhile shares the next block.
    """

    def __init__(self, chain: EmbeddedChain, *, batching_s: float) -> None:
        self._chain = chain
        self._batching_s = batching_s
        self._stood_still_at: datetime | None = None
        self._called = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="chain-miner", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """Say that a transaction has come."""
        self._called.set()

    def stop(self) -> None:
        """End the thread after the block being sealed; waits at most half a minute."""
        self._stopping.set()
        self._called.set()
        self._thread.join(timeout=30)

    def wait_for_clock(self) -> None:
        """Return when the latest block is at most ``MAX_LEAD_S`` ahead of the clock, the clock stands still
        (as tests set it), ten seconds have passed, or the miner is stopping."""
        deadline = Deadline(MAX_WAIT_S)
        last, looks = self._chain.clock.now(), 0
        while self._chain.lead_seconds() > MAX_LEAD_S and not deadline.has_passed:
            if last == self._stood_still_at or self._stopping.wait(_LOOK_S):
                return
            now = self._chain.clock.now()
            looks = looks + 1 if now == last else 0
            if looks >= _LOOKS_AT_A_STILL_CLOCK:
                self._stood_still_at = now
            last = now

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._called.wait(timeout=1)
            if self._stopping.wait(self._batching_s if self._called.is_set() else 0):
                return
            self._called.clear()
            try:
                self._seal_all()
            except Exception:
                # The offending transaction left the pool, or the disk is full: try again with the next call.
                log.exception("a block could not be sealed")

    def _seal_all(self) -> None:
        while self._chain.has_work() and not self._stopping.is_set():
            self.wait_for_clock()
            if not self._stopping.is_set():
                self._chain.mine()
