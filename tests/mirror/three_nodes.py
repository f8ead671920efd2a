"""A registry whose mirror follows three real nodes, and who drives them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from registry.chain.errors import NodeRefused
from registry.chain.finality import Finality
from registry.kit.clock import FixedClock, unix
from registry.mirror.digest import digest
from registry.mirror.mirror import Mirror
from registry.mirror.reconcile import reconcile
from registry.relay import queries
from registry.relay.model import Act, ActStatus
from registry.relay.refusals import refusal_of_act
from registry.storage.unit_of_work import Database
from tests.builders.databases import a_database
from tests.builders.ethereumjs import Network, network
from tests.mirror.life import GENESIS, KEYS, LIMITS, Life, encode_deployment, send

ALL = (0, 1, 2)
BY_TAG = Finality(None)
# Nodes take no transactions where their head is old; a block of times to come is never old.
START = datetime(2036, 3, 3, 9, 0, tzinfo=UTC)
_ROUNDS = 5


class DrivenLife(Life):
    """A block is made where one is waited for, and all nodes that are up have it."""

    def __init__(self, net: Network, folder: Path, clock: FixedClock, address: str, start_block: int) -> None:
        self.net = net
        super().__init__(net.nodes[0].node, folder, clock, address, start_block)

    def new_mirror(self, database: Database, node: Any = None, finality: Finality = BY_TAG) -> Mirror:
        """With all nodes, or one alone."""
        nodes = [each.node for each in self.net.nodes] if node is None else [node]
        return Mirror(
            database,
            nodes[0],
            self.address,
            self.start_block,
            self.clock,
            others=nodes[1:],
            finality=finality,
        )

    def settle(self, act_id: str) -> Act:
        for _ in range(_ROUNDS):
            self.worker.run_once()
            act = self.act(act_id)
            if act.status == ActStatus.REFUSED:
                raise refusal_of_act(act)
            if act.status == ActStatus.INCLUDED:
                return act
            self.advance()
        raise AssertionError(f"{act.kind} is {act.status} after {_ROUNDS} blocks")

    def act(self, act_id: str) -> Act:
        with self.database.read() as session:
            return queries.act(session, act_id)

    def advance(self, count: int = 1, on: int = 0) -> str:
        """Blocks of what one node has waiting, handed to all that are up. Answers the last one's hash."""
        for _ in range(count):
            tip = self.net.make(on).hash
        self.net.hand(tip, *(place for place in ALL if place != on and self.net.nodes[place].is_up))
        return tip

    def fork(self, depth: int, length: int, on: int = 0) -> str:
        """``length`` blocks take the place of the last ``depth`` on one node, with what it has waiting and not what was
        in the old ones. The others are handed nothing."""
        tip = self.net.ancestor(self.net.heads[on], depth)
        for _ in range(length):
            made = self.net.make(on, tip)
            tip = made.hash
        return tip

    def gossip(self, to: int) -> None:
        """Nodes tell each other what waits: here one is told what the outbox has on its way."""
        with self.database.read() as session:
            waiting = queries.acts_in_flight(session)
        for act in waiting:
            assert act.raw_transaction is not None
            with suppress(NodeRefused):
                self.net.nodes[to].node.send_raw(act.raw_transaction)

    # What must hold

    def is_a_fresh_replay(self) -> bool:
        """Whether the database says what a mirror says that reads the chain anew."""
        with closing(a_database()) as other:
            self.new_mirror(other).catch_up()
            with self.database.read() as one, other.read() as two:
                return digest(one) == digest(two)

    def drifts(self) -> list[Any]:
        """By the node with the fewest: after a reorganization the client may have forgotten receipts, and their logs."""
        up = [each.node for each in self.net.nodes if each.is_up]
        return min((reconcile(self.database, node, self.address).drifts for node in up), key=len)


@contextmanager
def driven_network(folder: Path) -> Iterator[tuple[Network, FixedClock]]:
    clock = FixedClock(START)
    with network(folder, dict(GENESIS.balances), lambda: unix(clock.now())) as net:
        yield net, clock


def healed(net: Network) -> None:
    """All nodes up, with one head: the first's; what was final there is final on all."""
    for place in ALL:
        node = net.nodes[place]
        if not node.is_running:
            net.restart(place)
        elif not node.is_up:
            node.go_on()
    net.finals = [net.finals[0] for _ in ALL]
    net.hand(net.heads[0], *ALL)


def deployed(net: Network) -> tuple[str, int]:
    """A fresh contract's address, and the block all nodes have it in, which is final."""
    data = encode_deployment(LIMITS.pack(), KEYS["operator"].address, KEYS["arbiter"].address)
    tx_hash = send(net.nodes[0].node, KEYS["operator"], None, data)
    net.hand(net.make().hash, 1, 2)
    net.finalize(net.heads[0], *ALL)
    receipt = net.nodes[0].node.receipt(tx_hash)
    assert receipt is not None
    return receipt["contractAddress"], int(receipt["blockNumber"], 16)
