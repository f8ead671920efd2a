"""The chain itself: opens its file, admits transactions, seals blocks."""

import logging
from functools import cache
from pathlib import Path
from threading import Condition, RLock
from typing import Any

from eth.exceptions import TransactionNotFound
from eth.vm.chain_context import ChainContext
from eth_tester.backends.pyevm.main import setup_tester_chain
from eth_utils.exceptions import ValidationError

from registry.chain.embedded import admission
from registry.chain.embedded.genesis import BLOCK_GAS, Genesis
from registry.chain.embedded.pool import Pool, Waiting
from registry.chain.embedded.store import ChainStore
from registry.chain.errors import ChainDiffers
from registry.chain.recursion import restore_recursion_limit
from registry.kit.clock import Clock, Deadline, unix

log = logging.getLogger(__name__)
restore_recursion_limit()

# Readers wait while a block is sealed, so no further transaction is begun after this long.
MAX_SEALING_S = 1.0


@cache
def chain_class(chain_id: int) -> Any:
    """eth-tester's own chain class (prague rules, proof of stake, constant gas limit) with this chain id.

    eth-tester's backend opens a chain from a new genesis only, mines a block per transaction and reads by
    walking from the head, so what is taken from it is the class; it is opened here on a store.
    """
    one_account = {b"\x01" * 20: {"balance": 0, "nonce": 0, "code": b"", "storage": {}}}
    _, sample = setup_tester_chain(genesis_state=one_account)
    return type("EmbeddedChain", (type(sample),), {"chain_id": chain_id})


class _UnexecutableError(Exception):
    """The machine itself failed on a transaction, which is not the same as reverting."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__(waiting.hash.hex())
        self.waiting = waiting


class EmbeddedChain:
    """py-evm's chain on a file; finality is instant, since one process seals every block.

    Opens the chain in ``path``, or founds it with ``genesis``. Of an existing chain the stored founding
    facts hold, and only ``genesis.chain_id`` is compared. Raises ChainDiffers, ChainUnreadable.
    Everything that reads or writes takes ``lock``.
    """

    def __init__(self, path: Path, clock: Clock, *, genesis: Genesis | None = None) -> None:
        self.lock = RLock()
        self._sealed = Condition()
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
        self.is_closed = False

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

    def wait_for_block(self, after: int, seconds: float) -> int:
        """The latest block's number, as soon as it is greater than ``after``, the chain closes or ``seconds``
        have passed. Takes no lock while waiting."""
        with self._sealed:
            self._sealed.wait_for(lambda: self.is_closed or self._head.block_number > after, seconds)
        return int(self._head.block_number)

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
            while not self._seal():
                pass
            return self._head

    def _seal(self) -> bool:
        """Seal a block; False where a transaction broke the attempt, which then has left the pool."""
        try:
            block, included = self._execute()
            self.db.persist_block(block)
            self.store.commit()
        except _UnexecutableError as broken:
            self.store.rollback()
            self.pool.drop(broken.waiting)
            log.exception("dropped transaction 0x%s", broken.waiting.hash.hex())
            return False
        except BaseException:
            self.store.rollback()
            raise
        self._head = block.header
        with self._sealed:
            self._sealed.notify_all()
        for waiting in included:
            self.pool.drop(waiting)
        self.pool.drop_below(self.state_at(self._head).get_nonce)
        return True

    def _execute(self) -> tuple[Any, list[Waiting]]:
        header = self.next_header()
        vm = self._chain.get_vm(header)
        # What prague does before a block's first transaction: it keeps the parent's hash (EIP-2935).
        vm.block_preprocessing(vm.get_block())
        included: list[Waiting] = []
        receipts = []
        deadline = Deadline(MAX_SEALING_S)
        for waiting in self.pool.ready(vm.state.get_nonce):
            if deadline.has_passed:
                break
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
                # Not ours to foresee, and the state may be half changed: begin anew without it.
                raise _UnexecutableError(waiting) from error
            header = vm.add_receipt_to_header(header, receipt)
            receipts.append(receipt)
            included.append(waiting)
        transactions = [waiting.transaction for waiting in included]
        block = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, transactions, receipts)
        return vm.mine_block(block).block, included

    def close(self) -> None:
        """Close the file; waiting transactions are forgotten, their senders send them again."""
        with self.lock:
            self.is_closed = True
            self.store.close()
        with self._sealed:
            self._sealed.notify_all()


def _full_params(params: dict[str, Any]) -> dict[str, Any]:
    return {"difficulty": 0, "extra_data": b"", "coinbase": b"\x00" * 20, **params}
