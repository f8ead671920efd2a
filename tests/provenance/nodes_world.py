"""The same registry on three real nodes that take turns: one makes a block, all have it, the next one is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.kit.clock import FixedClock, unix
from tests.builders.ethereumjs import Network, network
from tests.mirror.three_nodes import START
from tests.provenance.provenance_world import PAYERS, World

# The client asks for a tip, and its genesis block's fee is a wallet's, not a test's.
_FEES = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}


class NodesWorld(World):
    def __init__(self, net: Network, clock: FixedClock) -> None:
        self.net, self.clock, self._turn = net, clock, 0
        self.begin(net.nodes[0].node)

    def queue(self, *what: Any, **more: Any) -> bytes:
        return super().queue(*what, **(_FEES | more))

    def mine(self, blocks: int) -> None:
        assert isinstance(self.clock, FixedClock)
        for _ in range(blocks):
            self.clock.at += timedelta(seconds=1)
            made = self.net.make(self._turn)
            self.net.hand(made.hash, *(place for place in range(len(self.net.nodes)) if place != self._turn))
        self._turn = (self._turn + 1) % len(self.net.nodes)
        self.node = self.net.nodes[self._turn].node


@contextmanager
def nodes_world() -> Iterator[NodesWorld]:
    clock = FixedClock(START)
    balances = {key.address: 10**24 for key in PAYERS}
    with TemporaryDirectory() as folder, network(Path(folder), balances, lambda: unix(clock.now())) as net:
        yield NodesWorld(net, clock)
