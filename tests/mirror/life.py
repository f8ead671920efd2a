"""A small registry on a chain of its own, and the life of some receivables on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from registry.chain.contract import decode_result, encode_call, encode_deployment
from registry.chain.embedded.genesis import ETHER, Genesis
from registry.chain.embedded.owner import OpenChain, open_chain
from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Admission,
    Confirmation,
    Consent,
    Contest,
    Declinature,
    Domain,
    InvoiceEntry,
    Lock,
    Mandate,
    Quota,
    Registration,
    Sale,
    Settlement,
    Signed,
    Terms,
    Transfer,
    child_lot,
    keccak256,
    pack_invoices,
)
from registry.chain.node import Node
from registry.chain.place import receivable_hex, word_hex
from registry.chain.words import LimitsWord, LotStatus, LotWord, PartyWord
from registry.kit.clock import Clock, Deadline, FixedClock, SystemClock, unix
from registry.mirror.mirror import Mirror
from registry.mirror.worker import Worker, settle_act
from registry.relay.model import Act, ActStatus
from registry.relay.relay import Relay
from registry.relay.use_cases import enqueue_act
from registry.storage.unit_of_work import Database
from tests.builders.anvil import anvil
from tests.builders.databases import a_database

KEYS = {
    name: SigningKey.from_secret(bytes([place]) * 32)
    for place, name in enumerate(
        (
            "operator",
            "obligor",
            "supplier",
            "funder",
            "second",
            "third",
            "relay",
            "settler",
            "clerk",
            "arbiter",
            "bank",
            "successor",
            "deputy",
        ),
        1,
    )
}
PARTIES = {
    "obligor": 1, "supplier": 2, "funder": 3, "second": 4, "third": 5, "relay": 6, "settler": 7, "bank": 8,
}  # fmt: skip
ROLES = {
    "obligor": 1, "supplier": 2, "funder": 4, "second": 2, "third": 2, "relay": 8, "settler": 16, "bank": 4,
}  # fmt: skip
LIMITS = LimitsWord(0, 365, 10, 5, 30, 100)
FACE = 100_000_000
CNY = 156
EUR = 978
DAY = 86_400
GENESIS = Genesis(balances=tuple((key.address, 1_000 * ETHER) for key in KEYS.values()))


@dataclass
class Desk:
    """Time and fresh ids for acts."""

    clock: Clock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):06}"


def send(node: Node, key: SigningKey, to: bytes | None, data: bytes, *, nonce: int | None = None) -> str:
    """Send a transaction past the registry; answers its hash."""
    max_fee, tip = node.max_fee()
    transaction: dict[str, Any] = {
        "type": 2,
        "chainId": node.chain_id(),
        "nonce": node.nonce(key.address) if nonce is None else nonce,
        "value": 0,
        "data": data,
        "gas": 16_000_000 if to is None else 8_000_000,
        "maxFeePerGas": max_fee,
        "maxPriorityFeePerGas": tip,
    }
    if to is not None:
        transaction["to"] = to
    raw, tx_hash = key.sign_transaction(transaction)
    node.send_raw(raw)
    return tx_hash


def until(look: Callable[[], Any]) -> Any:
    """Look again until there is something, for at most ten seconds."""
    deadline = Deadline(10)
    while (found := look()) is None:
        assert not deadline.has_passed
        deadline.pause(0.02)
    return found


def deploy(node: Node, chain: OpenChain | None = None) -> tuple[str, int]:
    """The contract's address and the block it was deployed in; ``chain`` is told to seal it."""
    data = encode_deployment(LIMITS.pack(), KEYS["operator"].address, KEYS["arbiter"].address)
    tx_hash = send(node, KEYS["operator"], None, data)
    if chain is not None and chain.chain is not None:
        chain.chain.mine()
    receipt = until(lambda: node.receipt(tx_hash))
    return receipt["contractAddress"], int(receipt["blockNumber"], 16)


