"""Whether a block's hash is that of its header, on chains that seal by BFT consensus too."""

from registry.chain.node import Json, header_hash
from registry.chain.rlp import RlpError, decode_list, encode
from registry.provenance.reading import octets, text

# The mixHash of IBFT 2.0 and QBFT blocks.
_BFT = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"


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
    try:
        items = decode_list(extra)
    except RlpError:
        return []
    if len(items) != 5:
        return []
    kept, number = items[:3], items[3]
    return [encode([*kept, *tail]) for tail in ([number, []], [b"", []], [number], [])]
