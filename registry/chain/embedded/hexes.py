"""JSON-RPC's hex forms: quantities without leading zeros, data with all its bytes (execution-apis spec)."""

import re

from registry.chain.embedded.faults import BAD_PARAMS, RpcError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*")


def data(value: bytes) -> str:
    return "0x" + value.hex()


def word(value: int) -> str:
    """32 bytes of an unsigned integer."""
    return f"0x{value:064x}"


def read_quantity(value: object, name: str) -> int:
    """An unsigned integer of at most 256 bits. Raises RpcError."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise RpcError(BAD_PARAMS, f"invalid {name}: want a hex quantity such as 0x1b4")
    return int(value, 16)


def read_data(value: object, name: str, length: int | None = None) -> bytes:
    """Bytes, exactly ``length`` of them where given. Raises RpcError."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise RpcError(BAD_PARAMS, f"invalid {name}: want 0x and pairs of hex digits")
    found = bytes.fromhex(value[2:])
    if length is not None and len(found) != length:
        raise RpcError(BAD_PARAMS, f"invalid {name}: has {len(found)} bytes, want {length}")
    return found