class Life:
    """One contract, one database, its relay, mirror and worker."""

    def __init__(self, node: Node, folder: Path, clock: Clock, address: str, start_block: int) -> None:
        self.node = node
        self.folder = folder
        self.clock = clock
        self.address = address
        self.start_block = start_block
        self.domain = Domain(node.chain_id(), address)
        self.desk = Desk(clock)
        self.database = self.open_database("registry.db")
        self.relay = self.new_relay(self.database)
        self.mirror = self.new_mirror(self.database)
        self.worker = Worker(self.relay, self.mirror)
        self._salts = count(1)

    def open_database(self, name: str) -> Database:
        return a_database(self.folder / name)

    def new_relay(self, database: Database, node: Any = None) -> Relay:
        senders = {name: KEYS[name] for name in ("operator", "relay")}
        return Relay(database, node or self.node, self.address, senders, self.clock)

    def new_mirror(self, database: Database, node: Any = None) -> Mirror:
        return Mirror(database, node or self.node, self.address, self.start_block, self.clock)

    def now(self) -> int:
        """The latest block's time or the clock's, whichever is later; seconds."""
        head = self.node.block("latest")
        assert head is not None
        return max(unix(self.clock.now()), int(head["timestamp"], 16))

    def pass_days(self, days: int) -> None:
        """Let time pass on the chain: by its clock, or by the node's own means."""
        if isinstance(self.clock, FixedClock):
            self.clock.advance(days=days)
        else:
            self.node.call("evm_increaseTime", days * DAY)
            self.node.call("evm_mine")

    # Acts through the outbox

    def enqueue(
        self,
        kind: str,
        arguments: list[Any],
        consents: list[Consent] | None = None,
        *,
        sender: str = "relay",
        about: str = "",
    ) -> str:
        if isinstance(self.clock, FixedClock):
            # Block time follows the clock; where it runs ahead the miner waits.
            self.clock.advance(seconds=3)
        with self.database.write() as session:
            return enqueue_act(
                session,
                self.desk,
                kind=kind,
                arguments=arguments,
                consents=consents,
                sender=sender,
                about=about or f"test:{next(self.desk.numbers)}",
                actor=0,
            ).id

    def settle(self, act_id: str) -> Act:
        return settle_act(self.worker, act_id, 20)

    def do(self, kind: str, arguments: list[Any], consents: list[Consent] | None = None, **more: Any) -> Act:
        """An act from the outbox to its inclusion."""
        return self.settle(self.enqueue(kind, arguments, consents, **more))

    # Messages

    def signed(self, message: Signed, *names: str) -> list[Consent]:
        return [message.sign(KEYS[name], self.domain, self.now() + 3_600) for name in names]

    def view(self, name: str, *arguments: Any) -> Any:
        return decode_result(name, self.node.eth_call(self.address, encode_call(name, *arguments)))

    def lot(self, lot: int) -> LotWord:
        return LotWord.unpack(self.view("lotOf", lot))

    def party_nonce(self, name: str) -> int:
        return PartyWord.unpack(self.view("party", PARTIES[name])).nonce

    # Acts

    def admission(self, name: str) -> tuple[list[Any], list[Consent]]:
        identity = keccak256(name.encode())
        message = Admission(PARTIES[name], identity, KEYS[name].address)
        arguments = [PARTIES[name], identity, KEYS[name].address, ROLES[name], self.now() + 1_000 * DAY]
        return arguments, self.signed(message, name)

    def admit(self, *names: str) -> None:
        acts = [self.enqueue("admit", *self.admission(name), sender="operator") for name in names]
        for act in acts:
            assert self.settle(act).status == ActStatus.INCLUDED

    def terms(self, packed: bytes, face: int = FACE, currency: int = CNY) -> Terms:
        now = self.now()
        return Terms(
            PARTIES["obligor"], PARTIES["supplier"], PARTIES["settler"], face, currency, now + 90 * DAY,
            now - DAY, now - DAY, now - DAY, keccak256(b"documents"), keccak256(packed),
            keccak256(next(self._salts).to_bytes(4)),
        )  # fmt: skip

    def invoice(self, cap: int, amount: int, *names: str) -> InvoiceEntry:
        return InvoiceEntry(cap, amount, tuple(sorted(keccak256(name.encode()) for name in names)))

    def registration(self, *entries: InvoiceEntry) -> tuple[Terms, bytes]:
        packed = pack_invoices(list(entries))
        return self.terms(packed, sum(entry.amount for entry in entries)), packed

    def register(self, *entries: InvoiceEntry) -> tuple[Terms, bytes]:
        terms, packed = self.registration(*entries)
        self.do("register", [terms.as_argument(), packed], self.signed(Registration(terms), "supplier"))
        return terms, packed

    def confirm(self, terms: Terms) -> int:
        self.do("confirm", [terms.as_argument()], self.signed(Confirmation(terms), "obligor"))
        return terms.root_lot

    def decline(self, terms: Terms, packed: bytes, owed: int = 0, later: bytes = b"") -> None:
        reason = keccak256(b"reason")
        message = Declinature(terms.receivable, owed, reason)
        arguments = [terms.as_argument(), owed, reason, packed, later]
        self.do("decline", arguments, self.signed(message, "obligor"))

    def contest(self, terms: Terms, by: str, lot: int) -> None:
        message = Contest(terms.receivable, lot, PARTIES[by], 2, keccak256(b"evidence"), self.party_nonce(by))
        arguments = [terms.receivable, lot, PARTIES[by], message.code, message.evidence]
        self.do("contest", arguments, self.signed(message, by))

    def transfer_message(self, lot: int, to: str, amount: int) -> Transfer:
        word = self.lot(lot)
        return Transfer(lot, word.seq, word.amount, PARTIES[to], amount)

    def transfer(self, lot: int, by: str, to: str, amount: int) -> int:
        word = self.lot(lot)
        consents = self.signed(self.transfer_message(lot, to, amount), by)
        self.do("transfer", [lot, PARTIES[to], amount], consents)
        return lot if amount == word.amount else child_lot(lot, word.seq)

    def lock(self, lot: int, by: str) -> None:
        word, until_ = self.lot(lot), self.now() + 10 * DAY
        message = Lock(lot, word.seq, word.amount, PARTIES["funder"], until_)
        self.do("lock", [lot, PARTIES["funder"], until_], self.signed(message, by))

    def finance(self, lot: int, by: str, *, pledge: bool = False) -> None:
        word, terms_hash = self.lot(lot), keccak256(b"sale")
        message = Sale(lot, word.seq, word.amount, PARTIES["funder"], True, pledge, terms_hash)
        self.do("finance", [lot, True, pledge, terms_hash], self.signed(message, by, "funder"))

    def pay(self, lot: int, amount: int, *by: str) -> None:
        """Recorded by the settler, or with the signatures of ``by``, the first of which is the holder."""
        word, payment = self.lot(lot), keccak256(b"payment")
        payee = word.peer if word.status == LotStatus.PLEDGED else word.holder
        message = Settlement(lot, word.seq, word.amount, payee, amount, payment)
        signers = by or ("settler",)
        arguments = [lot, PARTIES[signers[0]], payee, word.amount, amount, payment]
        self.do("settle", arguments, self.signed(message, *signers))

    def act_directly(self, by: str, kind: str, *arguments: Any) -> dict[str, Any]:
        """A party's own transaction, past the registry. Answers its receipt."""
        to = bytes.fromhex(self.address[2:])
        tx_hash = send(self.node, KEYS[by], to, encode_call(kind, *arguments))
        return until(lambda: self.node.receipt(tx_hash))

    def live(self) -> "Lived":
        """Parties, keys, settings; receivables confirmed, declined, split, financed, paid and given back."""
        self.admit(*PARTIES)
        self.do("setFingerprintKey", [1, keccak256(b"public")], sender="operator")
        nonce = self.party_nonce("supplier")
        clerk, ends = KEYS["clerk"].address, self.now() + 100 * DAY
        mandate = Mandate(PARTIES["supplier"], clerk, 5, 0, ends, 2**64 - 1, nonce)
        self.do(
            "setKey",
            [mandate.party, mandate.key, mandate.scopes, 0, mandate.valid_until, mandate.cap],
            self.signed(mandate, "supplier", "clerk"),
        )
        quota = Quota(PARTIES["obligor"], EUR, 2**63 + 5, self.party_nonce("obligor"))
        self.do("setQuota", [quota.party, quota.currency, quota.quota], self.signed(quota, "obligor"))
        self.do("bar", [PARTIES["third"], True], sender="operator")

        first, _ = self.register(self.invoice(2 * FACE, FACE, "a"), self.invoice(FACE, FACE, "b", "b2"))
        # The same invoice again, for another part of it, and with a fingerprint more.
        second, _ = self.register(self.invoice(2 * FACE, FACE // 2, "a", "a2"))
        refused, refused_packed = self.register(
            self.invoice(2 * FACE, FACE // 2, "a", "a2"), self.invoice(FACE, FACE, "c")
        )
        root = self.confirm(first)
        self.decline(refused, refused_packed, owed=7)
        self.contest(first, "obligor", 0)
        self.do("proposeAccount", [PARTIES["third"], KEYS["successor"].address], sender="operator")
        child = self.transfer(root, "supplier", "second", 80_000_000)
        self.act_directly("second", "reject", child, [])
        grandchild = self.transfer(child, "supplier", "third", 30_000_000)
        self.lock(child, "supplier")
        self.act_directly("funder", "release", child, PARTIES["funder"], [])
        self.lock(child, "supplier")
        self.finance(child, "supplier")
        self.pay(child, 20_000_000)
        self.pay(grandchild, 30_000_000)
        self.transfer(root, "supplier", "second", self.lot(root).amount)
        self.worker.run_once()
        return Lived(first, second, refused, root, child, grandchild)

    def close(self) -> None:
        self.database.close()


@dataclass(frozen=True)
class Lived:
    """What came of it."""

    first: Terms
    second: Terms
    refused: Terms
    root: int
    child: int
    grandchild: int

    def lots(self) -> set[str]:
        return {word_hex(lot) for lot in (self.root, self.child, self.grandchild)}

    def receivables(self) -> set[str]:
        return {receivable_hex(each.receivable) for each in (self.first, self.second, self.refused)}


@contextmanager
def anvil_life(folder: Path, kind: type[Life] = Life) -> Iterator[Life]:
    """A life on an anvil node of its own, which seals a block for each transaction, by the machine's clock."""
    with anvil() as node:
        for key in KEYS.values():
            node.call("anvil_setBalance", key.address, 10**24)
        life = kind(node, folder, SystemClock(), *deploy(node))
        try:
            yield life
        finally:
            life.close()


@contextmanager
def embedded_life(
    folder: Path, clock: Clock | None = None, batching_s: float = 0.002
) -> Iterator[tuple[Life, OpenChain]]:
    """A life on the embedded chain, which seals blocks ``batching_s`` after a transaction comes."""
    clock = clock or FixedClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    with (
        open_chain(folder / "chain", clock, genesis=GENESIS, batching_s=batching_s) as chain,
        Node(chain.url) as node,
    ):
        life = Life(node, folder, clock, *deploy(node, chain))
        try:
            yield life, chain
        finally:
            life.close()
