"""XML signatures (W3C xmldsig-core1, ETSI XAdES) in invoices: NF-e, FatturaPA, e-fapiao and others."""

from contextlib import suppress
from datetime import UTC, datetime

from cryptography import x509
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from registry.invoices.verification.signers import (
    MAX_CERTIFICATES,
    Checked,
    SignatureBrokenError,
    SignatureFailedError,
    SignatureUnsupportedError,
    Signer,
)

_DS = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
_SIGNATURE = f"{{{_DS['ds']}}}Signature"
_ETSI = "http://uri.etsi.org/01903/v1.3.2#"
_SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
_IDS = ("Id", "ID", "id")
MAX_REFERENCES = 8
# The library passes over transforms it does not know; a digest over something else would look like an alteration.
_TRANSFORMS = {SignatureConstructionMethod.enveloped.value, *(one.value for one in CanonicalizationMethod)}
# Syntaxes that sign one element, and where it stands: everything that is read of the invoice lies in it.
_SIGNED_PARTS = {"infNFe": ("NFe",)}


def signatures(content: bytes) -> Checked | None:
    """Who signed an XML document, or why that is not good or cannot be checked; None where nobody did.

    ``content`` has been read already: it is well-formed and has no DOCTYPE.
    """
    if b"Signature" not in content.replace(b"\x00", b""):
        return None
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    found = list(root.iter(_SIGNATURE))
    if not found:
        return None
    if len(found) > 1:
        return SignatureUnsupportedError("The document has several XML signatures.")
    try:
        return [_verified(root, found[0])]
    except SignatureFailedError as error:
        return error


def _verified(root: etree._Element, signature: etree._Element) -> Signer:
    references = signature.findall("ds:SignedInfo/ds:Reference", _DS)
    documents = [one for one in references if one.get("Type") != _SIGNED_PROPERTIES]
    if not documents or len(references) > MAX_REFERENCES:
        raise SignatureUnsupportedError("The signature names no part of the document, or absurdly many.")
    _require_known(references)
    certificates = _certificates(signature)
    configuration = SignatureConfiguration(
        location=".//",
        expect_references=len(references),
        signature_methods=frozenset(SignatureMethod),
        digest_algorithms=frozenset(DigestAlgorithm),
        ignore_ambiguous_key_info=False,
        # Whether the certificate was valid when it signed is a matter of trust, judged with the anchors.
        verification_time=certificates[0].not_valid_before_utc,
    )
    try:
        XMLVerifier().verify(root, x509_cert=certificates[0], expect_config=configuration)
    except InvalidDigest as error:
        raise SignatureBrokenError("The document was changed after it was signed.") from error
    except InvalidInput as error:
        raise SignatureUnsupportedError("The signature uses what is not checked here.") from error
    except InvalidSignature as error:
        raise SignatureBrokenError("The signature was not made by the key of its certificate.") from error
    except Exception as error:  # a hostile signature can break its checker in any way
        raise SignatureBrokenError("The signature is damaged.") from error
    named = [*signature.iterfind("ds:SignedInfo/ds:SignatureMethod", _DS)]
    named += [method for one in documents for method in one.iterfind("ds:DigestMethod", _DS)]
    is_weak = any(str(one.get("Algorithm")).lower().endswith("sha1") for one in named)
    return Signer(
        certificates[0],
        tuple(certificates[1:]),
        "sha1" if is_weak else "sha2",
        _signing_time(signature),
        covers_all=any(_covers_all(root, signature, str(one.get("URI"))) for one in documents),
    )


def _require_known(references: list[etree._Element]) -> None:
    for reference in references:
        named = {one.get("Algorithm") for one in reference.iterfind("ds:Transforms/ds:Transform", _DS)}
        if named - _TRANSFORMS:
            raise SignatureUnsupportedError(
                "The signature cuts the document in a way that is not followed here."
            )
        uri = reference.get("URI")
        if uri is None or uri[:1] not in ("", "#"):
            raise SignatureUnsupportedError("The signature covers something outside of the document.")


def _covers_all(root: etree._Element, signature: etree._Element, uri: str) -> bool:
    """Whether the element that is signed is the whole document, or the part that its syntax has signed."""
    if uri == "":
        return signature.getparent() is not None
    named = [one for one in root.iter(etree.Element) if uri[1:] in {one.get(name) for name in _IDS}]
    if len(named) != 1:
        return False
    signed, name = named[0], etree.QName(named[0]).localname
    if signed is root:
        return True
    above = signed.getparent()
    if above is None or etree.QName(above).localname not in _SIGNED_PARTS.get(name, ()):
        return False
    is_alone = sum(1 for one in root.iter(etree.Element) if etree.QName(one).localname == name) == 1
    return is_alone and (above is root or above.getparent() is root)


def _certificates(signature: etree._Element) -> list[x509.Certificate]:
    written = [one.text or "" for one in signature.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _DS)]
    if not 0 < len(written) <= MAX_CERTIFICATES:
        raise SignatureUnsupportedError("The signature does not bring its signer's certificate.")
    try:
        return [
            x509.load_pem_x509_certificate(
                f"-----BEGIN CERTIFICATE-----\n{''.join(one.split())}\n-----END CERTIFICATE-----\n".encode()
            )
            for one in written
        ]
    except ValueError as error:
        raise SignatureBrokenError("The signer's certificate is damaged.") from error


def _signing_time(signature: etree._Element) -> datetime | None:
    """By the signer's own word (XAdES); signed with the document."""
    written = signature.findtext(f".//{{{_ETSI}}}SignedSignatureProperties/{{{_ETSI}}}SigningTime") or ""
    with suppress(ValueError):
        found = datetime.fromisoformat(written.strip())
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
