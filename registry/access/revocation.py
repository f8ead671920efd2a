"""Revocation lists (RFC 5280 section 5) that the operator puts into a folder and renews there; no network is asked.

Who cannot be shown to be unrevoked is kept out: a list that is missing, has run out or cannot be read lets nobody in.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from registry.access.errors import CertificateRefused, RevocationUnknown

SUFFIXES = (".crl", ".pem", ".der")
MAX_FILES = 500
MAX_FILE_BYTES = 16 * 2**20
_DIGESTS = (SHA256, SHA384, SHA512)
log = logging.getLogger(__name__)


def require_unrevoked(folder: Path, path: Sequence[x509.Certificate], at: datetime) -> None:
    """``path`` leads from a certificate to an authority. Raises CertificateRefused for what a list in force names,
    RevocationUnknown where an issuer has no list in force."""
    lists = _lists(folder) if len(path) > 1 else []
    for certificate, issuer in pairwise(path):
        speaking = [one for one in lists if _speaks_for(one, issuer, at)]
        if not speaking:
            raise RevocationUnknown(
                "No list in force says whether the certificate was revoked. Ask the operator to renew the lists."
            )
        number = certificate.serial_number
        if any(one.get_revoked_certificate_by_serial_number(number) is not None for one in speaking):
            raise CertificateRefused("Its authority has revoked it.")


def _lists(folder: Path) -> list[x509.CertificateRevocationList]:
    try:
        paths = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
        if len(paths) > MAX_FILES:
            raise RevocationUnknown(f"There are more than {MAX_FILES} revocation lists. Tell the operator.")
        stats = [(one, one.stat()) for one in paths]
        found = [_read(one, stat.st_mtime_ns, stat.st_size) for one, stat in stats]
    except OSError as error:
        raise RevocationUnknown("The revocation lists cannot be read. Tell the operator.") from error
    return [one for one in found if one is not None]


@lru_cache(maxsize=MAX_FILES)
def _read(path: Path, _changed: int, size: int) -> x509.CertificateRevocationList | None:
    """Read once for as long as the file stays as it is. Raises OSError."""
    content = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_crl(content)
        return x509.load_der_x509_crl(content)
    except ValueError:
        log.warning("%s is no revocation list, or larger than %d bytes", path.name, MAX_FILE_BYTES)
        return None


def _speaks_for(found: x509.CertificateRevocationList, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether the list is the issuer's, whole, and in force at that time."""
    until = found.next_update_utc
    if found.issuer != issuer.subject or until is None or not found.last_update_utc <= at < until:
        return False
    try:
        # Critical are, among others, parts and deltas of lists: what these do not name may be revoked all the same.
        is_whole = not any(one.critical for one in found.extensions)
        is_strong = isinstance(found.signature_hash_algorithm, _DIGESTS)
        return is_whole and is_strong and _may_sign(issuer) and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _may_sign(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True
