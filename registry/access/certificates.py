"""Certificates that machines sign their requests with: read, led back to an authority the operator trusts, not revoked.

Whose a certificate is, the party says that has an API key made for it; what stands in it says no more than that an
authority vouches for its key now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from registry.access.algorithms import Algorithm, algorithm_of
from registry.access.errors import BadCertificate, CertificateRefused
from registry.access.revocation import require_unrevoked
from registry.invoices.verification.trust import TrustAnchors

_E = TypeVar("_E", bound=x509.ExtensionType)
MAX_PEM_CHARS = 32_768
MAX_CERTIFICATES = 5
_CLIENTS = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


@dataclass(frozen=True)
class Bundle:
    """A machine's certificate, and those between it and an authority."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, pem: str) -> "Bundle":
        """PEM, the machine's own first. Raises BadCertificate."""
        try:
            found = x509.load_pem_x509_certificates(pem[:MAX_PEM_CHARS].encode())
            is_fit = len(found) <= MAX_CERTIFICATES and _signs_requests(found[0])
        except (ValueError, UnsupportedAlgorithm):
            raise BadCertificate("Send PEM, the machine's own certificate first.") from None
        if not is_fit:
            raise BadCertificate(
                "A machine signs with ECDSA on P-256, Ed25519, or RSA of 2048 to 8192 bits; its certificate is no "
                "authority's and may be used for signatures and clients where it says for what; at most "
                f"{MAX_CERTIFICATES - 1} stand between it and an authority."
            )
        return cls(tuple(found))

    @property
    def own(self) -> x509.Certificate:
        return self.certificates[0]

    @property
    def keyid(self) -> str:
        """``x509:`` and the SHA-256 of the machine's certificate, in hex."""
        return f"x509:{self.own.fingerprint(SHA256()).hex()}"

    @property
    def algorithm(self) -> Algorithm:
        found = algorithm_of(self.own.public_key())
        if found is None:
            raise BadCertificate("The certificate's key signs nothing here.")
        return found

    @property
    def pem(self) -> str:
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in self.certificates)


@dataclass(frozen=True)
class Authorities:
    """Whose certificates sign requests. ``lists``: folder with revocation lists; where it is None, none are asked."""

    anchors: TrustAnchors
    lists: Path | None = None

    def require(self, bundle: Bundle, at: datetime) -> None:
        """Raises CertificateRefused unless it leads to an authority and all between are good at that time (RFC 5280);
        RevocationUnknown where no list in force says that none of them was revoked."""
        if not self.anchors.certificates:
            raise CertificateRefused(
                "This registry trusts no authority: its setting client_authorities is empty."
            )
        path: Sequence[x509.Certificate] | None = self.anchors.path(bundle.own, bundle.certificates[1:], at)
        if path is None:
            raise CertificateRefused("It has run out, or leads to no authority that this registry trusts.")
        if self.lists is not None:
            require_unrevoked(self.lists, path, at)


def _signs_requests(certificate: x509.Certificate) -> bool:
    """Whether it has a key for it, and nothing in it says that it is for something else."""
    usage = _extension(certificate, x509.KeyUsage)
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    constraints = _extension(certificate, x509.BasicConstraints)
    return (
        algorithm_of(certificate.public_key()) is not None
        and (usage is None or usage.digital_signature)
        and (extended is None or bool(_CLIENTS & set(extended)))
        and not (constraints is not None and constraints.ca)
    )


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
