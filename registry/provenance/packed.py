"""Reading the chain out of a proof pack: each answer follows by hashing from the pack's block, or is refused.

``PackReader`` stands where a node's reader stands. What it answers it has proven before: a transaction and its
receipt by the tries of their block, state by the trie under the block's state root, code by its hash.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from registry.chain.artifact import Code, registry_artifact
from registry.chain.messages import keccak256
from registry.chain.node import Json
from registry.chain.rlp import RlpError, encode
from registry.provenance import pack as form
from registry.provenance.headers import is_hash_of_header
from registry.provenance.model import Broken, OutOfReach
from registry.provenance.reading import Reader, is_contract, octets, quantity, text
from registry.provenance.slots import slot_of
from registry.provenance.state import Account, account_under, shown, word_of
from registry.provenance.transactions import seal_of
from registry.provenance.trie import NodeMissing, Nodes
from registry.provenance.unsealed import header_of, receipt_of, transaction_of

# Orders logs as the chain does: a transaction's place in its block, then the log's in its receipt.
_LOGS_PER_RECEIPT = 1 << 16
_NOBODY = "0x" + "00" * 20
# Of the year 9999, in seconds since 1970.
_LAST_SECOND = 253_402_300_799


class PackReader(Reader):
    """Answers from one pack. Raises Broken, naming what the pack does not prove, already when it is made:
    ``header_hash``, ``header_twice``, ``header_time``, ``header_later``, ``header_missing``, ``anchor_missing``,
    ``transaction_proof``, ``receipt_proof``, ``transaction_hash``, ``transaction_twice``,
    ``transaction_unknown`` or ``contract_code``."""

    def __init__(self, pack: form.Preimages) -> None:
        self.contract = pack.contract
        self.at = pack.block.number
        self._pack = pack
        self.nodes = Nodes(bytes.fromhex(each[2:]) for each in pack.nodes)
        self._codes = _codes(pack.code)
        self._accounts: dict[tuple[int, str], Account | None] = {}
        # Blocks whose state was asked for, and is said to be gone.
        self.missed: set[int] = set()
        self.headers = self._read_headers()
        self._transactions: dict[str, Json] = {}
        self._receipts: dict[str, Json] = {}
        for place in pack.transactions:
            self._read_transaction(place)

    def chain_id(self) -> int:
        return self._pack.chain_id

    def code(self, address: str | None = None) -> bytes:
        account = self.account(address or self.contract, self.at)
        if account is None or account.code_hash == keccak256(b""):
            return b""
        if account.code_hash not in self._codes:
            raise Broken(
                "contract_code",
                f"The code at {address or self.contract} is none that the pack and this version know.",
            )
        return self._codes[account.code_hash]

    def block(self, number: int) -> Json:
        if number not in self.headers:
            raise Broken("header_missing", f"The pack has no header of block {number:,}.")
        return self.headers[number]

    def block_hash_now(self, number: int) -> str:
        return text(self.block(number), "hash")

    def transaction(self, tx: str) -> Json:
        found = _given(self._transactions, tx)
        if "from" not in found:
            # Whoever signed it sent it. Only worked out for those that are read: it takes the longest.
            seal = seal_of(found)
            found["from"] = seal.sender if seal is not None and seal.sender is not None else _NOBODY
        return found

    def receipt(self, tx: str) -> Json:
        return _given(self._receipts, tx)

    def prefetch(self, transactions: Iterable[str], blocks: Iterable[int]) -> None:
        """Everything is here already."""

    def logs(self, *topics: int | list[int] | None) -> list[Json]:
        return [
            log
            for receipt in self._receipts.values()
            for log in receipt["logs"]
            if is_contract(self, log["address"]) and _fits(log["topics"], topics)
        ]

    def word(self, view: str, *arguments: Any, block: int | None = None) -> int | None:
        block = self.at if block is None else block
        if block in self._pack.stateless:
            self.missed.add(block)
            return None
        what = f"{view}({', '.join(map(shown, arguments))})"
        return self.storage(self.contract, slot_of(view, *arguments), block, what)

    def wallet_accepts(self, wallet: str, digest: bytes, signature: bytes, block: int) -> bool | None:
        """No pack can say: it takes running the account's own code."""
        raise OutOfReach(
            "wallet_unproven",
            f"{wallet} is a smart account, whose consent only a node can ask it for: verify the lot with one.",
        )

    def storage(self, address: str, slot: int, block: int, what: str) -> int:
        """The word in a slot of a contract; 0 where the proof is of none. Raises Broken with ``account_proof`` or
        ``storage_proof``."""
        account = self.account(address, block)
        return 0 if account is None else word_of(self.nodes, account, slot, what, block)

    def account(self, address: str, block: int) -> Account | None:
        """None where the proof is of none. Raises Broken with ``account_proof``."""
        if (block, address) not in self._accounts:
            root = octets(self.block(block), "stateRoot")
            self._accounts[block, address] = account_under(self.nodes, root, address, block)
        return self._accounts[block, address]

    def _read_headers(self) -> dict[int, Json]:
        found: dict[int, Json] = {}
        for header in self._pack.headers:
            try:
                block = {**header_of(bytes.fromhex(header.rlp[2:])), "hash": header.hash}
            except RlpError as error:
                raise Broken("header_hash", f"The header of {header.hash} is none. {error}") from error
            if not is_hash_of_header(block):
                raise Broken("header_hash", f"The header of {header.hash} does not hash to it.")
            number = quantity(block, "number")
            if quantity(block, "timestamp") > _LAST_SECOND:
                raise Broken("header_time", f"Block {number:,} is of no time that there is.")
            if number > self.at:
                raise Broken("header_later", f"Block {number:,} comes after the pack's own.")
            if number in found:
                raise Broken("header_twice", f"The pack has two headers of block {number:,}.")
            found[number] = {**block, "transactions": []}
        if self.at not in found or found[self.at]["hash"] != self._pack.block.hash:
            raise Broken("anchor_missing", f"The pack lacks the header of block {self.at:,} that it names.")
        return found

    def _read_transaction(self, place: form.Transaction) -> None:
        if place.hash in self._transactions:
            raise Broken("transaction_twice", f"The pack lists transaction {place.hash} twice.")
        block = self.block(place.block)
        raw, receipt = (
            self._leaf(block, root, place, name)
            for root, name in (("transactionsRoot", "transaction_proof"), ("receiptsRoot", "receipt_proof"))
        )
        if "0x" + keccak256(raw).hex() != place.hash:
            raise Broken(
                "transaction_hash",
                f"Another transaction than {place.hash} stands at place {place.index} of block {place.block:,}.",
            )
        where = {
            "blockHash": block["hash"],
            "blockNumber": block["number"],
            "transactionIndex": hex(place.index),
        }
        try:
            fields = transaction_of(raw)
            shown = receipt_of(receipt)
        except RlpError as error:
            raise Broken(
                "transaction_unknown", f"{place.hash} is of a form not known here. {error}"
            ) from error
        listed = block["transactions"]
        listed += [None] * (place.index + 1 - len(listed))
        listed[place.index] = place.hash
        self._transactions[place.hash] = {**fields, **where, "hash": place.hash}
        order = count(place.index * _LOGS_PER_RECEIPT)
        logs = [
            {**log, **where, "transactionHash": place.hash, "logIndex": hex(next(order))}
            for log in shown["logs"]
        ]
        self._receipts[place.hash] = {**shown, **where, "transactionHash": place.hash, "logs": logs}

    def _leaf(self, block: Json, root: str, place: form.Transaction, name: str) -> bytes:
        subject = f"The {name.removesuffix('_proof')} at place {place.index} of block {place.block:,}"
        try:
            found = self.nodes.find(octets(block, root), encode(place.index))
        except NodeMissing as error:
            raise Broken(name, f"{subject} is not proven. {error}") from error
        if found is None:
            raise Broken(name, f"{subject} is proven not to be there.")
        return found


