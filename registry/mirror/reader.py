"""Blocks as the node tells them, checked and decoded; nothing here touches the database."""

from dataclasses import dataclass, replace
from typing import Any

from registry.chain.contract import Event, UndecodableLog, decode_event
from registry.chain.errors import NodeRefused
from registry.chain.finality import TAG, Finality
from registry.chain.node import Node
from registry.mirror.checks import Header, Log, bloom_of, check_links, checked_header, checked_logs
from registry.mirror.errors import NodeInconsistent, ReorgDetected
from registry.mirror.pace import Pace, in_batches

HEADERS_A_REQUEST = 100
RECEIPTS_A_REQUEST = 20
BLOCKS_A_STEP = 200
# A step's transaction and memory stay bounded by this many logs and a block's worth more.
LOGS_A_STEP = 5_000


@dataclass(frozen=True)
class Block:
    """A block's place in the chain."""

    number: int
    hash: str


@dataclass(frozen=True)
class ReadBlock:
    """A checked block with the contract's decoded logs.

    ``succeeded`` says of each transaction whether it did, where the block's receipts were looked at.
    """

    header: Header
    logs: list[tuple[Log, Event]]
    succeeded: dict[str, bool]


@dataclass(frozen=True)
class Unreadable:
    """A log that cannot be decoded, or folded, and why."""

    header: Header
    log: Log
    reason: str


class Reader:
    """Reads one contract's logs from one node."""

    def __init__(self, node: Node, contract_address: str) -> None:
        self.node = node
        self._address = bytes.fromhex(contract_address.removeprefix("0x"))
        self._bloom = bloom_of(self._address)
        self._headers, self._receipts = Pace(HEADERS_A_REQUEST), Pace(RECEIPTS_A_REQUEST)

    def look(self, number: int) -> tuple[int, Header | None, Header | None]:
        """The number of the latest block, and the checked headers at and after a height, None where there is no such
        block, in one round trip."""
        numbers = (number, number + 1)
        asked = [("eth_getBlockByNumber", each, False) for each in numbers if each >= 0]
        head, *found = self.node.batch([("eth_blockNumber",), *asked])
        blocks = [None] * (len(numbers) - len(asked)) + found
        at, after = (
            None if block is None else checked_header(each, block)
            for each, block in zip(numbers, blocks, strict=True)
        )
        return int(head, 16), at, after

    def hash_of(self, number: int) -> str:
        """A block's checked hash. Raises NodeInconsistent where the node has no such block."""
        block = self.node.block(number)
        if block is None:
            raise NodeInconsistent(f"The node has no block {number}; is it in sync?", block_number=number)
        return checked_header(number, block).hash

    def final(self, policy: Finality, head: int) -> tuple[int, str | None]:
        """The number of the last final block, and its hash where the node's tag tells it; −1 where nothing is."""
        if policy.depth is not None:
            return head - policy.depth, None
        try:
            block = self.node.block(TAG)
        except NodeRefused:
            block = None  # geth says so where there is none yet
        if block is None:
            return -1, None
        number = int(block["number"], 16)
        return number, checked_header(number, block).hash

    def headers(self, first: int, last: int) -> list[Header]:
        """Checked headers from ``first`` on, as many as the node has, linked to each other."""
        found: list[Header] = []
        for start in range(first, last + 1, HEADERS_A_REQUEST):
            numbers = range(start, min(start + HEADERS_A_REQUEST, last + 1))
            asked = [("eth_getBlockByNumber", number, False) for number in numbers]
            answers = in_batches(self._headers, self.node.batch, asked)
            known = [answer for answer in answers if answer is not None]
            found += [checked_header(number, block) for number, block in zip(numbers, known, strict=False)]
            if len(known) < len(answers):
                break
        check_links(found)
        return found

    def branch(self, known: dict[int, str], final: Block, last: int) -> tuple[Block, list[Header]]:
        """The highest block, ``last`` at most, that is both among ``known`` (hash by height) and the node's, and the
        node's checked headers above it up to ``last``.

        Walks the node's parents down. Raises ReorgDetected where it does not stand upon ``final`` either.
        """
        child: Header | None = None
        above: list[Header] = []
        while last > final.number:
            first = max(final.number + 1, last - HEADERS_A_REQUEST + 1)
            found = self.headers(first, last)
            if len(found) <= last - first or (child is not None and child.parent != found[-1].hash):
                raise NodeInconsistent("The node's chain changed while it was read.", block_number=last)
            for place, child in reversed(list(enumerate(found, 1))):
                if known.get(child.number) == child.hash:
                    return Block(child.number, child.hash), found[place:] + above
            above = found + above
            last = first - 1
        if child is None or child.parent != final.hash:
            raise ReorgDetected(
                f"The node's chain does not stand upon block {final.number}, {final.hash}, which counts as final. "
                "Check the node and the setting `finality`; if the chain was replaced, use a fresh data folder.",
                block_number=final.number,
                expected=final.hash,
            )
        return final, above

    def blocks(
        self, headers: list[Header], most: int = LOGS_A_STEP
    ) -> tuple[list[ReadBlock], Unreadable | None]:
        """The blocks up to the first log that cannot be decoded, if there is one, or up to ``most`` logs.

        Receipts are fetched by block hash, and only where the bloom may hold the contract.
        """
        read: list[ReadBlock] = []
        count = 0
        for start in range(0, len(headers), RECEIPTS_A_REQUEST):
            some = headers[start : start + RECEIPTS_A_REQUEST]
            receipts = self._receipts_of([each for each in some if each.bloom & self._bloom == self._bloom])
            for header in some:
                logs, succeeded = (
                    checked_logs(header, receipts[header.hash], self._address)
                    if header.hash in receipts
                    else ([], {})
                )
                decoded: list[tuple[Log, Event]] = []
                for log in logs:
                    try:
                        decoded.append((log, decode_event(log.topics, log.data)))
                    except UndecodableLog as error:
                        return read, Unreadable(header, log, error.detail)
                read.append(ReadBlock(header, decoded, succeeded))
                count += len(decoded)
                if count >= most:
                    return read, None
        return read, None

    def completed(self, blocks: list[ReadBlock], own: set[str]) -> list[ReadBlock]:
        """The blocks, and what became of the ``own`` transactions also where the contract emitted nothing."""
        wanted = [
            each.header
            for each in (blocks if own else ())
            if not each.succeeded and not own.isdisjoint(each.header.transactions)
        ]
        receipts = self._receipts_of(wanted)
        return [
            replace(each, succeeded=checked_logs(each.header, receipts[each.header.hash], self._address)[1])
            if each.header.hash in receipts
            else each
            for each in blocks
        ]

    def _receipts_of(self, headers: list[Header]) -> dict[str, Any]:
        """What the node says the receipts are, by the block's hash."""
        asked = [("eth_getBlockReceipts", each.hash) for each in headers]
        answers = in_batches(self._receipts, self.node.batch, asked)
        return {each.hash: answer for each, answer in zip(headers, answers, strict=True)}
