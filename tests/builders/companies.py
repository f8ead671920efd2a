"""Companies with certificates, and what they sign with their keys; all made on the spot."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from registry.parties.statements import Statement
from tests.builders.certificates import issued, usage
from tests.invoices.verification.signing import Person

KEYS: dict[str, Any] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


def a_root(common: str = "Handelsregister-CA") -> Person:
    return _an_authority(common, None)


def an_intermediate(by: Person, common: str = "Siegel-CA 3") -> Person:
    return _an_authority(common, by)


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
    extensions = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage("content_commitment"), True),
    ]
    return issued(subject, key or KEYS["P-256"](), by, extensions)


def _an_authority(common: str, by: Person | None) -> Person:
    extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage("key_cert_sign"), True)]
    return issued({NameOID.COMMON_NAME: common}, KEYS["P-256"](), by, extensions)


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
