"""A chain on which much happened: many acts in each block, all through the real contract, the same for the same seed."""

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from registry.chain.contract import encode_deployment
from registry.chain.deploy import deploy
from registry.chain.keys import SigningKey, same_address
from registry.chain.messages import (
    Confirmations,
    Domain,
    Move,
    Payment,
    Registrations,
    Settlements,
    Signed,
    Transfers,
    child_lot,
)
from registry.chain.node import Node
from registry.chain.words import LimitsWord
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    OBLIGOR,
    OPERATOR,
    OTHER_OBLIGOR,
    REGISTRAR,
    ROLES,
    SECOND,
    SETTLER,
    START,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    account,
)

ACTS_A_BLOCK = 4
RECORDS_AN_ACT = 10
BLOCK_S = 12
OPTIONS = (
    "--no-mining", "--order", "fifo", "--gas-limit", "100000000", "--timestamp", str(START - BLOCK_S),
    "--max-persisted-states", "0",  # else it writes megabytes to disk with each block, and the databases beside it wait
)  # fmt: skip


class BusyChain(Ledger):
    """The contract on an anvil node started with OPTIONS. What is sent waits for ``seal``, which makes one block of it.

    ``events``: how many logs the contract has emitted, as the receipts have them.
    """

    def __init__(self, node: Node, seed: int = 1) -> None:
        self._node, self._random, self._numbers = node, Random(seed), count(1)
        for key in (OPERATOR, *map(account, ROLES)):
            node.call("anvil_setBalance", key.address, 10**24)
        self.now = START
        self._set_time()
        node.call("evm_setAutomine", True)
        limits = LimitsWord(0, 365, 10, 5, 30, 100).pack()
        code = encode_deployment(limits, OPERATOR.address, ARBITER.address)
        deployed = deploy(node, OPERATOR, code)
        node.call("evm_setAutomine", False)
        self.address, self.start_block = deployed.address, deployed.block_number
        self.domain = Domain(deployed.chain_id, deployed.address)
        self._waiting = 0
        self.events = self._logs_of_head()
        for number in ROLES:
            self.admit(number)
        self.seal()

    def send_raw(self, sender: SigningKey | str, data: bytes) -> bytes:
        assert isinstance(sender, SigningKey)
        if sender is STRANGER:  # a view
            return self._node.eth_call(self.address, data)
        transaction = {
            "type": 2,
            "chainId": self.domain.chain_id,
            "nonce": self._node.nonce(sender.address),
            "to": self.address,
            "value": 0,
            "data": data,
            "gas": 16_000_000,
            "maxFeePerGas": 10**12,
            "maxPriorityFeePerGas": 0,
        }
        self._node.send_raw(sender.sign_transaction(transaction)[0])
        self._waiting += 1
        return b""

    def seal(self) -> int:
        """One block of all that was sent; answers its number. None of it may have failed."""
        self._set_time()
        self._node.call("evm_mine")
        self.events += self._logs_of_head()
        self._waiting = 0
        return self._node.block_number()

    def _set_time(self) -> None:
        self.now += BLOCK_S
        self._node.call("evm_setNextBlockTimestamp", self.now)

    def _logs_of_head(self) -> int:
        receipts = self._node.call("eth_getBlockReceipts", "latest")
        assert len(receipts) == (self._waiting or 1), "something was left out of the block"
        assert all(int(receipt["status"], 16) for receipt in receipts), "an act failed"
        emitters = [log["address"] for receipt in receipts for log in receipt["logs"]]
        return sum(same_address(one, self.address) for one in emitters)

    def grow(self, events: int) -> None:
        """Receivables registered, confirmed, passed on whole and in part, and paid, until there are so many logs."""
        for _ in self._blocks():
            if self.events >= events:
                return

    def trickle(self, blocks: int) -> int:
        """So many blocks, in each of which one receivable is registered and confirmed; answers how many logs."""
        before = self.events
        for _ in range(blocks):
            acts.register_confirmed(self, self._claim(OBLIGOR), sender=account(REGISTRAR))
            self.seal()
        return self.events - before

    def _blocks(self) -> Iterator[None]:
        """A block at a time, without end."""
        while True:
            lots: list[int] = []
            yield from self._issue(lots)
            for by, to in ((SUPPLIER, SECOND), (SECOND, THIRD)):
                lots += self._pass_on([lot for lot in lots if self.lot(lot).holder == by], by, to)
                yield
            self._pay(lots)
            yield

    def _issue(self, lots: list[int]) -> Iterator[None]:
        """New receivables, each act's of one obligor; their root lots are added to ``lots``."""
        bundles = []
        for _ in range(ACTS_A_BLOCK):
            obligor = self._random.choice((OBLIGOR, OTHER_OBLIGOR))
            claims = [self._claim(obligor) for _ in range(RECORDS_AN_ACT)]
            terms = tuple(claim.terms for claim in claims)
            packed = [claim.invoices for claim in claims]
            self._send("registerMany", [list(terms), packed], Registrations(terms), SUPPLIER)
            bundles.append((obligor, terms))
        self.seal()
        yield
        for obligor, terms in bundles:
            self._send("confirmMany", [list(terms)], Confirmations(terms), obligor)
            lots += [one.root_lot for one in terms]
        self.seal()
        yield

    def _claim(self, obligor: int) -> acts.Claim:
        entries = [
            acts.invoice(
                amount=self._random.randrange(10_000, 10_000_000),
                fingerprints=tuple(
                    sorted(acts.fingerprint(next(self._numbers)) for _ in range(self._random.randint(1, 3)))
                ),
            )
            for _ in range(self._random.randint(1, 2))
        ]
        return acts.claim(obligor=obligor, invoices=entries, salt=next(self._numbers))

    def _pass_on(self, lots: list[int], by: int, to: int) -> list[int]:
        """Some whole and some in part; answers the lots that parts made."""
        made = []
        for start in range(0, len(lots), RECORDS_AN_ACT):
            moves = []
            for lot in lots[start : start + RECORDS_AN_ACT]:
                word = self.lot(lot)
                part = word.amount // 3 if self._random.random() < 0.5 else word.amount
                moves.append(Move(lot, word.seq, word.amount, to, part))
                made += [child_lot(lot, word.seq)] if part < word.amount else []
            self._send("transferMany", [by, moves], Transfers(tuple(moves)), by)
        self.seal()
        return made

    def _pay(self, lots: list[int]) -> None:
        """Some of them, wholly or half."""
        payments = []
        for lot in self._random.sample(lots, len(lots) // 2):
            word = self.lot(lot)
            paid = word.amount // self._random.randint(1, 2)
            payments.append(Payment(lot, word.seq, word.amount, word.holder, paid, acts.PAYMENT))
        for start in range(0, len(payments), RECORDS_AN_ACT):
            some = payments[start : start + RECORDS_AN_ACT]
            self._send("settleMany", [SETTLER, some], Settlements(tuple(some)), SETTLER)
        self.seal()

    def _send(self, act: str, arguments: list[Any], message: Signed, by: int) -> None:
        """Sent by the registrar with the party's signature."""
        self.send(account(REGISTRAR), act, *arguments, self.sign(message, account(by)))
