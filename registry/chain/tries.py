"""A block's own lists as Merkle-Patricia tries: their root, and the nodes to a place (Yellow Paper, appendix D)."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from trie.constants import BLANK_NODE_HASH

from registry.chain.hashing import keccak256
from registry.chain.rlp import encode, encode_list

EMPTY_ROOT = bytes(BLANK_NODE_HASH)
HASHED_FROM = 32  # octets; a node of fewer stands inside its parent


def nodes_to(trie: Any, key: bytes) -> list[bytes]:
    """The way to a key from the root of a library's trie, encoded. A node under 32 bytes stands inside its parent and
    is not listed."""
    if trie.root_hash == BLANK_NODE_HASH:
        return []
    nodes = [encode(node) for node in trie.get_proof(key)]
    return [node for at, node in enumerate(nodes) if at == 0 or len(node) >= HASHED_FROM]


class ListTrie:
    """A block's transactions or receipts, each encoded, under the RLP of their places (Yellow Paper 4.4.2).

    No such key begins with another, so that values stand in leaves only.
    """

    def __init__(self, values: Sequence[bytes]) -> None:
        self._leaves = sorted((_nibbles(encode(place)), value) for place, value in enumerate(values))
        self._nodes: list[tuple[range, bytes]] = []  # which leaves are below, and the node; the root is last
        if values:
            root = self._node(0, len(values), 0)
            if len(root) < HASHED_FROM:
                self._nodes.append((range(len(values)), root))

    @property
    def root(self) -> bytes:
        return keccak256(self._nodes[-1][1]) if self._leaves else EMPTY_ROOT

    def nodes_to(self, place: int) -> list[bytes]:
        """The way to a place from the root, encoded. A node under 32 bytes stands inside its parent and is not
        listed."""
        leaf = [key for key, _ in self._leaves].index(_nibbles(encode(place)))
        return [node for below, node in reversed(self._nodes) if leaf in below]

    def _node(self, first: int, end: int, depth: int) -> bytes:
        """The node above the leaves from ``first`` to before ``end``, which agree in ``depth`` nibbles."""
        key, value = self._leaves[first]
        if end - first == 1:
            return self._kept(first, end, encode([_path(key[depth:], is_leaf=True), value]))
        other = self._leaves[end - 1][0]  # least like the first, since they are sorted
        fork = depth
        while key[fork] == other[fork]:
            fork += 1
        if fork > depth:
            below = _reference(self._node(first, end, fork))
            return self._kept(first, end, encode_list(encode(_path(key[depth:fork], is_leaf=False)) + below))
        branch = [b"\x80"] * 17
        start = first
        for nibble, leaves in groupby(range(first, end), lambda at: self._leaves[at][0][depth]):
            start, before = start + len(list(leaves)), start
            branch[nibble] = _reference(self._node(before, start, depth + 1))
        return self._kept(first, end, encode_list(b"".join(branch)))

    def _kept(self, first: int, end: int, node: bytes) -> bytes:
        if len(node) >= HASHED_FROM:
            self._nodes.append((range(first, end), node))
        return node


def _reference(node: bytes) -> bytes:
    return node if len(node) < HASHED_FROM else encode(keccak256(node))


def _path(nibbles: bytes, *, is_leaf: bool) -> bytes:
    """Nibbles with their flag before them, two to the octet (hex-prefix encoding, Yellow Paper, appendix C)."""
    is_odd = len(nibbles) % 2
    flag = 2 * is_leaf + is_odd
    halves = bytes([flag, *nibbles]) if is_odd else bytes([flag, 0, *nibbles])
    return bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True))


def _nibbles(key: bytes) -> bytes:
    return bytes(half for octet in key for half in (octet >> 4, octet & 15))
