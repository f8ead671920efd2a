"""Reading the chain for a verification: one contract as of one block, each thing asked for once.

Everything the verifier knows comes through a ``Reader``: a node's (here) or a proof pack's (``packed``).
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from registry.chain.contract import encode_call
from registry.chain.errors import NodeRefused
from registry.chain.keys import same_address
from registry.chain.node import Json, Node
from registry.chain.wallets import ACCEPTED, acceptance_call
from registry.provenance.model import Broken, OutOfReach

MAX_LOGS = 20_000
# A node that refuses a span of blocks as too wide is asked for half of it, down to this.
_LEAST_SPAN = 1_000
_MAX_LOG_QUERIES = 2_000
_BATCH = 100


class Reader(Protocol):
    """What a verification asks. ``at`` is the block number as of which everything is read. Raises Broken where an
    answer has not the form it must have, OutOfReach where there is none."""

    contract: str
    at: int

    def chain_id(self) -> int: ...

    def code(self, address: str | None = None) -> bytes:
        """The deployed code at an address, the contract's unless told."""

    def block(self, number: int) -> Json: ...

    def block_hash_now(self, number: int) -> str:
        """The block's hash asked for afresh, to notice that the chain moved meanwhile."""

    def transaction(self, tx: str) -> Json: ...

    def receipt(self, tx: str) -> Json: ...

    def prefetch(self, transactions: Iterable[str], blocks: Iterable[int]) -> None:
        """What is about to be asked for."""

    def logs(self, *topics: int | list[int] | None) -> list[Json]:
        """The contract's logs with these topics after the first, which is left open, up to ``at``. Raises
        OutOfReach for more than 20,000."""

    def word(self, view: str, *arguments: Any, block: int | None = None) -> int | None:
        """The 256-bit word a view answers at a block (``at`` unless told), or None where that block's state is
        not to be had any more."""

    def wallet_accepts(self, wallet: str, digest: bytes, signature: bytes, block: int) -> bool | None:
        """Whether a smart account takes a signature as its own (ERC-1271): at the block's end, or at the end
        of the one before, since its keys may change between; None where there is no state."""


