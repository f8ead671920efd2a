"""What a signature check says of whoever signed, and the two ways in which it fails."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

# SHA-1 no longer holds off a forger; Brazil's NF-e still prescribes it.
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - reported as weak
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
WEAK = frozenset(("sha1",))
MAX_SIGNATURES = 8
MAX_CERTIFICATES = 64


class SignatureFailedError(Exception):
    """Why a signature is not good; the argument is a sentence."""


class SignatureBrokenError(SignatureFailedError):
    """The signature does not belong to what it stands on."""


class SignatureUnsupportedError(SignatureFailedError):
    """There is a signature, and it cannot be checked here."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One good signature: by whom, when by the signer's own word, with which digest, over what.

    ``covers_all``: nothing of the document stands outside of it.
    """

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    digest: str
    signed_at: datetime | None = None
    covers_all: bool = True


Checked = list[Signer] | SignatureFailedError


def digest_of(name: str, content: bytes) -> bytes:
    """Raises SignatureUnsupportedError."""
    algorithm = DIGESTS.get(name)
    if algorithm is None:
        raise SignatureUnsupportedError(f"The digest {name} is not known here.")
    found = hashes.Hash(algorithm)
    found.update(content)
    return found.finalize()
