"""A certification authority, people it vouches for, and documents they sign; all made on the spot."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from lxml import etree
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

FROM, TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
_ROOM = 8192
_UNKNOWN = 9_999_999_999
_serials = itertools.count(1000)


@dataclass(frozen=True)
class Person:
    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(common: str, key: Any, by: Person | None, until: datetime = TO) -> x509.Certificate:
    issuer, issuer_key = (by.certificate.subject, by.key) if by else (_name(common), key)
    identifier = x509.SubjectKeyIdentifier.from_public_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(next(_serials))
        .not_valid_before(FROM)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(identifier(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if by is None:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False)  # fmt: skip
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    return builder.sign(issuer_key, hashes.SHA256())


@cache
def authority(common: str = "Prüfstelle Nord") -> Person:
    key = ec.generate_private_key(ec.SECP256R1())
    return Person(_certificate(common, key, None), key)


@cache
def signer(common: str = "Nordlicht GmbH", *, kind: str = "rsa", until: datetime = TO) -> Person:
    key: Any = (
        rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    )
    return Person(_certificate(common, key, authority(), until), key)


def an_envelope(content: bytes, by: Person | None = None, *, is_detached: bool = False) -> bytes:
    """CMS signed data as DER: a .p7m, or what a PDF's signature holds."""
    by = by or signer()
    options = [pkcs7.PKCS7Options.Binary]
    if is_detached:
        options.append(pkcs7.PKCS7Options.DetachedSignature)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(by.certificate, by.key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, options)


def signed_xml(
    content: bytes, by: Person | None = None, *, part: str | None = None, is_weak: bool = False
) -> bytes:
    """The document with a signature in it: over all of it, or over the element whose Id is ``part``."""
    by = by or signer()
    method = (
        SignatureMethod.RSA_SHA256
        if by.key.__class__.__name__.startswith("RSA")
        else SignatureMethod.ECDSA_SHA256
    )
    signing = _WeakSigner if is_weak else XMLSigner
    made = signing(
        signature_algorithm=SignatureMethod.RSA_SHA1 if is_weak else method,
        digest_algorithm=DigestAlgorithm.SHA1 if is_weak else DigestAlgorithm.SHA256,
    )
    root = made.sign(etree.fromstring(content), key=by.key, cert=[by.certificate], reference_uri=part)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


class _WeakSigner(XMLSigner):
    def check_deprecated_methods(self) -> None:
        """As NF-e prescribes it."""


def signed_pdf(pdf: bytes, by: Person | None = None, *, kind: str = "/ETSI.CAdES.detached") -> bytes:
    """The PDF with one signed field over the whole file."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    value = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Sig"),
            NameObject("/Filter"): NameObject("/Adobe.PPKLite"),
            NameObject("/SubFilter"): NameObject(kind),
            NameObject("/ByteRange"): ArrayObject([NumberObject(0), *[NumberObject(_UNKNOWN)] * 3]),
            NameObject("/Contents"): ByteStringObject(bytes(_ROOM)),
        }
    )
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): TextStringObject("Signature1"),
            NameObject("/V"): writer._add_object(value),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)
    written = BytesIO()
    writer.write(written)
    return _filled(written.getvalue(), by or signer())


def _filled(draft: bytes, by: Person) -> bytes:
    start = draft.index(b"<" + b"0" * 2 * _ROOM)
    end = start + 2 * _ROOM + 2
    at = (
        draft.rindex(b"/ByteRange", 0, start)
        if b"/ByteRange" in draft[:start]
        else draft.index(b"/ByteRange")
    )
    old = draft[draft.index(b"[", at) : draft.index(b"]", at) + 1]
    new = f"[0 {start} {end} {len(draft) - end}".encode().ljust(len(old) - 1) + b"]"
    draft = draft.replace(old, new)
    envelope = an_envelope(draft[:start] + draft[end:], by, is_detached=True)
    return draft[: start + 1] + envelope.hex().encode().ljust(2 * _ROOM, b"0") + draft[end - 1 :]


def flipped(content: bytes, at: int) -> bytes:
    """The same with one bit of one byte turned over."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def a_day(*, days: int = 0) -> datetime:
    return datetime(2026, 9, 20, tzinfo=UTC) + timedelta(days=days)
