"""X.509 certificates of whatever tests need, in force from 2020 to 2040 unless told."""

from datetime import datetime
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.invoices.verification.signing import FROM, TO, Person

_serials = count(5_000)


def issued(
    subject: dict[x509.ObjectIdentifier, str],
    key: Any,
    by: Person | None,
    extensions: list[tuple[x509.ExtensionType, bool]],
    until: datetime = TO,
) -> Person:
    """Of this key, issued ``by`` somebody or by itself. ``extensions``: besides the keys' identifiers, each with whether
    it is critical."""
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject.items()])
    issuer, issuer_key = (by.certificate.subject, by.key) if by else (name, key)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(next(_serials))
        .not_valid_before(FROM)
        .not_valid_after(until)
    )
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    for extension, is_critical in [*extensions, (above, False), (own, False)]:
        builder = builder.add_extension(extension, critical=is_critical)
    return Person(builder.sign(issuer_key, SHA256()), key)


def usage(*for_what: str) -> x509.KeyUsage:
    """For these alone, by the names of ``x509.KeyUsage``."""
    all_of_them = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{each: each in for_what for each in all_of_them})
