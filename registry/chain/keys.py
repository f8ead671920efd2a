"""Keys: what signs for an address, and those that are kept in Web3 Secret Storage files.

Others are in tokens, see ``hsm``. A key never leaves its holder's machine.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
from eth_typing import Hash32
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from registry.chain.signing_library import account, typed_transaction
from registry.kit.errors import BadInput, NotFound

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCRYPT_ROUNDS = 2**14  # about 50 ms; the default 2**18 makes a clerk wait seconds for every signature


class KeystoreRefused(BadInput):
    code = "keystore_refused"
    title = "The keystore file cannot be opened"


class KeystoreMissing(NotFound):
    code = "keystore_missing"
    title = "There is no keystore file at that place"


class Key(ABC):
    """What signs for one address. Where its secret is, and whether anybody could read it, only its maker knows."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The address as EIP-55 writes it."""

    @abstractmethod
    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r ‖ s ‖ v over a 32-byte digest: low s (EIP-2), v 27 or 28."""

    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """Raw signed transaction and its hash (0x…), of a transaction with a type (EIP-2718)."""
        typed = typed_transaction()
        signature = self.sign_digest(typed.from_dict(transaction).hash())
        r, s, odd = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64]), signature[64] - 27
        raw = bytes(typed.from_dict({**transaction, "v": odd, "r": r, "s": s}).encode())
        return raw, "0x" + keccak(raw).hex()


def signer_of(raw: bytes) -> str:
    """The address that signed a raw transaction."""
    return str(account().recover_transaction(raw))


@dataclass(frozen=True)
class SigningKey(Key):
    """A private key in memory."""

    _account: "LocalAccount"

    @classmethod
    def create(cls) -> "SigningKey":
        return cls(account().create())

    @classmethod
    def from_secret(cls, secret: bytes) -> "SigningKey":
        """Raises KeystoreRefused for bytes that are no secp256k1 key."""
        try:
            return cls(cast("LocalAccount", account().from_key(secret)))
        except ValueError:
            raise KeystoreRefused("These bytes are not a secp256k1 private key.") from None

    @property
    def address(self) -> str:
        return str(self._account.address)

    @property
    def secret(self) -> bytes:
        return bytes(self._account.key)

    def sign_digest(self, digest: bytes) -> bytes:
        """Deterministic (RFC 6979)."""
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)

    def save(self, path: Path, password: str) -> None:
        """Write a Web3 Secret Storage v3 file that only its owner may read. Never overwrites."""
        document = account().encrypt(self._account.key, password, kdf="scrypt", iterations=SCRYPT_ROUNDS)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                path.chmod(0o600)
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        except FileExistsError:
            raise KeystoreRefused(
                f"{path.name} exists already; choose another name.", file=path.name
            ) from None


def open_keystore(path: Path, password: str) -> SigningKey:
    """Raises KeystoreMissing, KeystoreRefused (no keystore, or the wrong password)."""
    try:
        text = path.read_text()
    except OSError:
        raise KeystoreMissing(f"No keystore file {path} can be read.", file=str(path)) from None
    try:
        return SigningKey.from_secret(bytes(account().decrypt(orjson.loads(text), password)))
    except (ValueError, KeyError, TypeError, NotImplementedError):
        raise KeystoreRefused(
            f"{path.name} does not open: wrong password, or not a keystore file.", file=path.name
        ) from None


def checksum(address: str) -> str:
    """The address as EIP-55 writes it. Raises ValueError for mixed case that is not its checksum."""
    written, plain = str(to_checksum_address(address)), address[2:]
    if plain not in (plain.lower(), plain.upper(), written[2:]):
        raise ValueError("the address's capitals do not fit (EIP-55); one of its digits may be wrong")
    return written


def same_address(one: str, other: str) -> bool:
    """Addresses compare without regard to checksum case."""
    return one.lower() == other.lower()
