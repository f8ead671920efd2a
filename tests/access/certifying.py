"""Authorities, the machines they vouch for, and their revocation lists; all made on the spot."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from registry.access.certificates import Bundle
from tests.access.signing import Sign
from tests.builders.certificates import issued, usage
from tests.invoices.verification.signing import TO, Person

NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
KEYS: dict[str, Any] = {
    "ecdsa-p256-sha256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa-pss-sha512": lambda: rsa.generate_private_key(65537, 2048),
}


def an_authority(
    common: str = "Prüfstelle Nord", *, by: Person | None = None, signs_lists: bool = True
) -> Person:
    for_what = ("key_cert_sign", "crl_sign") if signs_lists else ("key_cert_sign",)
    extensions = [(x509.BasicConstraints(ca=True, path_length=None), True), (usage(*for_what), True)]
    return issued({NameOID.COMMON_NAME: common}, KEYS["ecdsa-p256-sha256"](), by, extensions)


def a_client(
    by: Person,
    alg: str = "ecdsa-p256-sha256",
    *,
    key: Any = None,
    until: datetime = TO,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> Person:
    name = {NameOID.COMMON_NAME: "erp.nordlicht.example"}
    return issued(name, key or KEYS[alg](), by, [(one, False) for one in extensions], until)


def a_bundle(*people: Person) -> Bundle:
    return Bundle.read("".join(one.pem.decode() for one in people))


def a_list(
    by: Person,
    *revoked: Person,
    at: datetime = NOW,
    days: int = 7,
    key: Any = None,
    extension: x509.ExtensionType | None = None,
) -> bytes:
    """A revocation list, made a day before ``at`` and in force for so many days, as PEM."""
    made = at - timedelta(days=1)
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(made).next_update(made + timedelta(days=days))
    for one in revoked:
        number = one.certificate.serial_number
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(number).revocation_date(made).build()
        )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key or by.key, SHA256()).public_bytes(Encoding.PEM)


def by_certificate(machine: Person) -> Sign:
    """As RFC 9421 section 3.3 has it for the certificate's key."""

    def sign(base: str) -> bytes:
        key, text = machine.key, base.encode()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(text, padding.PSS(padding.MGF1(SHA512()), 64), SHA512())
        return bytes(key.sign(text))

    return sign
