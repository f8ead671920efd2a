"""Merkle-Patricia tries, read from their nodes alone: what stands under a root, and what does not.

A node is known by the Keccak-256 of its bytes, so that nodes in any number and order, from anybody, are as good as
the trie itself: whoever changes one no longer finds it. Source: Yellow Paper, appendix D.
"""

from collections.abc import Iterable

from registry.chain.messages import keccak256
from registry.chain.rlp import Decoded, RlpError, decode_list, encode, octets_in

# Keccak-256 of the RLP of the empty string.
EMPTY_ROOT = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
_HASH_BYTES = 32


class NodeMissing(Exception):  # noqa: N818 - a finding about the nodes given, no error of this program
    """The way to a key needs a node that was not given, or that was changed."""

    def __init__(self, wanted: bytes) -> None:
        super().__init__(f"There is no node 0x{wanted.hex()}.")


class BadNode(NodeMissing):
    """A node has its hash, but is no node of a trie."""

    def __init__(self, wanted: bytes, why: str) -> None:
        super().__init__(wanted)
        self.args = (f"The node 0x{wanted.hex()} is none: {why}",)


class Nodes:
    """Nodes of any number of tries, and which of them were used."""

    def __init__(self, encoded: Iterable[bytes]) -> None:
        self._encoded = {keccak256(each): each for each in encoded}
        self._decoded: dict[bytes, list[Decoded]] = {}

    def find(self, root: bytes, key: bytes) -> bytes | None:
        """The value at ``key`` under ``root``; None where the nodes prove that there is none.

        Every step uses up at least one digit of the key, so the way is at most twice as long as the key has bytes.
        Raises NodeMissing, BadNode.
        """
        if root == EMPTY_ROOT:
            return None
        digits = _digits(key)
        node, known_as, at = self._node(root), root, 0
        while True:
            if len(node) == 17:
                if at == len(digits):
                    return _value(node[16], known_as) if node[16] else None
                child, at = node[digits[at]], at + 1
                if not child:
                    return None
            else:
                path, is_leaf = _path(node, known_as)
                if is_leaf:
                    return _value(node[1], known_as) if digits[at:] == path else None
                if digits[at : at + len(path)] != path:
                    return None
                child, at = node[1], at + len(path)
            if isinstance(child, bytes):
                known_as = child
                node = self._node(child)
            else:
                node = _within(child, known_as)

    def unused(self) -> int:
        """How many nodes nothing led to."""
        return len(self._encoded) - len(self._decoded)

    def used(self) -> list[bytes]:
        """The nodes that something led to, in the order in which it did."""
        return [self._encoded[each] for each in self._decoded]

    def _node(self, wanted: bytes) -> list[Decoded]:
        found = self._decoded.get(wanted)
        if found is None:
            encoded = self._encoded.get(wanted)
            if encoded is None:
                raise NodeMissing(wanted)
            try:
                found = _shaped(decode_list(encoded), wanted)
            except RlpError as error:
                raise BadNode(wanted, str(error)) from error
            self._decoded[wanted] = found
        return found


def _shaped(node: list[Decoded], known_as: bytes) -> list[Decoded]:
    if len(node) not in (2, 17):
        raise BadNode(known_as, f"it has {len(node)} members.")
    return node


def _within(child: list[Decoded], known_as: bytes) -> list[Decoded]:
    """A node that stands inside its parent, which only one of under 32 bytes may."""
    if len(encode(child)) >= _HASH_BYTES:
        raise BadNode(known_as, "it holds a child that is too long to stand there.")
    return _shaped(child, known_as)


def _path(node: list[Decoded], known_as: bytes) -> tuple[list[int], bool]:
    """The digits of a leaf or extension, and whether it is a leaf (hex-prefix encoding)."""
    try:
        digits = _digits(octets_in(node[0]))
    except RlpError as error:
        raise BadNode(known_as, str(error)) from error
    flag = digits[0] if digits else 4
    if flag > 3 or (flag % 2 == 0 and digits[1]):
        raise BadNode(known_as, "its path has no form.")
    path = digits[1 if flag % 2 else 2 :]
    if flag < 2 and not path:
        raise BadNode(known_as, "it is an extension by nothing.")
    return path, flag >= 2


def _value(found: Decoded, known_as: bytes) -> bytes:
    if not isinstance(found, bytes) or not found:
        raise BadNode(known_as, "it has no value.")
    return found


def _digits(data: bytes) -> list[int]:
    return [digit for byte in data for digit in (byte >> 4, byte & 15)]
