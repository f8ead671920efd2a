"""A block's receipts and the root its header binds them by (Yellow Paper 4.3.1, EIP-658, EIP-2718)."""

from collections.abc import Sequence
from typing import NamedTuple

from registry.chain.node import Json
from registry.chain.rlp import encode, encode_list, encode_octets
from registry.chain.tries import ListTrie

NO_RECEIPT = (KeyError, ValueError, TypeError, AttributeError, OverflowError)

ADDRESS_BYTES, TOPIC_BYTES, MAX_TOPICS = 20, 32, 4

# What stands before an address, before each topic, and before so many topics.
_ADDRESS = encode_octets(bytes(ADDRESS_BYTES))[:-ADDRESS_BYTES]
_TOPIC = encode_octets(bytes(TOPIC_BYTES))[:-TOPIC_BYTES]
_TOPICS = [
    encode([bytes(TOPIC_BYTES)] * count)[: -count * len(_TOPIC + bytes(TOPIC_BYTES)) or None]
    for count in range(MAX_TOPICS + 1)
]


class RawLog(NamedTuple):
    """A log as its receipt holds it: 20 bytes, up to four topics of 32, data."""

    emitter: bytes
    topics: tuple[bytes, ...]
    data: bytes


def receipts_root(receipts: Sequence[Json], logs: Sequence[Sequence[RawLog]] | None = None) -> bytes:
    """The root of the trie of all of a block's receipts, as JSON-RPC sends them, in the order of its transactions.
    ``logs``: theirs, where they were read already.

    Equal to the header's on a truthful node: it covers status, gas, and every log with its emitter, topics and data.
    Raises as ``raw_receipt``.
    """
    read = [logs_of(each) for each in receipts] if logs is None else logs
    return ListTrie([raw_receipt(each, its) for each, its in zip(receipts, read, strict=True)]).root


def logs_of(receipt: Json) -> list[RawLog]:
    """A receipt's logs, from JSON-RPC's form. Raises NO_RECEIPT for what is none."""
    return [
        RawLog(
            bytes.fromhex(log["address"][2:]),
            tuple([bytes.fromhex(topic[2:]) for topic in log["topics"]]),
            bytes.fromhex(log["data"][2:]),
        )
        for log in receipt["logs"]
    ]


def raw_receipt(receipt: Json, logs: Sequence[RawLog] | None = None) -> bytes:
    """A receipt as its block holds it, from JSON-RPC's form; ``logs``: its, where they were read already. Raises
    NO_RECEIPT for what is none."""
    inside = b"".join(map(_encoded, logs_of(receipt) if logs is None else logs))
    status = receipt.get("status")
    # Before Byzantium there was a state root in its place.
    outcome = _bytes(receipt["root"]) if status is None else _number(status)
    start = [outcome, _number(receipt["cumulativeGasUsed"]), _bytes(receipt["logsBloom"])]
    body = encode_list(b"".join([*map(encode_octets, start), encode_list(inside)]))
    kind = int(str(receipt.get("type") or "0x0"), 16)
    return bytes([kind]) + body if kind else body


def _encoded(log: RawLog) -> bytes:
    emitter, topics, data = log
    # Of other lengths, what runs from one topic into the next would be encoded as another log's is.
    if (
        len(emitter) != ADDRESS_BYTES
        or len(topics) > MAX_TOPICS
        or not set(map(len, topics)) <= {TOPIC_BYTES}
    ):
        raise ValueError("an address or topics have another length")
    joined = _TOPIC.join((b"", *topics))
    return encode_list(b"".join((_ADDRESS, emitter, _TOPICS[len(topics)], joined, encode_octets(data))))


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


def _number(value: str) -> bytes:
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
