"""One class per signed message: EIP-712 typed data, hash, signature.

A message is what a wallet shows; every business field stands in it, typed. The contract derives it again from the
act's arguments and its own state, so a signature over anything else does not fit. Field names here are the
Solidity names in snake case; amounts in minor units, times in seconds since 1970 (UTC), parties by number.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from registry.chain.keys import SigningKey, same_address

DOMAIN_FIELDS = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True)
class Domain:
    """Binds every signature to one contract on one chain (EIP-712)."""

    chain_id: int
    contract: str
    name: str = "Counterfoil"
    version: str = "1"

    def typed(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


@dataclass(frozen=True)
class Consent:
    """One key's signature over a message; ``signature`` is 65 bytes, or whatever an ERC-1271 wallet takes."""

    signer: str
    deadline: int
    signature: bytes

    def as_json(self) -> dict[str, Any]:
        return {"signer": self.signer, "deadline": self.deadline, "signature": "0x" + self.signature.hex()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Consent":
        return cls(
            value["signer"], int(value["deadline"]), bytes.fromhex(value["signature"].removeprefix("0x"))
        )

    def as_argument(self) -> tuple[str, int, bytes]:
        return (self.signer, self.deadline, self.signature)


@dataclass(frozen=True)
class Message:
    """Base of all signed messages. ``layout`` is the EIP-712 member list without the deadline."""

    layout: ClassVar[str]

    @classmethod
    def members(cls) -> list[dict[str, str]]:
        """The EIP-712 members of this type."""
        return [
            {"type": kind, "name": name}
            for kind, name in (member.split(" ") for member in cls.layout.split(","))
        ]

    def values(self) -> dict[str, Any]:
        """Member name → value, in the order of the layout."""
        own = [getattr(self, field.name) for field in fields(self)]
        return {
            member["name"]: value.values() if isinstance(value, Message) else value
            for member, value in zip(self.members(), own, strict=True)
        }

    @classmethod
    def types(cls) -> dict[str, list[dict[str, str]]]:
        return {cls.__name__: cls.members()}

    @cached_property
    def struct_hash(self) -> bytes:
        """EIP-712's hashStruct of this message."""
        domain = Domain(0, "0x" + "00" * 20)
        return bytes(encode_typed_data(full_message=_typed(self, self.values(), domain)).body)


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


@dataclass(frozen=True)
class Signed(Message):
    """A message that is signed: its typed data ends with a deadline."""

    @classmethod
    def types(cls) -> dict[str, list[dict[str, str]]]:
        members = [*cls.members(), {"type": "uint40", "name": "deadline"}]
        nested = {"Terms": Terms.members()} if any(member["type"] == "Terms" for member in members) else {}
        return {cls.__name__: members, **nested}

    def typed_data(self, domain: Domain, deadline: int) -> dict[str, Any]:
        """The EIP-712 document for ``eth_signTypedData_v4``."""
        return _typed(self, {**self.values(), "deadline": deadline}, domain)

    def digest(self, domain: Domain, deadline: int) -> bytes:
        """The 32 bytes that are signed."""
        encoded = encode_typed_data(full_message=self.typed_data(domain, deadline))
        return bytes(keccak(b"\x19" + encoded.version + encoded.header + encoded.body))

    def sign(self, key: SigningKey, domain: Domain, deadline: int) -> Consent:
        return Consent(key.address, deadline, key.sign_digest(self.digest(domain, deadline)))

    def is_signed_by(self, consent: Consent, domain: Domain) -> bool:
        """Whether the consent is its signer's ECDSA signature over this message (not ERC-1271), low s only."""
        signer = recover(self.digest(domain, consent.deadline), consent.signature)
        return signer is not None and same_address(signer, consent.signer)


def recover(digest: bytes, signature: bytes) -> str | None:
    """The address that signed, or None where the signature is malformed or its s is high (EIP-2)."""
    half = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64]) > half:
        return None
    try:
        return str(Account._recover_hash(digest, signature=signature))  # noqa: SLF001 - the library's only way
    except Exception:
        return None


def _typed(message: Message, values: dict[str, Any], domain: Domain) -> dict[str, Any]:
    return {
        "types": {"EIP712Domain": DOMAIN_FIELDS, **message.types()},
        "primaryType": type(message).__name__,
        "domain": domain.typed(),
        "message": values,
    }


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


# ---------------------------------------------------------------------- receivables


@dataclass(frozen=True)
class Registration(Signed):
    layout: ClassVar[str] = "Terms terms"
    terms: Terms


@dataclass(frozen=True)
class Confirmation(Signed):
    layout: ClassVar[str] = "Terms terms"
    terms: Terms


@dataclass(frozen=True)
class Declinature(Signed):
    """The obligor's refusal; ``owed`` is what it does owe, ``reason`` a hash or short code."""

    layout: ClassVar[str] = "uint64 receivable,uint64 owed,bytes32 reason"
    receivable: int
    owed: int
    reason: bytes


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


# ---------------------------------------------------------------------- ids and packed lists


@dataclass(frozen=True)
class InvoiceEntry:
    """One invoice of a receivable as the contract takes it; fingerprints are 32 bytes each."""

    cap: int
    amount: int
    fingerprints: tuple[bytes, ...]


def pack_invoices(entries: list[InvoiceEntry]) -> bytes:
    """The contract's packed list: cap 8 bytes | amount 8 | number 1 | fingerprints ascending, per invoice."""
    return b"".join(
        entry.cap.to_bytes(8)
        + entry.amount.to_bytes(8)
        + len(entry.fingerprints).to_bytes(1)
        + b"".join(sorted(entry.fingerprints))
        for entry in entries
    )


def unpack_invoices(packed: bytes) -> list[InvoiceEntry]:
    """The inverse of pack_invoices. Raises ValueError for bytes of another form."""
    entries, offset = [], 0
    while offset < len(packed):
        count = packed[offset + 16] if offset + 17 <= len(packed) else 0
        end = offset + 17 + 32 * count
        if not count or end > len(packed):
            raise ValueError("not a packed invoice list")
        prints = tuple(packed[start : start + 32] for start in range(offset + 17, end, 32))
        entries.append(
            InvoiceEntry(
                int.from_bytes(packed[offset : offset + 8]),
                int.from_bytes(packed[offset + 8 : offset + 16]),
                prints,
            )
        )
        offset = end
    return entries


def child_lot(parent: int, seq: int) -> int:
    """The id of the child that a split makes at the parent's ``seq``: lineage by hashing alone."""
    return int.from_bytes(keccak(parent.to_bytes(32) + seq.to_bytes(32)))


def keccak256(data: bytes) -> bytes:
    return bytes(keccak(data))
