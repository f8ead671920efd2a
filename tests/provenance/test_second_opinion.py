"""The verifier and a well-kept library's trie agree on random lots, in small: see ``second_opinion``."""

import pytest

from registry.provenance.making import make_pack
from registry.provenance.proving import verify_pack
from registry.provenance.trie import Nodes
from tests.provenance.provenance_world import World
from tests.provenance.second_opinion import WORLDS, Agreement, agree, both

COUNT = 6


def agreed(found: Agreement) -> bool:
    return (found.lots, found.refused) == (COUNT, COUNT) and found.found > 50 * COUNT


@pytest.mark.parametrize("chain", WORLDS)
def test_both_find_the_same(chain: str) -> None:
    with WORLDS[chain]() as world:
        assert agreed(agree(world, COUNT))


def test_control_a_verifier_that_finds_something_else_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = make_pack(world.node, world.contract, world.issue().root_lot)
    honest = Nodes.find
    monkeypatch.setattr(Nodes, "find", lambda nodes, root, key: (honest(nodes, root, key) or b"") + b"\1")
    with both(Agreement()), pytest.raises(AssertionError):
        verify_pack(pack, block=pack.block.hash)
