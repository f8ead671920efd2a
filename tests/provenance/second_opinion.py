"""The verifier beside a second implementation of the proof check, on random lots.

Whatever a verification looks up in a trie, py-trie's ``HexaryTrie`` is asked too, over the same nodes: both must find
the same value, or that there is none. Then one node that was used is changed, by turns in one byte and by leaving it
out, and the pack must be refused. ``scripts/bench agreement [--count N] [--chain embedded|anvil|nodes]``; a thousand
lots by default.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eth_utils.crypto import keccak
from trie import HexaryTrie
from trie.exceptions import MissingTrieNode

from registry.chain.messages import child_lot
from registry.provenance import packed
from registry.provenance.making import make_pack
from registry.provenance.model import Outcome, Verdict
from registry.provenance.pack import Pack, read_pack, write_pack
from registry.provenance.proving import verify_pack
from registry.provenance.trie import NodeMissing, Nodes
from tests.builders.anvil import anvil
from tests.provenance.nodes_world import nodes_world
from tests.provenance.provenance_world import DAY, FUNDER, SUPPLIER, TIER_2, TIER_3, TIER_4, World
from tests.provenance.test_pack_anvil import AnvilWorld

SEED = 20_261_129
HOLDERS = (SUPPLIER, TIER_2, TIER_3, TIER_4)
# Lots of one tree, and of one world: what a chain is asked grows with its length.
TREE = 8
WORLD = 40
BIT = 0x10


@dataclass
class Agreement:
    """How much both were asked, and agreed on: lots, look-ups (of them absent keys), and changed packs refused."""

    lots: int = 0
    found: int = 0
    absent: int = 0
    refused: int = 0

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


class BothNodes(Nodes):
    """Asks the second implementation whatever the verifier asks. Raises AssertionError where they differ."""

    agreement: Agreement

    def __init__(self, encoded: Iterable[bytes]) -> None:
        nodes = list(encoded)
        super().__init__(nodes)
        self._others = {keccak(each): each for each in nodes}

    def find(self, root: bytes, key: bytes) -> bytes | None:
        try:
            found = super().find(root, key)
        except NodeMissing:
            assert second(root, key, self._others) is None
            raise
        assert second(root, key, self._others) == (found or b""), (root.hex(), key.hex())
        if found is None:
            self.agreement.absent += 1
        else:
            self.agreement.found += 1
        return found


def second(root: bytes, key: bytes, nodes: dict[bytes, bytes]) -> bytes | None:
    """What the second implementation finds: empty where the key is absent, None where the nodes do not say."""
    try:
        return bytes(HexaryTrie(nodes, root_hash=root).get(key))  # type: ignore[no-untyped-call]
    except MissingTrieNode:
        return None


@contextmanager
def both(agreement: Agreement) -> Iterator[None]:
    """Within the block packs are read by both."""
    kept, BothNodes.agreement = packed.Nodes, agreement
    packed.Nodes = BothNodes  # type: ignore[misc]
    try:
        yield
    finally:
        packed.Nodes = kept  # type: ignore[misc]


def agree(world: World, count: int, seed: int = SEED) -> Agreement:
    """``count`` random lots of random trees, each verified from its pack by both."""
    agreement, chosen = Agreement(), random.Random(seed)
    lots: list[int] = []
    for turn in range(count):
        if not lots:
            lots = a_tree(world, chosen, min(TREE, count - turn))
        pack = make_pack(world.node, world.contract, lots.pop(chosen.randrange(len(lots))))
        content = write_pack(pack)
        with both(agreement):
            found = verify_pack(read_pack(content), block=pack.block.hash)  # type: ignore[arg-type]
            assert found.verdict is Verdict.VERIFIED, found.of(Outcome.NOT_CHECKED) + found.of(Outcome.FAILED)
            changed = without_or_other(pack, chosen, drop=turn % 2 == 0)
            refused = verify_pack(changed, block=pack.block.hash)
        assert refused.verdict is Verdict.REFUSED
        agreement.refused += 1
        agreement.lots += 1
    return agreement


def without_or_other(pack: Pack, chosen: random.Random, *, drop: bool) -> Pack:
    """One node less, or one with another byte."""
    place = chosen.randrange(len(pack.nodes))
    node = bytearray.fromhex(pack.nodes[place][2:])
    node[chosen.randrange(len(node))] ^= BIT
    instead = [] if drop else ["0x" + node.hex()]
    return pack.model_copy(update={"nodes": [*pack.nodes[:place], *instead, *pack.nodes[place + 1 :]]})


def a_tree(world: World, chosen: random.Random, size: int) -> list[int]:
    """As many lots of one new receivable, each split off one of the others or passed on, locked or partly paid."""
    terms = world.issue()
    lots = [terms.root_lot]
    for _ in range(10 * size):
        if len(lots) >= size:
            break
        lot = chosen.choice(lots)
        word = world.lot(lot)
        to = chosen.choice([each for each in HOLDERS if each != word.holder])
        if word.status != 1 or word.amount < 1_000:
            continue
        kind = chosen.choice(("split", "split", "whole", "lock", "settle"))
        if kind == "split":
            world.send(word.holder, "transfer", lot, to, chosen.randrange(100, word.amount - 100), [])
            lots.append(child_lot(lot, word.seq))
        elif kind == "whole":
            world.send(word.holder, "transfer", lot, to, word.amount, [])
        elif kind == "settle":
            paid = chosen.randrange(1, 100)
            world.send(
                word.holder, "settle", lot, word.holder, word.holder, word.amount, paid, lot.to_bytes(32), []
            )
        elif len(lots) > 1:
            world.send(word.holder, "lock", lot, FUNDER, world.now + 5 * DAY, [])
    return lots


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench agreement")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--chain", choices=WORLDS, default="embedded")
    options = parser.parse_args()
    agreed = Agreement()
    while agreed.lots < options.count:
        with WORLDS[options.chain]() as world:
            agreed += agree(world, min(WORLD, options.count - agreed.lots), SEED + agreed.lots)
        sys.stdout.write(f"{agreed}\n")
        sys.stdout.flush()


@contextmanager
def embedded_world() -> Iterator[World]:
    with TemporaryDirectory() as folder, closing(World(Path(folder))) as world:
        yield world


@contextmanager
def anvil_world() -> Iterator[World]:
    with anvil("--chain-id", "5230018") as node:
        yield AnvilWorld(node)


WORLDS: dict[str, Callable[[], AbstractContextManager[World]]] = {
    "embedded": embedded_world,
    "anvil": anvil_world,
    "nodes": nodes_world,
}


if __name__ == "__main__":
    main()
