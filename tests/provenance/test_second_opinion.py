"""The verifier and a well-kept library's trie agree on random lots, in small: see ``second_opinion``."""

import pytest

from registry.provenance.making import make_pack
from registry.provenance.proving import verify_pack
from registry.provenance.trie import Nodes
from tests.provenance.provenance_world import World
from tests.provenance.second_opinion import WORLDS, Agreement, agree, both

COUNTS = {"embedded": 6, "anvil": 6, "nodes": 3}


@pytest.mark.parametrize("chain", WORLDS)
def test_both_find_the_same(chain: str) -> None:
    count = COUNTS[chain]
    with WORLDS[chain]() as world:
        found = agree(world, count)
    assert (found.lots, found.refused) == (count, count)
    assert found.found > 30 * count


def test_control_a_verifier_that_finds_something_else_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = make_pack(world.node, world.contract, world.issue().root_lot)
    honest = Nodes.find
    monkeypatch.setattr(Nodes, "find", lambda nodes, root, key: (honest(nodes, root, key) or b"") + b"\1")
    with both(Agreement()), pytest.raises(AssertionError):
        verify_pack(pack, block=pack.block.hash)
