"""One class per signed message: EIP-712 typed data, hash, signature.

A message is what a wallet shows; every business field stands in it, typed. The contract derives it again from the
act's arguments and its own state, so a signature over anything else does not fit. Field names here are the
Solidity names in snake case; amounts in minor units, times in seconds since 1970 (UTC), parties by number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from registry.chain.hashing import keccak256
from registry.chain.packed import InvoiceEntry, child_lot, pack_invoices, unpack_invoices
from registry.chain.typed import Consent, Domain, Message, Signed, recover
from registry.chain.words import DatesWord, TermsWord

__all__ = [
    "Consent",
    "Domain",
    "InvoiceEntry",
    "Message",
    "Signed",
    "child_lot",
    "keccak256",
    "pack_invoices",
    "recover",
    "unpack_invoices",
]


@dataclass(frozen=True)
class Terms(Message):
    """What supplier and obligor both sign. Its struct hash is the commitment and the root lot's id."""

    layout: ClassVar[str] = (
        "uint32 obligor,uint32 originator,uint32 settler,uint64 face,uint16 currency,uint32 maturity,"
        "uint32 issuedOn,uint32 deliveredOn,uint32 acceptedOn,bytes32 documentsRoot,bytes32 invoicesHash,bytes32 salt"
    )
    obligor: int
    originator: int
    settler: int
    face: int
    currency: int
    maturity: int
    issued_on: int
    delivered_on: int
    accepted_on: int
    documents_root: bytes
    invoices_hash: bytes
    salt: bytes

    @property
    def receivable(self) -> int:
        """The receivable's id: the top 64 bits of the commitment."""
        return int.from_bytes(self.struct_hash[:8])

    @property
    def root_lot(self) -> int:
        return int.from_bytes(self.struct_hash)

    def as_argument(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def of_event(cls, values: Mapping[str, Any]) -> "Terms":
        """The terms that a ReceivableRegistered shows."""
        return cls(
            **TermsWord.values_in(values["termsWord"]),
            **DatesWord.values_in(values["datesWord"]),
            documents_root=values["documentsRoot"],
            invoices_hash=values["invoicesHash"],
            salt=values["salt"],
        )

    def as_json(self) -> dict[str, Any]:
        return {
            field.name: "0x" + value.hex() if isinstance(value := getattr(self, field.name), bytes) else value
            for field in fields(self)
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Terms":
        plain: dict[str, Any] = {
            field.name: bytes.fromhex(value[field.name][2:])
            if field.type is bytes
            else int(value[field.name])
            for field in fields(cls)
        }
        return cls(**plain)


# ---------------------------------------------------------------------- parties


@dataclass(frozen=True)
class Admission(Signed):
    layout: ClassVar[str] = "uint32 party,bytes32 identity,address account"
    party: int
    identity: bytes
    account: str


@dataclass(frozen=True)
class Mandate(Signed):
    """Signed by the account and by the new key."""

    layout: ClassVar[str] = (
        "uint32 party,address key,uint16 scopes,uint16 currency,uint40 validUntil,uint64 cap,uint32 nonce"
    )
    party: int
    key: str
    scopes: int
    currency: int
    valid_until: int
    cap: int
    nonce: int


@dataclass(frozen=True)
class Revocation(Signed):
    layout: ClassVar[str] = "uint32 party,address key,uint32 nonce"
    party: int
    key: str
    nonce: int


@dataclass(frozen=True)
class Quota(Signed):
    layout: ClassVar[str] = "uint32 party,uint16 currency,uint64 quota,uint32 nonce"
    party: int
    currency: int
    quota: int
    nonce: int


@dataclass(frozen=True)
class Veto(Signed):
    """Any live key of the party against an account proposed for it."""

    layout: ClassVar[str] = "uint32 party,address account,uint32 nonce"
    party: int
    account: str
    nonce: int


@dataclass(frozen=True)
class Takeover(Signed):
    """Signed by the proposed account, once its proposal has waited."""

    layout: ClassVar[str] = "uint32 party,address account,uint32 nonce"
    party: int
    account: str
    nonce: int


# ---------------------------------------------------------------------- receivables


@dataclass(frozen=True)
class Registration(Signed):
    layout: ClassVar[str] = "Terms terms"
    parts: ClassVar = (Terms,)
    terms: Terms


@dataclass(frozen=True)
class Registrations(Signed):
    """Several registrations of one originator and currency under one signature."""

    layout: ClassVar[str] = "Terms[] terms"
    parts: ClassVar = (Terms,)
    terms: tuple[Terms, ...]


@dataclass(frozen=True)
class Confirmation(Signed):
    layout: ClassVar[str] = "Terms terms"
    parts: ClassVar = (Terms,)
    terms: Terms


@dataclass(frozen=True)
class Confirmations(Signed):
    """Several confirmations of one obligor and currency under one signature."""

    layout: ClassVar[str] = "Terms[] terms"
    parts: ClassVar = (Terms,)
    terms: tuple[Terms, ...]


@dataclass(frozen=True)
class Declinature(Signed):
    """The obligor's refusal; ``owed`` is what it does owe, ``reason`` a hash or short code."""

    layout: ClassVar[str] = "uint64 receivable,uint64 owed,bytes32 reason"
    receivable: int
    owed: int
    reason: bytes


@dataclass(frozen=True)
class Withdrawal(Signed):
    """The originator's, of an unconfirmed receivable."""

    layout: ClassVar[str] = "uint64 receivable,bytes32 reason"
    receivable: int
    reason: bytes


@dataclass(frozen=True)
class Cancellation(Signed):
    """Signed by obligor and originator; ``seq`` and ``lot_amount`` are the root lot's."""

    layout: ClassVar[str] = "uint64 receivable,uint16 seq,uint64 lotAmount,bytes32 reason"
    receivable: int
    seq: int
    lot_amount: int
    reason: bytes


@dataclass(frozen=True)
class Contest(Signed):
    """The obligor's or a holder's; ``lot`` 0 = the whole receivable, ``code`` 1 to 6 for C01 to C06."""

    layout: ClassVar[str] = (
        "uint64 receivable,uint256 lot,uint32 party,uint8 code,bytes32 evidence,uint32 nonce"
    )
    receivable: int
    lot: int
    party: int
    code: int
    evidence: bytes
    nonce: int


# ---------------------------------------------------------------------- lots


@dataclass(frozen=True)
class Transfer(Signed):
    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount"
    lot: int
    seq: int
    lot_amount: int
    to: int
    amount: int


@dataclass(frozen=True)
class Move(Message):
    """One transfer of several; seq and amount are the lot's when its turn comes."""

    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,uint64 amount"
    lot: int
    seq: int
    lot_amount: int
    to: int
    amount: int

    def as_argument(self) -> tuple[int, int, int]:
        return (self.lot, self.to, self.amount)


@dataclass(frozen=True)
class Transfers(Signed):
    """Several transfers of one holder and currency under one signature, in their order."""

    layout: ClassVar[str] = "Move[] moves"
    parts: ClassVar = (Move,)
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Rejection(Signed):
    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount"
    lot: int
    seq: int
    lot_amount: int


@dataclass(frozen=True)
class Lock(Signed):
    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,uint32 until"
    lot: int
    seq: int
    lot_amount: int
    funder: int
    until: int


@dataclass(frozen=True)
class Release(Signed):
    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount"
    lot: int
    seq: int
    lot_amount: int


@dataclass(frozen=True)
class Sale(Signed):
    """Signed by holder and funder alike; ``terms_hash`` is the hash of price and conditions."""

    layout: ClassVar[str] = (
        "uint256 lot,uint16 seq,uint64 lotAmount,uint32 funder,bool withRecourse,bool pledge,bytes32 termsHash"
    )
    lot: int
    seq: int
    lot_amount: int
    funder: int
    with_recourse: bool
    pledge: bool
    terms_hash: bytes


@dataclass(frozen=True)
class Settlement(Signed):
    """Signed by the settler, or by the holder as its receipt; ``payment`` is the hash of the payment's reference."""

    layout: ClassVar[str] = (
        "uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment"
    )
    lot: int
    seq: int
    lot_amount: int
    payee: int
    amount: int
    payment: bytes


@dataclass(frozen=True)
class Payment(Message):
    """One payment of several under one settler's signature."""

    layout: ClassVar[str] = (
        "uint256 lot,uint16 seq,uint64 lotAmount,uint32 payee,uint64 amount,bytes32 payment"
    )
    lot: int
    seq: int
    lot_amount: int
    payee: int
    amount: int
    payment: bytes

    def as_argument(self) -> tuple[int, int, int, int, bytes]:
        return (self.lot, self.payee, self.lot_amount, self.amount, self.payment)


@dataclass(frozen=True)
class Settlements(Signed):
    """Several payments in one currency under one settler's signature."""

    layout: ClassVar[str] = "Payment[] payments"
    parts: ClassVar = (Payment,)
    payments: tuple[Payment, ...]


@dataclass(frozen=True)
class Enforcement(Signed):
    """The pledgee's, from the maturity on."""

    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount"
    lot: int
    seq: int
    lot_amount: int


@dataclass(frozen=True)
class Reassignment(Signed):
    """Signed by the holding and the receiving funder; ``terms_hash`` is the hash of price and conditions."""

    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount,uint32 to,bytes32 termsHash"
    lot: int
    seq: int
    lot_amount: int
    to: int
    terms_hash: bytes


@dataclass(frozen=True)
class PutBack(Signed):
    """The holding funder's, from the maturity on: the lot goes back to its recourse party."""

    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount"
    lot: int
    seq: int
    lot_amount: int


@dataclass(frozen=True)
class WriteOff(Signed):
    """The holder's, of a pledged lot the funder's too: a claim given up."""

    layout: ClassVar[str] = "uint256 lot,uint16 seq,uint64 lotAmount,uint64 amount,bytes32 reason"
    lot: int
    seq: int
    lot_amount: int
    amount: int
    reason: bytes
