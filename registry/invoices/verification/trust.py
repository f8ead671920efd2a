"""Whose signatures count: certificates of authorities that the operator has put into a folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from registry.kit.errors import Unavailable

SUFFIXES = (".pem", ".crt", ".cer", ".der")
MAX_FILES = 2_000
MAX_FILE_BYTES = 4 * 2**20
MAX_CHAIN = 8


class TrustListUnreadable(Unavailable):
    code = "trust_list_unreadable"
    title = "The folder of trusted authorities cannot be read"


@dataclass(frozen=True)
class TrustAnchors:
    """Authorities at the end of a signer's chain. Without any, nobody is called untrusted: it is not checked."""

    certificates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> "TrustAnchors":
        """Every certificate (PEM, several in a file, or DER) of a folder. Raises TrustListUnreadable."""
        if not folder.is_dir():
            raise TrustListUnreadable(f"{folder} is no folder; put certificates of authorities into it.")
        paths = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
        if len(paths) > MAX_FILES:
            raise TrustListUnreadable(f"{folder} holds more than {MAX_FILES} certificates.")
        return cls(tuple(one for path in paths for one in _certificates(path)))

    def trust(self, leaf: x509.Certificate, others: Iterable[x509.Certificate], at: datetime) -> bool | None:
        """Whether a chain leads from ``leaf`` to one of these, all valid at ``at`` (RFC 5280 section 6); None where
        there is none to lead to. Revocation is not asked for."""
        return None if not self.certificates else self.path(leaf, others, at) is not None

    def path(
        self, leaf: x509.Certificate, others: Iterable[x509.Certificate], at: datetime
    ) -> Sequence[x509.Certificate] | None:
        """The chain from ``leaf`` to one of these, all valid at ``at``; None for none."""
        if leaf in self.certificates:
            return [leaf] if leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc else None
        # What a certificate may be used for differs from scheme to scheme: the operator chose these authorities.
        builder = PolicyBuilder().store(Store(list(self.certificates))).time(at).max_chain_depth(MAX_CHAIN)
        builder = builder.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        try:
            return builder.build_client_verifier().verify(leaf, list(others)).chain
        except (VerificationError, ValueError, x509.UnsupportedGeneralNameType):
            # A certificate may be damaged where only this looks.
            return None


NOBODY = TrustAnchors()


def _certificates(path: Path) -> list[x509.Certificate]:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES)
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise TrustListUnreadable(f"{path.name} holds no certificate.", file=path.name) from error