class NodeReader(Reader):
    """From a node's answers, each asked for once; of logs only those from the block ``since`` on. Raises what ``Node``
    raises besides."""

    def __init__(self, node: Node, contract: str, at: int, since: int = 0) -> None:
        self._node = node
        self.contract = contract
        self.at = at
        self._since = since
        self._found: dict[tuple[str, Any], Any] = {}

    def _once(self, kind: str, about: Any, ask: Callable[[], Any]) -> Any:
        if (kind, about) not in self._found:
            self._found[kind, about] = ask()
        return self._found[kind, about]

    def chain_id(self) -> int:
        return int(self._once("chain", "id", self._node.chain_id))

    def asked(self, kind: str) -> list[Any]:
        """What was asked for: blocks by number, transactions by hash, words by (view, arguments, block), code by
        address."""
        return [about for each, about in self._found if each == kind]

    def code(self, address: str | None = None) -> bytes:
        where = address or self.contract
        return bytes(self._once("code", where, lambda: self._node.code(where, self.at)))

    def block(self, number: int) -> Json:
        found = self._once("block", number, lambda: self._node.block(number))
        return _given(found, f"block {number}")

    def block_hash_now(self, number: int) -> str:
        return text(_given(self._node.block(number), f"block {number}"), "hash")

    def transaction(self, tx: str) -> Json:
        return _given(self._once("transaction", tx, lambda: self._node.transaction(tx)), f"transaction {tx}")

    def receipt(self, tx: str) -> Json:
        return _given(
            self._once("receipt", tx, lambda: self._node.receipt(tx)), f"receipt of transaction {tx}"
        )

    def prefetch(self, transactions: Iterable[str], blocks: Iterable[int]) -> None:
        """Ask for many in few round trips; what this leaves out is asked for singly later."""
        asked: list[tuple[tuple[str, Any], tuple[Any, ...]]] = []
        for tx in transactions:
            asked.append((("transaction", tx), ("eth_getTransactionByHash", tx)))
            asked.append((("receipt", tx), ("eth_getTransactionReceipt", tx)))
        asked += [(("block", number), ("eth_getBlockByNumber", number, False)) for number in blocks]
        missing = [(key, request) for key, request in asked if key not in self._found]
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            answers = self._node.batch([request for _, request in part])
            self._found.update(zip((key for key, _ in part), answers, strict=True))

    def logs(self, *topics: int | list[int] | None) -> list[Json]:
        wanted = [None, *(_topic(each) for each in topics)]
        found: list[Json] = []
        start, span = self._since, self.at + 1 - self._since
        for _ in range(_MAX_LOG_QUERIES):
            if start > self.at:
                return found
            end = min(start + span - 1, self.at)
            try:
                found += self._node.logs(from_block=start, to_block=end, address=self.contract, topics=wanted)
            except NodeRefused:
                if span <= _LEAST_SPAN:
                    raise
                span = max(span // 2, _LEAST_SPAN)
                continue
            if len(found) > MAX_LOGS:
                break
            start = end + 1
        raise OutOfReach("too_many_logs", f"More than {MAX_LOGS:,} logs, or too many blocks to look through.")

    def word(self, view: str, *arguments: Any, block: int | None = None) -> int | None:
        block = self.at if block is None else block

        def ask() -> int | None:
            try:
                answer = self._node.eth_call(self.contract, encode_call(view, *arguments), block)
            except NodeRefused:
                return None
            if len(answer) != 32:
                raise Broken("unreadable", f"{view} answered {len(answer)} bytes, not one word.")
            return int.from_bytes(answer)

        found = self._once("word", (view, arguments, block), ask)
        return None if found is None else int(found)

    def wallet_accepts(self, wallet: str, digest: bytes, signature: bytes, block: int) -> bool | None:
        asked = acceptance_call(digest, signature)
        for when in (max(block - 1, 0), block):
            try:
                if not self._node.code(wallet, when):
                    continue
                if self._node.eth_call(wallet, asked, when)[:32] == ACCEPTED:
                    return True
            except NodeRefused as refused:
                if refused.revert_data is None:
                    return None
        return False


def is_contract(reader: Reader, address: object) -> bool:
    """Whether it is the address of the contract that is read."""
    return isinstance(address, str) and same_address(address, reader.contract)


def _given(found: Any, what: str) -> Json:
    if found is None:
        raise OutOfReach("node_lacks", f"The node has no {what} (any more); ask one that keeps all blocks.")
    if not isinstance(found, dict):
        raise Broken("unreadable", f"The node sent something else than {what}.")
    return found


def _topic(value: int | list[int] | None) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [f"0x{each:064x}" for each in value]
    return f"0x{value:064x}"


def quantity(found: Json, name: str) -> int:
    """A JSON-RPC quantity. Raises Broken for anything else."""
    try:
        return int(str(found.get(name)), 16)
    except ValueError:
        raise Broken("unreadable", f"The node sent no number under {name}.") from None


def octets(found: Json, name: str) -> bytes:
    """JSON-RPC data. Raises Broken for anything else."""
    try:
        return bytes.fromhex(str(found.get(name)).removeprefix("0x"))
    except ValueError:
        raise Broken("unreadable", f"The node sent no data under {name}.") from None


def text(found: Json, name: str) -> str:
    """A string, in lower case. Raises Broken for anything else."""
    value = found.get(name)
    if not isinstance(value, str):
        raise Broken("unreadable", f"The node sent no {name}.")
    return value.lower()


def address(found: Json, name: str) -> str:
    """An account's address, 0x and 40 hex digits. Raises Broken for anything else."""
    value = octets(found, name)
    if len(value) != 20:
        raise Broken("unreadable", f"The node sent no address under {name}.")
    return "0x" + value.hex()
