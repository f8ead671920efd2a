"""What a signed message wraps (CMS SignedData, RFC 5652: the ``.p7m`` of Italian invoices), taken out and not trusted.

The signature is not checked here (``verification.cms_signatures`` does that) and not trusted: the obligor confirms what
was read. Only the structure on the way to the content is looked at, in DER or BER, plain or as base64.
"""

import binascii
import re
from dataclasses import dataclass

from registry.invoices.errors import MalformedInvoice, TooLarge

MAX_PIECES = 65_536
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_SEQUENCE, _OCTETS, _CONSTRUCTED_OCTETS, _EXPLICIT_0 = 0x30, 0x04, 0x24, 0xA0
_BASE64 = re.compile(
    rb"\s*(?:-----BEGIN [A-Z0-9 ]+-----\s)?\s*MI[A-Za-z0-9+/\s]+={0,2}\s*(?:-----END [A-Z0-9 ]+-----\s*)?"
)


def looks_like_cms(content: bytes) -> bool:
    """Whether a file is a signed message, as bytes or in base64."""
    return _SIGNED_DATA in encoded(content[:256])[:32]


def content_of(content: bytes) -> bytes:
    """What was signed. Raises MalformedInvoice for a damaged message, or one signed apart from its content."""
    data = encoded(content)
    try:
        outer = _Value.at(data, 0, _SEQUENCE)
        kind = _Value.at(data, outer.start)
        wrapper = _Value.at(data, kind.after, _EXPLICIT_0)
        signed = _Value.at(data, wrapper.start, _SEQUENCE)
        version = _Value.at(data, signed.start)
        algorithms = _Value.at(data, version.after)
        inner = _Value.at(data, algorithms.after, _SEQUENCE)
        inner_kind = _Value.at(data, inner.start)
        explicit = _Value.at(data, inner_kind.after, _EXPLICIT_0)
        return _octets(data, _Value.at(data, explicit.start))
    except (IndexError, ValueError) as error:
        raise MalformedInvoice(
            "The signed file is damaged, or its signature comes without the invoice."
        ) from error


def encoded(content: bytes) -> bytes:
    """The message in ASN.1, out of its base64 where it comes so; empty where it is neither."""
    if content[:1] == bytes((_SEQUENCE,)):
        return content
    if not _BASE64.match(content[:256]):
        return b""
    lines = b"".join(re.sub(rb"-----(BEGIN|END)[^-]*-----", b"", content).split())
    try:
        return binascii.a2b_base64(lines[: len(lines) - len(lines) % 4])
    except binascii.Error:
        return b""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value's tag and where its content starts; ``end`` is where the next value would."""

    tag: int
    start: int
    end: int

    @property
    def after(self) -> int:
        """Where the next value starts. Raises ValueError where this one does not say its length."""
        if self.end < 0:
            raise ValueError(self.tag)
        return self.end

    @classmethod
    def at(cls, data: bytes, place: int, wanted: int | None = None) -> "_Value":
        """Raises IndexError beyond the end, ValueError for another tag."""
        tag, first = data[place], data[place + 1]
        if wanted is not None and tag != wanted:
            raise ValueError(tag)
        start = place + 2
        if first == 0x80:  # BER: until two zero bytes
            return cls(tag, start, -1)
        length = first
        if first > 0x80:
            size = first - 0x80
            if size > 8:
                raise ValueError(size)
            length = int.from_bytes(data[start : start + size], "big")
            start += size
        if start + length > len(data):
            raise IndexError(place)
        return cls(tag, start, start + length)


def _octets(data: bytes, value: _Value) -> bytes:
    """An OCTET STRING, which BER may write in pieces."""
    if value.tag == _OCTETS and value.end >= 0:
        return data[value.start : value.end]
    if value.tag != _CONSTRUCTED_OCTETS:
        raise ValueError(value.tag)
    pieces: list[bytes] = []
    place = value.start
    while place != value.end and data[place : place + 2] != b"\x00\x00":
        if len(pieces) >= MAX_PIECES:
            raise TooLarge("The signed file comes in more pieces than any invoice needs.")
        piece = _Value.at(data, place, _OCTETS)
        pieces.append(data[piece.start : piece.after])
        place = piece.after
    return b"".join(pieces)
