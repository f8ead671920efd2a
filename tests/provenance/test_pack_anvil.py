"""A pack, and a watch, of another implementation's chain."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.chain.node import Node
from registry.kit.clock import Deadline, SystemClock
from registry.provenance.model import Verdict
from registry.provenance.pack import read_pack, write_pack
from registry.provenance.proving import verify_pack
from registry.provenance.watching import Watch
from tests.builders.anvil import anvil
from tests.provenance.pack_story import Told, tell
from tests.provenance.provenance_world import FACE, PAYERS, SUPPLIER, TIER_2, World

SEALED_SECONDS = 20.0


class AnvilWorld(World):
    """The same registry on anvil, which seals a block for each transaction, by the machine's time."""

    def __init__(self, node: Node) -> None:
        self.clock = SystemClock()
        for key in PAYERS:
            node.call("anvil_setBalance", key.address, 10**20)
        # A dear block's fee is above what these keys offer.
        node.call("anvil_setNextBlockBaseFeePerGas", 7)
        self.begin(node)

    def mined(self, tx: bytes) -> dict[str, Any]:
        deadline = Deadline(SEALED_SECONDS)
        while (receipt := self.node.receipt(tx)) is None and not deadline.has_passed:
            deadline.pause(0.01)
        assert receipt is not None
        assert receipt["status"] == "0x1", receipt
        self.node.call("anvil_setNextBlockBaseFeePerGas", 7)
        return receipt


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with anvil("--chain-id", "5230018") as node:
        yield tell(AnvilWorld(node))


def test_a_lot_of_another_chain_verifies_from_its_file(told: Told) -> None:
    pack = read_pack(write_pack(told.pack()))
    assert any(each.history for each in pack.headers)
    assert verify_pack(pack, block=pack.block.hash).verdict is Verdict.VERIFIED


def test_a_watch_notices_that_another_chain_went_back(told: Told) -> None:
    world = told.world
    lot = world.issue().root_lot
    watch = Watch(world.node, world.contract, [f"0x{lot:064x}"])
    watch.look()
    before = world.node.call("evm_snapshot")
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    assert [(one.kind, one.event) for one in watch.look()] == [("act", "LotTransferred")]
    world.node.call("evm_revert", before)
    world.node.call("anvil_mine", 3)
    found = watch.look()
    assert [one.kind for one in found] == ["taken_back", "state"]
    assert "held by party 2" in found[1].text
