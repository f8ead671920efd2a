"""What was sealed, as JSON-RPC shows it: read from the chain's store by number, hash or index."""

from collections.abc import Callable
from typing import Any, TypeVar

from eth.exceptions import HeaderNotFound, TransactionNotFound

from registry.chain.embedded import shapes
from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.faults import BAD_PARAMS, REFUSED, RpcError
from registry.chain.embedded.hexes import read_data, read_quantity

Json = dict[str, Any]
T = TypeVar("T")
_CACHED_BLOCKS = 256
_LATEST = ("latest", "safe", "finalized")


class Views:
    """Reads over one chain; the caller holds the chain's lock. Sealed blocks never change, so the last few
    looked at are kept ready."""

    def __init__(self, chain: EmbeddedChain) -> None:
        self._chain = chain
        self._transactions: dict[bytes, tuple[Any, ...]] = {}
        self._receipts: dict[bytes, list[Json]] = {}

    def header(self, ref: object) -> Any | None:
        """The header a block parameter names: a tag, a number, a hash, or EIP-1898's object; None where the
        chain has no such block. ``pending`` is the header a block sealed now would have."""
        if isinstance(ref, dict):
            if "blockHash" in ref:
                return self.header_by_hash(read_data(ref["blockHash"], "blockHash", 32))
            ref = ref.get("blockNumber", "nothing")
        if ref is None or ref in _LATEST:
            return self._chain.head
        if ref == "pending":
            return self._chain.next_header()
        if ref == "earliest":
            return self._by_number(0)
        if isinstance(ref, str) and len(ref) == 66:
            return self.header_by_hash(read_data(ref, "block hash", 32))
        return self._by_number(read_quantity(ref, "block number"))

    def state_header(self, ref: object) -> Any:
        """The header whose state a read at ``ref`` sees. Raises RpcError where there is no such block."""
        header = self.header(ref)
        if header is None:
            raise RpcError(REFUSED, "header not found")
        return header

    def header_by_hash(self, block_hash: bytes) -> Any | None:
        try:
            return self._chain.db.get_block_header_by_hash(block_hash)
        except HeaderNotFound:
            return None

    def _by_number(self, number: int) -> Any | None:
        if number > self._chain.head.block_number:
            return None
        return self._chain.db.get_canonical_block_header_by_number(number)

    def transactions(self, header: Any) -> tuple[Any, ...]:
        """The signed transactions of a sealed block."""
        kind = self._chain.rules_at(header).get_block_class()
        return self._kept(
            self._transactions,
            header,
            lambda: tuple(self._chain.db.get_block_transactions(header, kind.transaction_builder)),
        )

    def receipts(self, header: Any) -> list[Json]:
        """The receipts of a sealed block."""

        def read() -> list[Json]:
            builder = self._chain.rules_at(header).get_receipt_builder()
            receipts = list(self._chain.db.get_receipts(header, builder))
            return shapes.receipts_json(header, self.transactions(header), receipts)

        return self._kept(self._receipts, header, read)

    @staticmethod
    def _kept(kept: dict[bytes, T], header: Any, read: Callable[[], T]) -> T:
        found = kept.get(header.hash)
        if found is None:
            if len(kept) >= _CACHED_BLOCKS:
                del kept[next(iter(kept))]
            found = kept[header.hash] = read()
        return found

    def block(self, ref: object, *, is_full: bool) -> Json | None:
        """A block, or None where there is none such."""
        header = self.header(ref)
        if header is None:
            return None
        if ref == "pending":
            state = self._chain.state_at(self._chain.head)
            waiting = [each.transaction for each in self._chain.pool.ready(state.get_nonce)]
            return shapes.pending_json(header, waiting, is_full=is_full)
        return shapes.block_json(header, self.transactions(header), is_full=is_full)

    def transaction(self, tx_hash: bytes) -> Json | None:
        """A sealed or waiting transaction, or None."""
        place = self._place(tx_hash)
        if place is None:
            waiting = self._chain.pool.get(tx_hash)
            return None if waiting is None else shapes.transaction_json(waiting.transaction, None, None)
        header, index = place
        return shapes.transaction_json(self.transactions(header)[index], header, index)

    def receipt(self, tx_hash: bytes) -> Json | None:
        """The receipt of a sealed transaction, or None."""
        place = self._place(tx_hash)
        return None if place is None else self.receipts(place[0])[place[1]]

    def _place(self, tx_hash: bytes) -> tuple[Any, int] | None:
        try:
            number, index = self._chain.db.get_transaction_index(tx_hash)
        except TransactionNotFound:
            return None
        return self._by_number(number), index

    def span(self, low: object, high: object) -> range:
        """The block numbers of a log query, ends included, cut at the head. Raises RpcError."""
        first, last = self._number(low), self._number(high)
        if first > last:
            raise RpcError(BAD_PARAMS, "invalid block range params: fromBlock is after toBlock")
        return range(first, min(last, self._chain.head.block_number) + 1)

    def _number(self, ref: object) -> int:
        if ref is None or ref in (*_LATEST, "pending"):
            return int(self._chain.head.block_number)
        return 0 if ref == "earliest" else read_quantity(ref, "block number")
