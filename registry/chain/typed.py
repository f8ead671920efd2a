"""EIP-712 typed data: what messages are made of, how they are hashed, signed and checked.

The messages themselves are in ``messages``.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

from eth_keys.exceptions import BadSignature

from registry.chain.hashing import keccak256
from registry.chain.keys import Key, same_address
from registry.chain.signing_library import account, typed_data

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
    """Base of all signed messages. ``layout`` is the EIP-712 member list without the deadline, ``parts`` the
    structs that stand in it."""

    layout: ClassVar[str]
    parts: ClassVar[tuple[type["Message"], ...]] = ()

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
        return {member["name"]: _plain(value) for member, value in zip(self.members(), own, strict=True)}

    @classmethod
    def types(cls) -> dict[str, list[dict[str, str]]]:
        return {cls.__name__: cls.members(), **{part.__name__: part.members() for part in cls.parts}}

    @cached_property
    def struct_hash(self) -> bytes:
        """EIP-712's hashStruct of this message."""
        domain = Domain(0, "0x" + "00" * 20)
        return bytes(typed_data(_typed(self, self.values(), domain)).body)


@dataclass(frozen=True)
class Signed(Message):
    """A message that is signed: its typed data ends with a deadline."""

    @classmethod
    def types(cls) -> dict[str, list[dict[str, str]]]:
        found = super().types()
        return {**found, cls.__name__: [*found[cls.__name__], {"type": "uint40", "name": "deadline"}]}

    def typed_data(self, domain: Domain, deadline: int) -> dict[str, Any]:
        """The EIP-712 document for ``eth_signTypedData_v4``."""
        return _typed(self, {**self.values(), "deadline": deadline}, domain)

    def digest(self, domain: Domain, deadline: int) -> bytes:
        """The 32 bytes that are signed."""
        return digest_of(self.typed_data(domain, deadline))

    def sign(self, key: Key, domain: Domain, deadline: int) -> Consent:
        return Consent(key.address, deadline, key.sign_digest(self.digest(domain, deadline)))

    def is_signed_by(self, consent: Consent, domain: Domain) -> bool:
        """Whether the consent is its signer's ECDSA signature over this message (not ERC-1271), low s only."""
        signer = recover(self.digest(domain, consent.deadline), consent.signature)
        return signer is not None and same_address(signer, consent.signer)


def digest_of(typed: dict[str, Any]) -> bytes:
    """The 32 bytes that are signed for an EIP-712 document, also as JSON writes it: bytes as 0x hex, large integers as
    decimal text."""
    encoded = typed_data(typed)
    return keccak256(b"\x19" + encoded.version + encoded.header + encoded.body)


def recover(digest: bytes, signature: bytes) -> str | None:
    """The address that signed, or None where the signature is malformed or its s is high (EIP-2)."""
    half = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64]) > half:
        return None
    try:
        return str(account()._recover_hash(digest, signature=signature))  # noqa: SLF001 - the library's only way
    except BadSignature:
        return None


def _typed(message: Message, values: dict[str, Any], domain: Domain) -> dict[str, Any]:
    return {
        "types": {"EIP712Domain": DOMAIN_FIELDS, **message.types()},
        "primaryType": type(message).__name__,
        "domain": domain.typed(),
        "message": values,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.values() if isinstance(value, Message) else value
