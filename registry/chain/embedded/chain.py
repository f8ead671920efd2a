"""The chain itself: opens its file, admits transactions, seals blocks."""

import logging
from pathlib import Path
from threading import RLock
from typing import Any

from eth.exceptions import TransactionNotFound
from eth.vm.chain_context import ChainContext
from eth_utils.exceptions import ValidationError

from registry.chain.embedded import admission
from registry.chain.embedded.faults import INTERNAL, RpcError
from registry.chain.embedded.genesis import BLOCK_GAS, Genesis, chain_class
from registry.chain.embedded.pool import Pool, Waiting
from registry.chain.embedded.store import ChainStore
from registry.chain.errors import ChainDiffers
from registry.kit.clock import Clock, unix

log = logging.getLogger(__name__)


class EmbeddedChain:
    """py-evm's chain on a file; finality is instant, since one process seals every block.

    Opens the chain in ``path``, or founds it with ``genesis``. Of an existing chain the stored founding
    facts hold, and only ``genesis.chain_id`` is compared. Raises ChainDiffers, ChainUnreadable.
    Everything that reads or writes takes ``lock``.
    """

    def __init__(self, path: Path, clock: Clock, *, genesis: Genesis | None = None) -> None:
        self.lock = RLock()
        self.pool = Pool()
        self.clock = clock
        self.store = ChainStore(path)
        try:
            self.genesis = self._found_or_check(genesis)
            self._chain = chain_class(self.genesis.chain_id)(self.store)
        except BaseException:
            self.store.close()
            raise
        self.chain_id = self.genesis.chain_id
        self.db = self._chain.chaindb
        self._context = ChainContext(self.chain_id)
        self._head = self.db.get_canonical_head()

    def _found_or_check(self, genesis: Genesis | None) -> Genesis:
        stored = self.store.founding("genesis")
        if stored is None:
            genesis = genesis or Genesis()
            kind = chain_class(genesis.chain_id)
            params = genesis.params(unix(self.clock.now()))
            kind.from_genesis(self.store, _full_params(params), genesis.state())
            self.store.found("genesis", genesis.to_json())
            self.store.commit()
            return genesis
        found = Genesis.from_json(stored)
        if genesis is not None and genesis.chain_id != found.chain_id:
            raise ChainDiffers(
                f"The chain in this folder has the id {found.chain_id}, not {genesis.chain_id}; "
                "set that id or use another folder.",
                found=found.chain_id,
                wanted=genesis.chain_id,
            )
        return found

    @property
    def head(self) -> Any:
        """The latest block's header; final as soon as it is there."""
        return self._head

    def next_time(self) -> int:
        """The time in seconds a block sealed now would have."""
        return max(int(self._head.timestamp) + 1, unix(self.clock.now()))

    def lead_seconds(self) -> int:
        """How far the latest block is ahead of the clock; negative where it lies in the past."""
        return int(self._head.timestamp) - unix(self.clock.now())

    def next_header(self) -> Any:
        """The header a block sealed now would start from; its state is the latest."""
        return self._chain.create_header_from_parent(self._head, timestamp=self.next_time())

    def state_at(self, header: Any, *, is_free: bool = False) -> Any:
        """py-evm's state under a header. ``is_free``: with no base fee, for calls that pay nothing."""
        kind = self._chain.get_vm_class(header)
        if is_free:
            header = header.copy(base_fee_per_gas=0)
        previous = kind.get_prev_hashes(header.parent_hash, self.db)
        return kind.build_state(self.store, header, self._context, previous)

    def rules_at(self, header: Any) -> Any:
        """The fork's VM class, which knows the codecs of its transactions and receipts."""
        return self._chain.get_vm_class(header)

    def next_nonce(self, sender: bytes) -> int:
        """The nonce a new transaction of ``sender`` should carry: after the waiting ones."""
        return self.pool.next_nonce(sender, self.state_at(self._head).get_nonce(sender))

    def send_raw(self, raw: bytes) -> bytes:
        """Admit a signed transaction and answer its hash; one that is known already is answered the same.
        Raises RpcError as geth would."""
        with self.lock:
            transaction = admission.decode(self.rules_at(self._head).get_transaction_builder(), raw)
            tx_hash = bytes(transaction.hash)
            if self.pool.get(tx_hash) is not None or self.is_mined(tx_hash):
                return tx_hash
            sender = admission.sender_of(transaction, self.chain_id)
            header = self.next_header()
            admission.check_account(transaction, sender, self.state_at(self._head), header.base_fee_per_gas)
            admission.check_place(transaction, sender, self.pool)
            self.pool.add(transaction, tx_hash, sender)
            return tx_hash

    def is_mined(self, tx_hash: bytes) -> bool:
        try:
            self.db.get_transaction_index(tx_hash)
        except TransactionNotFound:
            return False
        return True

    def has_work(self) -> bool:
        """Whether a block sealed now would hold a transaction."""
        with self.lock:
            if not len(self.pool):
                return False
            return self.pool.has_ready(self.state_at(self._head).get_nonce)

    def mine(self) -> Any:
        """Seal one block of the waiting transactions, empty if there are none; answers its header.

        Its time is max(parent + 1 s, clock). What cannot be executed any more is dropped from the pool;
        what reverts is included with status 0.
        """
        with self.lock:
            try:
                block, included = self._execute()
                self.db.persist_block(block)
                self.store.commit()
            except BaseException:
                self.store.rollback()
                raise
            self._head = block.header
            for waiting in included:
                self.pool.drop(waiting)
            return self._head

    def _execute(self) -> tuple[Any, list[Waiting]]:
        header = self.next_header()
        vm = self._chain.get_vm(header)
        included: list[Waiting] = []
        receipts = []
        for waiting in self.pool.ready(vm.state.get_nonce):
            if header.gas_used + waiting.gas > BLOCK_GAS:
                continue
            try:
                receipt, _ = vm.apply_transaction(header, waiting.transaction)
            except ValidationError as error:
                # Checked before anything is executed, so the state is as it was.
                log.warning("dropped transaction 0x%s: %s", waiting.hash.hex(), error)
                self.pool.drop(waiting)
                continue
            except Exception as error:
                # Not ours to foresee; without this transaction the next block can be sealed.
                self.pool.drop(waiting)
                raise RpcError(INTERNAL, f"transaction 0x{waiting.hash.hex()} failed: {error!r}") from error
            header = vm.add_receipt_to_header(header, receipt)
            receipts.append(receipt)
            included.append(waiting)
        transactions = [waiting.transaction for waiting in included]
        block = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, transactions, receipts)
        return vm.mine_block(block).block, included

    def close(self) -> None:
        """Close the file; waiting transactions are forgotten, their senders send them again."""
        with self.lock:
            self.store.close()


def _full_params(params: dict[str, Any]) -> dict[str, Any]:
    return {"difficulty": 0, "extra_data": b"", "coinbase": b"\x00" * 20, **params}
