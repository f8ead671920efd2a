"""Merkle-Patricia tries with the library that keeps them: the nodes to a key, and a block's own lists as tries."""

from collections.abc import Sequence
from typing import Any

import rlp
from trie.constants import BLANK_NODE_HASH
from trie.hexary import HexaryTrie


def nodes_to(trie: Any, key: bytes) -> list[bytes]:
    """The way to a key from the root, encoded. A node under 32 bytes stands inside its parent and is not listed."""
    if trie.root_hash == BLANK_NODE_HASH:
        return []
    nodes = [bytes(rlp.encode(node)) for node in trie.get_proof(key)]
    return [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]


class ListTrie:
    """A block's transactions or receipts, each encoded, under the RLP of their places (Yellow Paper 4.4.2)."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._trie: Any = HexaryTrie({}, prune=True)
        for place, value in enumerate(values):
            self._trie[rlp.encode(place)] = value

    @property
    def root(self) -> bytes:
        return bytes(self._trie.root_hash)

    def nodes_to(self, place: int) -> list[bytes]:
        return nodes_to(self._trie, rlp.encode(place))
