"""A registry on a chain in the process: its parties, their acts, and a node that can be made to lie."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from eth_account import Account

from registry.chain.contract import decode_result, encode_call, encode_deployment
from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.rpc import Rpc
from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Admission,
    Confirmation,
    Consent,
    Domain,
    InvoiceEntry,
    Mandate,
    Registration,
    Sale,
    Signed,
    Terms,
    keccak256,
    pack_invoices,
)
from registry.chain.node import Node
from registry.chain.words import LimitsWord, LotWord, PartyWord, Role, Scope
from registry.kit.clock import Clock, FixedClock, unix

OBLIGOR, SUPPLIER, TIER_2, TIER_3, TIER_4, FUNDER, REGISTRAR, SETTLER, BANK = range(1, 10)
ROLES = {
    OBLIGOR: Role.OBLIGOR, SUPPLIER: Role.SUPPLIER, TIER_2: Role.SUPPLIER, TIER_3: Role.SUPPLIER,
    TIER_4: Role.SUPPLIER, FUNDER: Role.FUNDER, REGISTRAR: Role.REGISTRAR, SETTLER: Role.SETTLER,
    BANK: Role.FUNDER,
}  # fmt: skip
DAY = 86_400
FACE = 100_000_000
EUR = 978

TRANSFER_TOPIC = "0x" + keccak256(b"Transfer(address,address,uint256)").hex()
_INVOICE_OF = "0x" + encode_call("invoiceOf", bytes(32))[:4].hex()

KEYS = {number: SigningKey.from_secret(bytes([number]) * 32) for number in range(1, 20)}
OPERATOR, ARBITER = SigningKey.from_secret(b"\x77" * 32), SigningKey.from_secret(b"\x78" * 32)
PAYERS = [*KEYS.values(), OPERATOR, ARBITER]

Alter = Callable[[str, list[Any], Any], Any]


def is_invoice_use(params: list[Any]) -> bool:
    """An invoice's word ends in the number of its latest receivable, which need not be this one."""
    return (
        bool(params) and isinstance(params[0], dict) and str(params[0].get("input")).startswith(_INVOICE_OF)
    )


class NoMiner:
    """Stands where the embedded chain has its miner: here the world seals blocks itself."""

    def call(self) -> None: ...

    def wait_for_clock(self) -> None: ...


class LocalNode(Node):
    """A node in the process. ``alter`` sees each method, its parameters and its result, and answers what the
    caller gets: how a lying node lies. ``trips`` counts round trips."""

    def __init__(self, rpc: Rpc, alter: Alter | None = None) -> None:
        super().__init__("http://embedded")
        self._rpc = rpc
        self._alter = alter
        self.trips = 0

    def _post(self, request: Any) -> Any:
        self.trips += 1
        sent = orjson.loads(orjson.dumps(request))
        answer = orjson.loads(orjson.dumps(self._rpc.answer(sent)))
        if isinstance(sent, list):
            return [self._told(each, its) for each, its in zip(sent, answer, strict=True)]
        return self._told(sent, answer)

    def _told(self, request: Any, answer: Any) -> Any:
        if self._alter is None or "result" not in answer:
            return answer
        told = self._alter(request["method"], request["params"], answer["result"])
        if isinstance(told, Exception):
            return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32000, "message": str(told)}}
        return {**answer, "result": told}


