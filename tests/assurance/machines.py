"""Two chains that execute a trace's steps one block each: py-evm in the process, anvil beside it."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import rlp
from eth.db.atomic import AtomicDB
from trie import HexaryTrie

from registry.chain.embedded.chain import chain_class
from registry.chain.keys import SigningKey
from registry.chain.messages import keccak256
from registry.chain.node import Node
from tests.assurance.trace import CHAIN_ID, Outcome, Step
from tests.builders.anvil import anvil

GAS_LIMIT = 30_000_000
GAS = 25_000_000  # the deployment, which makes the parts too, needs most of it
ETHER = 10**18
FEE = 10**10


class Machine(Protocol):
    """Executes steps and tells the contract's storage root."""

    def execute(self, step: Step) -> Outcome: ...

    def storage_root(self) -> bytes: ...


class _Signer:
    """The same signed transactions for every chain: contract address, ids and nonces are the same too."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._nonces: dict[str, int] = {}

    def sign(self, step: Step) -> bytes:
        nonce = self._nonces.get(step.sender.address, 0)
        self._nonces[step.sender.address] = nonce + 1
        raw, _ = step.sender.sign_transaction(
            {
                "type": 2,
                "to": b"" if step.is_creation else bytes.fromhex(self._address[2:]),
                "data": step.data,
                "value": 0,
                "gas": GAS,
                "nonce": nonce,
                "chainId": CHAIN_ID,
                "maxFeePerGas": FEE,
                "maxPriorityFeePerGas": 0,
            }
        )
        return raw


class PyEvm:
    """The embedded chain's rules on a dictionary."""

    def __init__(self, address: str, senders: list[SigningKey], start: int) -> None:
        rich = {"balance": 1_000 * ETHER, "nonce": 0, "code": b"", "storage": {}}
        self._chain = chain_class(CHAIN_ID).from_genesis(
            AtomicDB(),
            {
                "difficulty": 0,
                "extra_data": b"",
                "coinbase": bytes(20),
                "gas_limit": GAS_LIMIT,
                "base_fee_per_gas": 7,
                "timestamp": start,
            },
            {bytes.fromhex(key.address[2:]): rich for key in senders},
        )
        self._signer = _Signer(address)
        self._address = bytes.fromhex(address[2:])

    def execute(self, step: Step) -> Outcome:
        head = self._chain.get_canonical_head()
        header = self._chain.create_header_from_parent(head, timestamp=step.now)
        vm = self._chain.get_vm(header)
        transaction = vm.get_transaction_builder().decode(self._signer.sign(step))
        receipt, computation = vm.apply_transaction(header, transaction)
        header = vm.add_receipt_to_header(header, receipt)
        block = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, [transaction], [receipt])
        self._chain.chaindb.persist_block(vm.mine_block(block).block)
        logs = tuple(
            (tuple(topic.to_bytes(32) for topic in log.topics), bytes(log.data)) for log in receipt.logs
        )
        output = b"" if step.is_creation else bytes(computation.output)
        return Outcome(not computation.is_error, output, logs, int(header.gas_used))

    def storage_root(self) -> bytes:
        head = self._chain.get_canonical_head()
        account = self._chain.get_vm(head).state._account_db._get_account(self._address)
        return bytes(account.storage_root)


class Anvil:
    """A node of another make. It mines a block for every transaction, at the time it is told."""

    def __init__(self, address: str, senders: list[SigningKey], node: Node) -> None:
        self._node = node
        self._signer = _Signer(address)
        self._address = address
        for key in senders:
            node.call("anvil_setBalance", key.address, hex(1_000 * ETHER))

    def execute(self, step: Step) -> Outcome:
        self._node.call("evm_setNextBlockTimestamp", hex(step.now))
        tx_hash = "0x" + self._node.send_raw(self._signer.sign(step)).hex()
        self._node.call("evm_mine")
        receipt = self._node.receipt(tx_hash)
        assert receipt is not None, "mined with the block"
        logs = tuple(
            (tuple(_bytes(topic) for topic in log["topics"]), _bytes(log["data"])) for log in receipt["logs"]
        )
        output = b""
        if not step.is_creation:
            trace = self._node.call("debug_traceTransaction", tx_hash, {"tracer": "callTracer"})
            output = _bytes(trace.get("output", "0x"))
        return Outcome(receipt["status"] == "0x1", output, logs, int(receipt["gasUsed"], 16))

    def storage_root(self) -> bytes:
        """Computed here from all words: the node's own root also counts words that were set to zero."""
        tree = HexaryTrie({})
        for slot, word in self.storage().items():
            tree[keccak256(slot.to_bytes(32))] = rlp.encode(word)
        return bytes(tree.root_hash)

    def storage(self) -> dict[int, int]:
        """Every slot of the contract that is not empty, also those nobody thought of."""
        dump = json.loads(gzip.decompress(_bytes(self._node.call("anvil_dumpState"))))
        accounts = {place.lower(): account for place, account in dump["accounts"].items()}
        words = accounts[self._address.lower()]["storage"]
        return {int(slot, 16): int(word, 16) for slot, word in words.items() if int(word, 16)}


@contextmanager
def anvil_machine(address: str, senders: list[SigningKey], start: int) -> Iterator[Anvil]:
    options = ["--chain-id", str(CHAIN_ID), "--timestamp", str(start), "--gas-limit", str(GAS_LIMIT)]
    with anvil(*options, "--accounts", "1", "--no-mining") as node:
        yield Anvil(address, senders, node)


def _bytes(text: Any) -> bytes:
    return bytes.fromhex(str(text).removeprefix("0x"))
