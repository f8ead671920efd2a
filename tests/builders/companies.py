"""Companies with certificates, and what they sign with their keys; all made on the spot."""

from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from registry.parties.statements import Statement
from tests.invoices.verification.signing import FROM, TO, Person

KEYS: dict[str, Any] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
_serials = count(9_000)


def a_root(common: str = "Handelsregister-CA") -> Person:
    return _issued({NameOID.COMMON_NAME: common}, KEYS["P-256"](), None, is_authority=True)


def an_intermediate(by: Person, common: str = "Siegel-CA 3") -> Person:
    return _issued({NameOID.COMMON_NAME: common}, KEYS["P-256"](), by, is_authority=True)


def a_company(
    by: Person | None,
    name: str = "Nordlicht GmbH",
    identifier: str | None = "VATDE-271828180",
    *,
    country: str = "DE",
    key: Any = None,
) -> Person:
    subject = {NameOID.COUNTRY_NAME: country, NameOID.ORGANIZATION_NAME: name}
    if identifier is not None:
        subject[NameOID.ORGANIZATION_IDENTIFIER] = identifier
    return _issued(subject, key or KEYS["P-256"](), by)


def _issued(
    subject: dict[x509.ObjectIdentifier, str], key: Any, by: Person | None, *, is_authority: bool = False
) -> Person:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject.items()])
    issuer, issuer_key = (by.certificate.subject, by.key) if by else (name, key)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
    usage |= {"key_cert_sign": True} if is_authority else {"content_commitment": True}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(next(_serials))
        .not_valid_before(FROM)
        .not_valid_after(TO)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    return Person(builder.sign(issuer_key, SHA256()), key)


def der(*people: Person) -> list[bytes]:
    return [one.certificate.public_bytes(Encoding.DER) for one in people]


def pem(*people: Person) -> str:
    return "".join(one.pem.decode() for one in people)


def signed(company: Person, statement: Statement) -> bytes:
    """As openssl signs the statement's file with the company's key."""
    key, text = company.key, statement.text.encode()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(text, ec.ECDSA(SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), SHA256())
    return bytes(key.sign(text))