class World:
    """One registry and its parties; every key pays its own gas."""

    max_hops = 20

    def __init__(self, folder: Path, kind: type[Genesis] = Genesis) -> None:
        self.clock: Clock = FixedClock()
        genesis = kind(balances=tuple((key.address, 10**20) for key in PAYERS))
        self.chain_file = folder / "chain.db"
        self.chain = EmbeddedChain(self.chain_file, self.clock, genesis=genesis)
        self.rpc = Rpc(self.chain, NoMiner(), "world")  # type: ignore[arg-type]
        self.begin(LocalNode(self.rpc))

    def begin(self, node: Node) -> None:
        """With a chain on which all keys can pay."""
        self.node = node
        self.keys, self.operator, self.arbiter = KEYS, OPERATOR, ARBITER
        self.chain_id = node.chain_id()
        self.salt = 0
        self.found()

    def found(self) -> None:
        """A registry of its own, with all its parties; once more, and the chain has two."""
        self.contract = self._deploy()
        self.domain = Domain(self.chain_id, self.contract)
        for number, role in ROLES.items():
            self.admit(number, role)

    def close(self) -> None:
        self.node.close()
        self.chain.close()

    @property
    def now(self) -> int:
        return unix(self.clock.now())

    @property
    def deadline(self) -> int:
        return self.now + DAY

    def lying(self, alter: Alter) -> LocalNode:
        return LocalNode(self.rpc, alter)

    # Transactions

    def _deploy(self) -> str:
        limits = LimitsWord(0, 365, self.max_hops, 5, 30, 100).pack()
        receipt = self.raw(
            self.operator, None, encode_deployment(limits, self.operator.address, self.arbiter.address)
        )
        return str(receipt["contractAddress"])

    def raw(self, key: SigningKey, to: str | None, data: bytes, **more: Any) -> dict[str, Any]:
        return self.mined(self.queue(key, to, data, **more))

    def queue(self, key: SigningKey, to: str | None, data: bytes, **more: Any) -> bytes:
        fields: dict[str, Any] = {
            "nonce": self.node.nonce(key.address), "gas": 16_000_000 if to is None else 900_000, "value": 0,
            "maxFeePerGas": 14, "maxPriorityFeePerGas": 0, "chainId": self.chain_id, "type": 2, "data": data,
            **more,
        }  # fmt: skip
        fields = {name: value for name, value in fields.items() if value is not None}
        if to is not None:
            fields["to"] = bytes.fromhex(to[2:])
        # Of any kind, as wallets send them; the registry sends one kind only.
        return self.node.send_raw(bytes(Account.sign_transaction(fields, key.secret).raw_transaction))

    def mined(self, tx: bytes) -> dict[str, Any]:
        self.mine(1)
        receipt = self.node.receipt(tx)
        assert receipt is not None
        assert receipt["status"] == "0x1", receipt
        return receipt

    def mine(self, blocks: int) -> None:
        """Blocks with what waits, the others empty."""
        for _ in range(blocks):
            self.chain.mine()
        assert isinstance(self.clock, FixedClock)
        self.clock.at = max(self.clock.at, self.clock.at + timedelta(seconds=self.chain.lead_seconds()))

    def send(self, sender: int | SigningKey, name: str, *arguments: Any) -> dict[str, Any]:
        key = self.keys[sender] if isinstance(sender, int) else sender
        return self.raw(key, self.contract, encode_call(name, *arguments))

    def sign(self, signer: int | SigningKey, message: Signed, deadline: int | None = None) -> Consent:
        key = self.keys[signer] if isinstance(signer, int) else signer
        return message.sign(key, self.domain, self.deadline if deadline is None else deadline)

    # Acts

    def admit(self, number: int, role: Role, identity: bytes | None = None) -> None:
        account, identity = self.keys[number].address, identity or keccak256(bytes([number]))
        consent = self.sign(number, Admission(number, identity, account))
        self.send(self.operator, "admit", number, identity, account, role, self.now + 10**8, [consent])

    def mandate(self, number: int, key: SigningKey, cap: int, scopes: Scope) -> None:
        self.mined(self.queue_mandate(number, key, cap, scopes))

    def queue_mandate(self, number: int, key: SigningKey, cap: int, scopes: Scope) -> bytes:
        """Sent, and waiting for a block."""
        party = PartyWord.unpack(self.view("party", number))
        until = self.now + 300 * DAY
        message = Mandate(number, key.address, scopes, EUR, until, cap, party.nonce)
        arguments = (number, key.address, scopes, EUR, until, cap, [self.sign(key, message)])
        return self.queue(self.keys[number], self.contract, encode_call("setKey", *arguments))

    def wallet(self) -> str:
        """A smart account that takes any signature as its own."""
        # PUSH4 1626ba7e PUSH1 e0 SHL PUSH0 MSTORE PUSH1 20 PUSH0 RETURN: yes, whatever it is asked.
        code = bytes.fromhex("631626ba7e60e01b5f5260205ff3")
        # PUSH14 code PUSH0 MSTORE PUSH1 0e PUSH1 12 RETURN.
        created = self.raw(self.operator, None, b"\x6d" + code + bytes.fromhex("5f52600e6012f3"))
        return str(created["contractAddress"])

    def wallet_consent(self, wallet: str) -> Consent:
        """What a smart account takes that takes everything."""
        return Consent(wallet, self.deadline, b"any")

    def admit_wallet(self, number: int, wallet: str) -> None:
        arguments = (number, keccak256(wallet.encode()), wallet, Role.SUPPLIER, self.now + 10**8)
        self.send(self.operator, "admit", *arguments, [self.wallet_consent(wallet)])

    def view(self, name: str, *arguments: Any) -> int:
        return int(decode_result(name, self.node.eth_call(self.contract, encode_call(name, *arguments))))

    def lot(self, lot: int) -> LotWord:
        return LotWord.unpack(self.view("lotOf", lot))

    def sell(self, lot: int, seller: int, funder: int, *, with_recourse: bool) -> None:
        """The lot is locked for the funder, who sends it."""
        word, price = self.lot(lot), keccak256(b"price")
        sale = Sale(lot, word.seq, word.amount, funder, with_recourse, False, price)
        self.send(funder, "finance", lot, with_recourse, False, price, [self.sign(seller, sale)])

    def invoices(self, count: int = 2, face: int = FACE) -> bytes:
        self.salt += 1
        return pack_invoices(
            [
                InvoiceEntry(face, face // count, (keccak256(bytes([self.salt, place])),))
                for place in range(count)
            ]
        )

    def terms(self, invoices: bytes, face: int = FACE) -> Terms:
        today = self.now - self.now % DAY
        return Terms(
            OBLIGOR, SUPPLIER, SETTLER, face, EUR, today + 90 * DAY, today - 9 * DAY, today - 8 * DAY,
            today - 7 * DAY, keccak256(b"documents"), keccak256(invoices), keccak256(bytes([self.salt])),
        )  # fmt: skip

    def issue(self) -> Terms:
        """A confirmed receivable: the registration relayed, the confirmation relayed."""
        return self.issue_of(self.invoices())

    def issue_of(self, invoices: bytes, supplier: int = SUPPLIER) -> Terms:
        """Of these invoices, signed by the supplier's account or the key of this number."""
        terms = self.terms(invoices)
        registered = [self.sign(supplier, Registration(terms))]
        self.send(REGISTRAR, "register", terms.as_argument(), invoices, registered)
        self.send(REGISTRAR, "confirm", terms.as_argument(), [self.sign(OBLIGOR, Confirmation(terms))])
        return terms
