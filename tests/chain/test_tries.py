"""A block's own lists as tries, beside a library that does the same."""

from random import Random

import pytest
import rlp as library
from trie import HexaryTrie

from registry.chain.tries import EMPTY_ROOT, ListTrie, nodes_to


def values(count: int, seed: int) -> list[bytes]:
    random = Random(seed)
    # Short ones make nodes that stand inside their parents.
    return [random.randbytes(random.choice((1, 5, 40, 300))) for _ in range(count)]


def by_library(of: list[bytes]) -> HexaryTrie:
    trie = HexaryTrie({}, prune=True)
    for place, value in enumerate(of):
        trie[library.encode(place)] = value
    return trie


@pytest.mark.parametrize("count", [*range(20), 127, 128, 129, 255, 256, 257, 700])
def test_root_and_ways_are_those_of_the_library(count: int) -> None:
    of = values(count, count)
    trie, other = ListTrie(of), by_library(of)
    assert trie.root == other.root_hash
    for place in range(0, count, 1 + count // 20):
        assert trie.nodes_to(place) == nodes_to(other, library.encode(place))


def test_a_list_of_nothing_has_the_known_root() -> None:
    assert ListTrie([]).root == EMPTY_ROOT == HexaryTrie({}).root_hash


def test_any_other_value_and_any_other_order_has_another_root() -> None:
    of = values(200, 1)
    root = ListTrie(of).root
    for place in range(0, 200, 7):
        assert ListTrie([*of[:place], of[place] + b"\0", *of[place + 1 :]]).root != root
    assert ListTrie([of[1], of[0], *of[2:]]).root != root
