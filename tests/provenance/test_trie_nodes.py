"""Reading a Merkle-Patricia trie from its nodes, beside a library that does the same."""

import random
from typing import Any

import pytest
import rlp as library
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie
from trie.exceptions import BadTrieProof

from registry.chain.messages import keccak256
from registry.chain.rlp import RlpError, decode, encode
from registry.provenance.trie import EMPTY_ROOT, BadNode, NodeMissing, Nodes

# Short keys and values make nodes that stand inside their parents.
KEYS = st.one_of(st.binary(min_size=1, max_size=3), st.binary(min_size=32, max_size=32))
TRIES = st.dictionaries(KEYS, st.binary(min_size=1, max_size=40), max_size=40)


def built(entries: dict[bytes, bytes]) -> tuple[bytes, list[bytes]]:
    trie = HexaryTrie({}, prune=True)
    for key, value in entries.items():
        trie[key] = value
    return trie.root_hash, list(trie.db.values())


def library_says(root: bytes, key: bytes, nodes: list[bytes]) -> bytes | None:
    """What the library reads from the same nodes; None for an absent key."""
    decoded = [library.decode(each) for each in nodes]
    return HexaryTrie.get_from_proof(root, key, decoded) or None  # type: ignore[no-untyped-call]


@given(TRIES, st.lists(KEYS, max_size=10))
def test_every_key_there_and_none_else(entries: dict[bytes, bytes], others: list[bytes]) -> None:
    root, encoded = built(entries)
    for key in (*entries, *others):
        assert Nodes(encoded).find(root, key) == entries.get(key) == library_says(root, key, encoded)


@given(TRIES.filter(bool), st.data())
def test_one_way_is_enough_and_needs_each_of_its_nodes(entries: dict[bytes, bytes], data: Any) -> None:
    root, encoded = built(entries)
    key = data.draw(st.sampled_from(sorted(entries)))
    nodes = Nodes(encoded)
    nodes.find(root, key)
    way = nodes.used()
    assert Nodes(way).find(root, key) == entries[key] == library_says(root, key, way)
    assert Nodes(way).unused() == len(way)
    left_out = data.draw(st.integers(0, len(way) - 1))
    fewer = way[:left_out] + way[left_out + 1 :]
    with pytest.raises(NodeMissing):
        Nodes(fewer).find(root, key)
    with pytest.raises((BadTrieProof, KeyError)):
        library_says(root, key, fewer)


@given(TRIES.filter(bool), st.data())
def test_a_changed_byte_leads_nowhere(entries: dict[bytes, bytes], data: Any) -> None:
    root, encoded = built(entries)
    key = data.draw(st.sampled_from(sorted(entries)))
    nodes = Nodes(encoded)
    nodes.find(root, key)
    way = nodes.used()
    which = data.draw(st.integers(0, len(way) - 1))
    place = data.draw(st.integers(0, len(way[which]) - 1))
    changed = bytearray(way[which])
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NodeMissing):
        Nodes([*way[:which], bytes(changed), *way[which + 1 :]]).find(root, key)


def test_an_empty_trie_holds_nothing() -> None:
    assert HexaryTrie({}).root_hash == EMPTY_ROOT
    assert Nodes([]).find(EMPTY_ROOT, b"any") is None


@pytest.mark.parametrize(
    ("node", "why"),
    [
        ([b"\x20", b"a", b"b"], "3 members"),
        ([b"\x00", b"\x11" * 32], "extension by nothing"),
        ([b"\x41", b"a"], "path has no form"),
        ([b"\x21", b"a"], "path has no form"),
        ([b"", b"a"], "path has no form"),
        ([[], b"a"], "a list where a string"),
        ([b"\x20\x11\x11", b""], "no value"),
        ([b"\x20\x11\x11", []], "no value"),
        ([b"\x11", [b"\x20", b"a" * 40]], "too long to stand there"),
    ],
)
def test_what_hashes_right_and_is_no_node_is_refused(node: Any, why: str) -> None:
    """Such a node stands in no honest trie, but whoever makes up a root can make one up."""
    encoded = encode(node)
    with pytest.raises(BadNode, match=why):
        Nodes([encoded]).find(keccak256(encoded), b"\x11\x11")


def test_rlp_reads_what_the_library_writes_and_nothing_else() -> None:
    seeded = random.Random(3)

    def item(depth: int) -> Any:
        if depth and seeded.random() < 0.4:
            return [item(depth - 1) for _ in range(seeded.randrange(5))]
        return seeded.randbytes(seeded.choice([0, 1, 2, 55, 56, 300]))

    for _ in range(300):
        made = item(4)
        encoded = library.encode(made)
        assert (decode(encoded), encode(made)) == (made, encoded)
        changed = bytearray(encoded)
        changed[seeded.randrange(len(changed))] ^= 1 << seeded.randrange(8)
        try:
            found = decode(bytes(changed))
        except RlpError:
            continue
        assert encode(found) == bytes(changed)


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\x81\x05", b"\xb8\x01a", b"\xb9\x00\x38" + b"a" * 56, b"\x82a", b"\xc2\x82a", b"\x05\x05",
     b"\xc1" * 17 + b"\xc0", b"\xf8", b"\xb8"],
)  # fmt: skip
def test_other_ways_to_write_it_are_refused(encoded: bytes) -> None:
    with pytest.raises(RlpError):
        decode(encoded)
