"""Recursive length prefix, strict both ways: whatever decodes is what ``encode`` writes (Yellow Paper,
appendix B)."""

from collections.abc import Sequence

Item = bytes | int | Sequence["Item"]
Decoded = bytes | list["Decoded"]

MAX_DEPTH = 16
_SHORT = [bytes([first]) for first in range(256)]


class RlpError(ValueError):
    """These bytes are not the one RLP encoding of anything."""


def encode(item: Item) -> bytes:
    """RLP of bytes, unsigned integers and nested lists."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8)
    if isinstance(item, bytes):
        return encode_octets(item)
    return encode_list(b"".join([encode(each) for each in item]))


def encode_octets(item: bytes) -> bytes:
    """RLP of a string."""
    length = len(item)
    if length == 1 and item[0] < 0x80:
        return item
    return (_SHORT[0x80 + length] if length < 56 else _head(0x80, length)) + item


def encode_list(inside: bytes) -> bytes:
    """RLP of a list whose members are encoded already."""
    return _head(0xC0, len(inside)) + inside


def decode(encoded: bytes) -> Decoded:
    """The inverse of ``encode``. Raises RlpError for bytes left over, lengths written longer than need be, or lists
    nested deeper than 16."""
    item, end = _item(encoded, 0, MAX_DEPTH)
    if end != len(encoded):
        raise RlpError("There are bytes after the end.")
    return item


def decode_list(encoded: bytes) -> list[Decoded]:
    """``decode``, of what must be a list."""
    found = decode(encoded)
    if isinstance(found, bytes):
        raise RlpError("There is a string where a list is due.")
    return found


def octets_in(item: Decoded) -> bytes:
    """The item, which must be a string."""
    if not isinstance(item, bytes):
        raise RlpError("There is a list where a string is due.")
    return item


def integer_in(item: Decoded) -> int:
    """The item, which must be an unsigned integer without zeros before it."""
    found = octets_in(item)
    if found[:1] == b"\0":
        raise RlpError("A number begins with a zero byte.")
    return int.from_bytes(found)


def list_in(item: Decoded) -> list[Decoded]:
    """The item, which must be a list."""
    if isinstance(item, bytes):
        raise RlpError("There is a string where a list is due.")
    return item


def _head(offset: int, length: int) -> bytes:
    if length < 56:
        return _SHORT[offset + length]
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([offset + 55 + len(size)]) + size


def _item(encoded: bytes, at: int, depth: int) -> tuple[Decoded, int]:
    """One item and where it ends."""
    if at >= len(encoded):
        raise RlpError("There is nothing where an item is due.")
    first = encoded[at]
    if first < 0x80:
        return encoded[at : at + 1], at + 1
    start, end = _span(encoded, at)
    if first < 0xC0:
        if end - start == 1 and encoded[start] < 0x80:
            raise RlpError("A single byte has a length before it.")
        return encoded[start:end], end
    if not depth:
        raise RlpError("Lists are nested too deep.")
    items: list[Decoded] = []
    while start < end:
        item, start = _item(encoded, start, depth - 1)
        items.append(item)
    if start != end:
        raise RlpError("A member runs over its list's end.")
    return items, end


def _span(encoded: bytes, at: int) -> tuple[int, int]:
    """Where the payload after a length begins and ends."""
    short = encoded[at] - (0xC0 if encoded[at] >= 0xC0 else 0x80)
    start, length = at + 1, short
    if short > 55:
        start = at + 1 + short - 55
        size = encoded[at + 1 : start]
        length = int.from_bytes(size)
        if size[:1] in (b"", b"\0") or length < 56:
            raise RlpError("A length is written longer than need be.")
    if start + length > len(encoded):
        raise RlpError("An item runs over the end.")
    return start, start + length
