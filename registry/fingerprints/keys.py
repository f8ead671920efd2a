"""The registry's fingerprint key: one function for the entry on chain, the check and the opening."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import orjson

from registry.fingerprints import voprf
from registry.kit.errors import BadInput, Conflict, NotFound, Unavailable

ENTRY_BYTES = 32
SUITE = "ristretto255-SHA512"
MODE = "VOPRF"
_INFO = b"counterfoil fingerprint key"


class BadKeyFile(BadInput):
    code = "bad_fingerprint_key"
    title = "This file holds no fingerprint key"


class KeyFileExists(Conflict):
    code = "fingerprint_key_exists"
    title = "There is a fingerprint key already"


class KeyMissing(Unavailable):
    """A live key is not among the files of this machine, or none is live: nothing can be entered or told."""

    code = "fingerprint_key_missing"
    title = "A fingerprint key that is in use is not here"


class FingerprintKeyUnknown(NotFound):
    code = "fingerprint_key_unknown"
    title = "There is no live fingerprint key of this version"


def fingerprint_input(version: int, domain: str, *fields: str) -> bytes:
    """The message whose pseudorandom value is a fingerprint: version ‖ domain ‖ fields in UTF-8.

    Every part stands behind its length in two bytes, so that fields can never run together. Anybody may
    build it and ask for its fingerprint blind. Raises BadInput where it would be longer than 65,535 bytes.
    """
    parts = [version.to_bytes(4, "big"), domain.encode(), *[field.encode() for field in fields]]
    if sum(map(len, parts)) + 2 * len(parts) > voprf.MAX_INPUT_BYTES:
        raise BadInput("These fields are too long for a fingerprint.")
    return b"".join([len(part).to_bytes(2, "big") + part for part in parts])


@dataclass(frozen=True)
class OpenedFingerprint:
    """A fingerprint, the fields it is of, and the proof that the key of this version gave it (RFC 9497)."""

    fingerprint: bytes
    key_version: int
    domain: str
    fields: tuple[str, ...]
    evaluated: bytes
    proof: bytes


@dataclass(frozen=True)
class FingerprintKey:
    """A secret scalar of 32 bytes and its ``version``, a number that grows with each new key."""

    version: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.version < 2**32:
            raise BadInput("A key version is a whole number from 1 to 4,294,967,295.")

    @classmethod
    def create(cls, *, version: int = 1, seed: bytes | None = None) -> Self:
        """A new key; with ``seed`` (32 bytes) always the same one, for tests and demonstrations."""
        seed = secrets.token_bytes(voprf.SEED_BYTES) if seed is None else seed
        return cls(version, voprf.derive_key(seed, _INFO))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key that ``save`` wrote. Raises BadKeyFile."""
        try:
            found = orjson.loads(path.read_bytes())
            key = cls(int(found["version"]), bytes.fromhex(found["secret"]))
            is_whole = found["suite"] == SUITE and bytes.fromhex(found["public"]) == key.public
        except (OSError, ValueError, KeyError, TypeError, BadInput) as error:
            raise BadKeyFile(f"{path.name} holds no fingerprint key that can be read.") from error
        if not is_whole:
            raise BadKeyFile(f"{path.name} holds a public key that does not belong to its secret.")
        return key

    def save(self, path: Path) -> None:
        """Write the key as JSON, readable for its owner only. Raises KeyFileExists; never overwrites."""
        text = orjson.dumps(
            {
                "version": self.version,
                "suite": SUITE,
                "mode": MODE,
                "secret": self.secret.hex(),
                "public": self.public.hex(),
            },
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyFileExists(f"{path.name} exists; a key is never overwritten.") from None
        with os.fdopen(handle, "wb") as file:
            file.write(text)

    @cached_property
    def public(self) -> bytes:
        """The public key, 32 bytes, as it stands on chain."""
        return voprf.public_key(self.secret)

    def fingerprint(self, domain: str, *fields: str) -> bytes:
        """The entry on chain: the first 32 bytes of ``output``."""
        return self.output(domain, *fields)[:ENTRY_BYTES]

    def output(self, domain: str, *fields: str) -> bytes:
        """All 64 bytes of the function for ``fingerprint_input``. The second half never leaves the registry."""
        return voprf.evaluate(self.secret, fingerprint_input(self.version, domain, *fields))

    def opened(self, domain: str, *fields: str) -> OpenedFingerprint:
        """The fingerprint with what convinces others of it."""
        evaluated, proof = voprf.prove_output(self.secret, fingerprint_input(self.version, domain, *fields))
        return OpenedFingerprint(
            self.fingerprint(domain, *fields), self.version, domain, fields, evaluated, proof
        )

    def evaluate_blinded(self, elements: Sequence[bytes]) -> tuple[list[bytes], bytes]:
        """Answer a blind question: evaluated elements and the proof that this key was used."""
        return voprf.blind_evaluate(self.secret, elements, public=self.public)
