"""The verifier and a well-kept library's trie agree on random lots, in small: see ``second_opinion``."""

from collections.abc import Iterator

import pytest

from registry.provenance.making import make_pack
from registry.provenance.proving import verify_pack
from registry.provenance.trie import Nodes
from tests.builders.anvil import anvil
from tests.provenance.provenance_world import World
from tests.provenance.second_opinion import Agreement, agree, both
from tests.provenance.test_pack_anvil import AnvilWorld

COUNT = 6


def agreed(found: Agreement) -> bool:
    return (found.lots, found.refused) == (COUNT, COUNT) and found.found > 50 * COUNT


@pytest.fixture
def anvil_world() -> Iterator[World]:
    with anvil("--chain-id", "5230018") as node:
        yield AnvilWorld(node)


def test_both_find_the_same_on_the_embedded_chain(world: World) -> None:
    assert agreed(agree(world, COUNT))


def test_both_find_the_same_on_anvils_chain(anvil_world: World) -> None:
    assert agreed(agree(anvil_world, COUNT))


def test_control_a_verifier_that_finds_something_else_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = make_pack(world.node, world.contract, world.issue().root_lot)
    honest = Nodes.find
    monkeypatch.setattr(Nodes, "find", lambda nodes, root, key: (honest(nodes, root, key) or b"") + b"\1")
    with both(Agreement()), pytest.raises(AssertionError):
        verify_pack(pack, block=pack.block.hash)