def _codes(told: Sequence[form.Code]) -> dict[bytes, bytes]:
    """The known contracts' code with each setting put in, by hash."""
    artifact = registry_artifact()
    known: dict[str, Code] = {"Registry": artifact, **artifact.parts}
    found = {}
    for each in told:
        code, blanks = bytearray(known[each.name].runtime), known[each.name].blanks
        settings = [bytes.fromhex(setting[2:]) for setting in each.settings]
        if [len(setting) for setting in settings] != [length for _, length in blanks]:
            raise Broken("contract_code", f"The settings told of {each.name} do not fit its code.")
        for (start, length), setting in zip(blanks, settings, strict=True):
            code[start : start + length] = setting
        found[keccak256(bytes(code))] = bytes(code)
    return found


def _given(found: dict[str, Json], tx: str) -> Json:
    if tx not in found:
        raise Broken("transaction_missing", f"The pack lacks transaction {tx}.")
    return found[tx]


def _fits(topics: list[str], wanted: tuple[int | list[int] | None, ...]) -> bool:
    """Whether a log's topics after the first are the wanted ones, as eth_getLogs has it."""
    given = [int(each, 16) for each in topics[1:]]
    return len(given) >= len(wanted) and all(
        one is None or value in (one if isinstance(one, list) else [one])
        for one, value in zip(wanted, given, strict=False)
    )
