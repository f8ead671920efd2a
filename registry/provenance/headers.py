"""Whether a block's hash is that of its header, on chains that seal by BFT consensus too."""

from itertools import pairwise

from registry.chain.node import Json, header_hash
from registry.provenance.model import Broken
from registry.provenance.reading import octets, text
from registry.provenance.transactions import rlp_list

# The mixHash of IBFT 2.0 and QBFT blocks.
_BFT = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
_NOTHING, _ZERO = b"\xc0", b"\x80"


def is_hash_of_header(block: Json) -> bool:
    """Whether ``hash`` is the Keccak-256 of the header, or on BFT chains of the header without its seals.
    Raises ChainNotReachable where the node leaves out a field of it."""
    wanted = text(block, "hash")
    extras = [block.get("extraData")]
    if block.get("mixHash") == _BFT:
        extras += ["0x" + each.hex() for each in _without_seals(octets(block, "extraData"))]
    return any("0x" + header_hash({**block, "extraData": each}).hex() == wanted for each in extras)


def _without_seals(extra: bytes) -> list[bytes]:
    """What a BFT block's extra data may be hashed as: vanity, validators and vote, then for QBFT the round or
    zero and an empty list, for IBFT 2.0 the round or nothing (Besu's QbftExtraDataCodec, IbftExtraDataCodec).
    """
    items = _items(extra)
    if len(items) != 5:
        return []
    kept, number = b"".join(items[:3]), items[3]
    tails = (number + _NOTHING, _ZERO + _NOTHING, number, b"")
    return [rlp_list(kept + tail) for tail in tails]


def _items(encoded: bytes) -> list[bytes]:
    """The members of an RLP list, each still encoded; none where it is no well-formed list."""
    try:
        start, end = _span(encoded, 0)
        places = [start]
        while places[-1] < end:
            places.append(_span(encoded, places[-1])[1])
    except Broken:
        return []
    is_whole = bool(encoded) and encoded[0] >= 0xC0 and end == len(encoded) == places[-1]
    return [encoded[one:other] for one, other in pairwise(places)] if is_whole else []


def _span(encoded: bytes, at: int) -> tuple[int, int]:
    """Where an item's payload begins and ends. Raises Broken where it runs over the end."""
    head = encoded[at] if at < len(encoded) else 0xFF
    base = 0xC0 if head >= 0xC0 else 0x80
    if head < 0x80:
        return at, at + 1
    if head - base < 56:
        start, length = at + 1, head - base
    else:
        start = at + 1 + head - base - 55
        length = int.from_bytes(encoded[at + 1 : start])
    if start + length > len(encoded):
        raise Broken("unreadable", "The extra data is no list.")
    return start, start + length
