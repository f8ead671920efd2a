"""What an event's topics and data hold, read by the words' places alone (Solidity's ABI, strict mode).

The contract's events have members of one word each and one list of octets at most. A general decoder takes ten times
as long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

WORD = 32
_OCTETS = "bytes"


class MisfitError(ValueError):
    """Topics or data that no encoder makes of such members."""


@dataclass(frozen=True)
class Member:
    """A member of an event: its name, and its type as Solidity writes it."""

    name: str
    kind: str


class Layout:
    """An event's members, those in topics and those in data, each in order.

    Raises ValueError for a type that is not known here.
    """

    def __init__(self, name: str, indexed: Sequence[Member], plain: Sequence[Member]) -> None:
        self.name = name
        self._indexed = [(each.name, _reader(each.kind)) for each in indexed]
        self._plain = [
            (each.name, at * WORD, None if each.kind == _OCTETS else _reader(each.kind))
            for at, each in enumerate(plain)
        ]
        self._size = len(plain) * WORD
        if sum(each.kind == _OCTETS for each in plain) > 1:
            raise ValueError(f"{name} has several lists of octets")

    def values(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """The members by name, topics without the first. Raises MisfitError."""
        if len(topics) != len(self._indexed):
            raise MisfitError(f"it has {len(topics) + 1} topics")
        found: dict[str, Any] = {}
        size = self._size
        for name, at, read in self._plain:
            if read is None:
                found[name] = octets = self._octets(data, at)
                size += WORD + -(-len(octets) // WORD) * WORD
            else:
                found[name] = read(data[at : at + WORD])
        if len(data) != size:
            raise MisfitError(f"it has {len(data)} octets of data")
        for (name, read), topic in zip(self._indexed, topics, strict=True):
            found[name] = read(topic)
        return found

    def _octets(self, data: bytes, at: int) -> bytes:
        start = self._size + WORD
        if int.from_bytes(data[at : at + WORD]) != self._size:
            raise MisfitError("its list does not follow its words")
        end = start + int.from_bytes(data[self._size : start])
        if end > len(data) or any(data[end:]):
            raise MisfitError("its list does not end where it should")
        return data[start:end]


def _reader(kind: str) -> Callable[[bytes], Any]:
    if kind == "bytes32":
        return _word
    if kind == "address":
        return _address
    if kind.startswith("uint") and kind[4:].isdecimal():
        return _unsigned(int(kind[4:]))
    raise ValueError(f"a member of type {kind} is not known here")


def _word(word: bytes) -> bytes:
    if len(word) != WORD:
        raise MisfitError("its data end early")
    return word


def _address(word: bytes) -> str:
    if len(word) != WORD or any(word[:12]):
        raise MisfitError("an address does not fit 20 octets")
    return "0x" + word[12:].hex()


def _unsigned(bits: int) -> Callable[[bytes], int]:
    def read(word: bytes) -> int:
        value = int.from_bytes(word)
        if len(word) != WORD or value >> bits:
            raise MisfitError(f"a number does not fit {bits} bits")
        return value

    return read
