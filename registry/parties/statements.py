"""A company's word for its account: that what the account signs binds it, signed with the key of its certificate.

The chain knows accounts, certificates know companies; this statement joins the two. It is a plain text that any tool
signs: `openssl dgst -sha256 -sign` (ECDSA on P-256, P-384, P-521 or secp256k1; RSA of 2048 bits or more, PKCS #1 v1.5)
or `openssl pkeyutl -sign -rawin` (Ed25519).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from registry.kit.clock import from_unix, unix
from registry.kit.errors import BadInput

MAX_CERTIFICATES = 5
MAX_BYTES = 65_536  # of text, certificates or signature, whichever way they come
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1, ec.SECP256K1)
_REGISTER = re.compile("[A-Z]{3}[A-Z]{2}")
_OF_NO_COUNTRY = "XG"  # of a register for all countries, as the LEI's
# Where certificates name a company (ETSI EN 319 412-1 section 5.1.4, X.520), the surest first.
_IDENTIFIERS = (NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER)


class StatementRefused(BadInput):
    code = "company_statement_refused"
    title = "The certificate's key did not sign this statement"


@dataclass(frozen=True)
class Statement:
    """What is signed. ``account``: 0x address; ``certificates``: ``digest_of`` the signer's, so that no others can take
    their place; ``said_at``: seconds since 1970."""

    chain_id: int
    contract: str
    party: int
    account: str
    certificates: str
    said_at: int

    @property
    def text(self) -> str:
        """Four lines, the same to the byte for everybody."""
        return (
            f"In the registry {self.contract.lower()} on chain {self.chain_id} we are party {self.party}.\n"
            f"What the account {self.account.lower()} signs there, or a key that it mandates, binds us.\n"
            f"The SHA-256 of our certificates, one behind the other, is {self.certificates}.\n"
            f"{from_unix(self.said_at).strftime(_TIME)}\n"
        )


def digest_of(encoded: Sequence[bytes]) -> str:
    """SHA-256 of certificates in DER, one behind the other, as hex digits."""
    return sha256(b"".join(encoded)).hexdigest()


def said_at_in(text: bytes) -> int:
    """The time that a statement's text has, in seconds since 1970. Raises StatementRefused."""
    try:
        written = text.decode().splitlines()[-1]
        return unix(datetime.strptime(written, _TIME).replace(tzinfo=UTC))
    except (ValueError, IndexError):
        raise StatementRefused("This is no statement: its last line is the time it was made for.") from None


@dataclass(frozen=True)
class Company:
    """Whose key a certificate holds, as the certificate says. ``country``: ISO 3166 alpha-2, empty where it names none;
    ``identifiers``: registration numbers as written there, e.g. VATDE-123456789 or LEIXG-52990034RLKT0WSOAM90."""

    name: str
    country: str
    identifiers: tuple[str, ...]
    issuer: str

    def has(self, country: str, value: str) -> bool:
        """Whether one of the identifiers is this number of this country (ISO 3166 alpha-2)."""
        return any(self._is(one, country, value) for one in self.identifiers)

    def _is(self, identifier: str, country: str, value: str) -> bool:
        register, _, number = identifier.partition("-")
        if _REGISTER.fullmatch(register) is None:
            return _bare(identifier) == _bare(value) and self.country in ("", country)
        return _bare(number) == _bare(value) and register[3:] in (country, _OF_NO_COUNTRY)


def read_chain(encoded: Sequence[bytes]) -> list[x509.Certificate]:
    """A company's certificate and those above it, in DER, each issued by the next; no root above the company's own:
    whoever trusts one has it. Raises StatementRefused."""
    if not 0 < len(encoded) <= MAX_CERTIFICATES:
        raise StatementRefused(f"Give 1 to {MAX_CERTIFICATES} certificates, the company's own first.")
    try:
        chain = [x509.load_der_x509_certificate(one) for one in encoded]
        for one, above in pairwise(chain):
            one.verify_directly_issued_by(above)
        is_plain = all(map(is_whole, encoded)) and all(one.issuer != one.subject for one in chain[1:])
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise StatementRefused(
            "The certificates cannot be read, or one was not issued by the next; the company's own comes first."
        ) from None
    if not is_plain:
        raise StatementRefused("Leave the root away, and give certificates as their authorities made them.")
    return chain


def is_whole(encoded: bytes) -> bool:
    """Whether a certificate's signature has whole bytes: of one that says otherwise, whoever only verifies it takes no
    notice. ``encoded``: DER that was read already."""
    return bytes(asn1.Certificate.load(encoded)["signature_value"].contents[:1]) == b"\0"


def read_pem(pem: bytes) -> list[bytes]:
    """The certificates of a PEM text, in DER, without a root above the first. Raises StatementRefused."""
    if len(pem) > MAX_BYTES:
        raise StatementRefused(f"Certificates have at most {MAX_BYTES:,} bytes of PEM.")
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise StatementRefused(
            "Give certificates as PEM: BEGIN CERTIFICATE and so on, the company's own first."
        ) from None
    kept = [found[0], *(one for one in found[1:] if one.issuer != one.subject)]
    return [one.public_bytes(Encoding.DER) for one in kept]


def require_signed(statement: Statement, chain: Sequence[x509.Certificate], signature: bytes) -> Company:
    """Who signed, as the certificate has it. Raises StatementRefused unless its key signed just this text."""
    text = statement.text.encode()
    try:
        key = chain[0].public_key()
        match key:
            case ec.EllipticCurvePublicKey() if isinstance(key.curve, _CURVES):
                key.verify(signature, text, ec.ECDSA(SHA256()))
            case rsa.RSAPublicKey() if MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
                key.verify(signature, text, padding.PKCS1v15(), SHA256())
            case ed25519.Ed25519PublicKey():
                key.verify(signature, text)
            case _:
                raise StatementRefused(
                    "The certificate's key is of no kind that is taken here: ECDSA, Ed25519, or RSA of 2,048 bits."
                )
        return company_of(chain[0])
    except InvalidSignature:
        raise StatementRefused(
            "The signature is not of the certificate's key over this text, to the byte."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # What a certificate holds is only looked at when it is asked for.
        raise StatementRefused("The certificate is damaged.") from None


def company_of(certificate: x509.Certificate) -> Company:
    """Whom a certificate names."""
    subject = certificate.subject
    names = [*_values(subject, NameOID.ORGANIZATION_NAME), *_values(subject, NameOID.COMMON_NAME)]
    identifiers = tuple(each for oid in _IDENTIFIERS for each in _values(subject, oid))
    issuer = [*_values(certificate.issuer, NameOID.COMMON_NAME), certificate.issuer.rfc4514_string()]
    country = next(_values(subject, NameOID.COUNTRY_NAME), "")
    return Company((names or [subject.rfc4514_string()])[0], country, identifiers, issuer[0])


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> Iterator[str]:
    """Without what would move a terminal's cursor."""
    values = (str(each.value) for each in name.get_attributes_for_oid(oid))
    return ("".join(char if char.isprintable() else " " for char in each) for each in values)


def _bare(identifier: str) -> str:
    return "".join(char for char in identifier.upper() if char.isalnum())
