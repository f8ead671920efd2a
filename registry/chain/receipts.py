"""A block's receipts and the root its header binds them by (Yellow Paper 4.3.1, EIP-658, EIP-2718)."""

from collections.abc import Sequence

from registry.chain.node import Json
from registry.chain.rlp import encode_list, encode_octets
from registry.chain.tries import ListTrie

NO_RECEIPT = (KeyError, ValueError, TypeError, AttributeError)


def receipts_root(receipts: Sequence[Json]) -> bytes:
    """The root of the trie of all of a block's receipts, as JSON-RPC sends them, in the order of its transactions.

    Equal to the header's on a truthful node: it covers status, gas, and every log with its emitter, topics and data.
    Raises as ``raw_receipt``.
    """
    return ListTrie([raw_receipt(each) for each in receipts]).root


def raw_receipt(receipt: Json) -> bytes:
    """A receipt as its block holds it, from JSON-RPC's form. Raises NO_RECEIPT for what is none."""
    logs = b"".join([_log(each) for each in receipt["logs"]])
    status = receipt.get("status")
    # Before Byzantium there was a state root in its place.
    outcome = _bytes(receipt["root"]) if status is None else _number(status)
    start = [outcome, _number(receipt["cumulativeGasUsed"]), _bytes(receipt["logsBloom"])]
    body = encode_list(b"".join([*map(encode_octets, start), encode_list(logs)]))
    kind = int(str(receipt.get("type") or "0x0"), 16)
    return bytes([kind]) + body if kind else body


def _log(log: Json) -> bytes:
    topics = encode_list(b"".join([encode_octets(_bytes(topic)) for topic in log["topics"]]))
    return encode_list(encode_octets(_bytes(log["address"])) + topics + encode_octets(_bytes(log["data"])))


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


def _number(value: str) -> bytes:
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
