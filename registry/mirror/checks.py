"""What a node's answers must satisfy before they are believed (mirror.md: a node can lie or lag)."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from registry.chain.hashing import keccak256
from registry.chain.node import Json, header_hash
from registry.chain.receipts import NO_RECEIPT, RawLog, logs_of, receipts_root
from registry.mirror.errors import NodeInconsistent

BLOOM_BITS = 2_048


@dataclass(frozen=True)
class Header:
    """The parts of a block the mirror uses; its hash was recomputed from all of them."""

    number: int
    hash: str
    parent: str
    time: int
    bloom: int
    receipts_root: str
    transactions: tuple[str, ...]


class Log(NamedTuple):
    """A log of the contract as the node sent it; ``topics`` are 32 bytes each."""

    number: int
    tx_hash: str
    topics: tuple[bytes, ...]
    data: bytes


def checked_header(number: int, block: Json) -> Header:
    """A header whose hash fits its fields and whose number is the one asked for. Raises NodeInconsistent."""
    try:
        return _checked_header(number, block)
    except NO_RECEIPT:
        raise NodeInconsistent(
            f"Block {number}: what the node sent has another form than headers have.", block_number=number
        ) from None


def _checked_header(number: int, block: Json) -> Header:
    found = "0x" + header_hash(block).hex()
    if str(block["hash"]).lower() != found or int(block["number"], 16) != number:
        raise NodeInconsistent(
            f"Block {number}: the node says its hash is {block['hash']}, its fields hash to {found}.",
            block_number=number,
        )
    return Header(
        number=number,
        hash=found,
        parent=str(block["parentHash"]).lower(),
        time=int(block["timestamp"], 16),
        bloom=int(block["logsBloom"], 16),
        receipts_root=str(block["receiptsRoot"]).lower(),
        transactions=tuple(str(each).lower() for each in block["transactions"]),
    )


def check_links(headers: list[Header]) -> None:
    """Each header's parent is the one before it. Raises NodeInconsistent: the chain may have changed between two
    answers, the next step sees it whole."""
    for before, header in pairwise(headers):
        if header.parent != before.hash:
            raise NodeInconsistent(
                f"Block {header.number} does not follow the block the node sent before it.",
                block_number=header.number,
            )


@lru_cache(maxsize=4_096)
def bloom_of(item: bytes) -> int:
    """The three bits of an address or topic in a 2,048-bit logs bloom (Yellow Paper 4.4.1)."""
    digest = keccak256(item)
    bits = 0
    for start in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[start : start + 2]) % BLOOM_BITS)
    return bits


def checked_logs(header: Header, receipts: Any, address: bytes) -> tuple[list[Log], dict[str, bool]]:
    """The contract's logs of a block, and which transactions succeeded, out of the block's receipts.

    All receipts must be there, in the order of the transactions, and hash to the header's root; their logs must make the
    header's bloom: what was left out, added or altered shows. A log's number is its place among them, which the root
    binds; what the node says it is does not matter (EthereumJS 0.10 counts wrong here). Raises NodeInconsistent.
    """
    if not isinstance(receipts, list) or len(receipts) != len(header.transactions):
        raise _incomplete(header, "receipts are missing")
    try:
        succeeded = _outcomes(header, receipts)
        read = [logs_of(each) for each in receipts]
    except NO_RECEIPT:
        raise _incomplete(header, "a receipt has another form than receipts have") from None
    found = [(tx_hash, log) for tx_hash, logs in zip(succeeded, read, strict=True) for log in logs]
    bloom = 0
    for item in {item for _, (emitter, topics, _) in found for item in (emitter, *topics)}:
        bloom |= bloom_of(item)
    if bloom != header.bloom:
        raise _incomplete(header, "its logs do not make the header's bloom")
    if not is_bound(header, receipts, read):
        raise _incomplete(header, "its receipts do not hash to the header's root")
    own = [
        Log(number, tx_hash, topics, data)
        for number, (tx_hash, (emitter, topics, data)) in enumerate(found)
        if emitter == address
    ]
    return own, succeeded


def _outcomes(header: Header, receipts: list[Any]) -> dict[str, bool]:
    """Which of the block's transactions succeeded. Raises NodeInconsistent, and NO_RECEIPT for what is none."""
    succeeded: dict[str, bool] = {}
    for tx_hash, receipt in zip(header.transactions, receipts, strict=True):
        if receipt["transactionHash"].lower() != tx_hash or receipt["blockHash"].lower() != header.hash:
            raise _incomplete(header, "receipts of another block or in another order")
        succeeded[tx_hash] = int(receipt["status"], 16) == 1
    return succeeded


def is_bound(header: Header, receipts: list[Any], logs: list[list[RawLog]]) -> bool:
    """Whether these receipts, whole, with the logs read from them, are those the header binds by its root."""
    try:
        return "0x" + receipts_root(receipts, logs).hex() == header.receipts_root
    except NO_RECEIPT:
        return False


def _incomplete(header: Header, what: str) -> NodeInconsistent:
    return NodeInconsistent(
        f"Block {header.number}: {what}. The node lies or is damaged; use another.",
        block_number=header.number,
    )
