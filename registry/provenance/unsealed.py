"""Headers, transactions and receipts between the bytes their hashes are of and the form JSON-RPC shows them in.

Of each only what the bytes hold: a transaction's place and a receipt's block are for the caller to add. Raises
RlpError, here always, where bytes are none of these. Sources: Yellow Paper 4.2 and 4.4, and the EIPs that
``transactions`` names.
"""

from registry.chain.node import HEADER, HEADER_QUANTITIES, HEADER_SINCE_LONDON, Json
from registry.chain.rlp import (
    Decoded,
    RlpError,
    decode_list,
    integer_in,
    list_in,
    octets_in,
)

_ADDRESS, _WORD, _BLOOM = 20, 32, 256
_FEES = {1: ("gasPrice",), 2: ("maxPriorityFeePerGas", "maxFeePerGas")}
_AUTHORITY = ("nonce", "yParity", "r", "s")


def header_of(raw: bytes) -> Json:
    """A header's fields, without its hash."""
    items = decode_list(raw)
    names = [*HEADER, *HEADER_SINCE_LONDON][: len(items)]
    if not len(HEADER) <= len(items) == len(names):
        raise RlpError(f"A header of {len(items)} fields is none.")
    return {
        name: _quantity(item) if name in HEADER_QUANTITIES else _data(item)
        for name, item in zip(names, items, strict=True)
    }


def transaction_of(raw: bytes) -> Json:
    """A transaction's fields, without hash, sender and place."""
    kind = raw[0] if raw and raw[0] < 0x80 else 0
    items = decode_list(raw if not kind else raw[1:])
    if not kind:
        return _named(items, ("nonce", "gasPrice", "gas", "to", "value", "input", "v", "r", "s")) | {
            "type": "0x0"
        }
    names = ["chainId", "nonce", *_FEES.get(kind, _FEES[2]), "gas", "to", "value", "input", "accessList"]
    if kind == 3:
        names += ["maxFeePerBlobGas", "blobVersionedHashes"]
    elif kind == 4:
        names.append("authorizationList")
    elif kind not in (1, 2):
        raise RlpError(f"Transactions of kind {kind} are not known here.")
    return _named(items, (*names, "yParity", "r", "s")) | {"type": hex(kind)}


def receipt_of(raw: bytes) -> Json:
    """A receipt's status and logs; a log's address, topics and data."""
    items = decode_list(raw[1:] if raw and raw[0] < 0x80 else raw)
    if len(items) != 4:
        raise RlpError(f"A receipt of {len(items)} fields is none.")
    status, gas, bloom, logs = items
    _sized(bloom, _BLOOM)
    return {
        "status": _quantity(status),
        "cumulativeGasUsed": _quantity(gas),
        "logs": [_log(list_in(log)) for log in list_in(logs)],
    }


def _named(items: list[Decoded], names: tuple[str, ...]) -> Json:
    if len(items) != len(names):
        raise RlpError(f"A transaction of {len(items)} fields is none of its kind.")
    return {name: _field(name, item) for name, item in zip(names, items, strict=True)}


def _field(name: str, item: Decoded) -> object:
    if name == "to":
        return None if item == b"" else _sized(item, _ADDRESS)
    if name == "input":
        return _data(item)
    if name == "accessList":
        return [_access(list_in(each)) for each in list_in(item)]
    if name == "blobVersionedHashes":
        return [_sized(each, _WORD) for each in list_in(item)]
    if name == "authorizationList":
        return [_authorization(list_in(each)) for each in list_in(item)]
    return _quantity(item)


def _access(items: list[Decoded]) -> Json:
    if len(items) != 2:
        raise RlpError("An access list has an entry of another form.")
    return {
        "address": _sized(items[0], _ADDRESS),
        "storageKeys": [_sized(key, _WORD) for key in list_in(items[1])],
    }


def _authorization(items: list[Decoded]) -> Json:
    if len(items) != 2 + len(_AUTHORITY):
        raise RlpError("An authorization has another form.")
    rest = {name: _quantity(item) for name, item in zip(_AUTHORITY, items[2:], strict=True)}
    return {"chainId": _quantity(items[0]), "address": _sized(items[1], _ADDRESS), **rest}


def _log(items: list[Decoded]) -> Json:
    if len(items) != 3:
        raise RlpError("A log has another form.")
    return {
        "address": _sized(items[0], _ADDRESS),
        "topics": [_sized(each, _WORD) for each in list_in(items[1])],
        "data": _data(items[2]),
    }


def _quantity(item: Decoded) -> str:
    return hex(integer_in(item))


def _data(item: Decoded) -> str:
    return "0x" + octets_in(item).hex()


def _sized(item: Decoded, size: int) -> str:
    if len(octets_in(item)) != size:
        raise RlpError(f"There are not {size} bytes where they are due.")
    return _data(item)
