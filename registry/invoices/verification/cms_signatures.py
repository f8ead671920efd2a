"""CMS signatures (RFC 5652) as CAdES envelopes (.p7m) and PAdES signatures use them (ETSI EN 319 122, 319 142)."""

from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms as asn1
from asn1crypto import tsp  # noqa: F401 - adds signing_certificate_v2 to the attributes
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from registry.invoices.cms import encoded
from registry.invoices.verification.signers import (
    DIGESTS,
    MAX_CERTIFICATES,
    MAX_SIGNATURES,
    SignatureBrokenError,
    SignatureFailedError,
    SignatureUnsupportedError,
    Signer,
    digest_of,
)


def verify(content: bytes, detached: bytes | None = None) -> list[Signer]:
    """Everybody who signed; ``detached`` is what was signed where the envelope does not hold it.

    Raises SignatureBrokenError where any one signature is not good, SignatureUnsupportedError.
    """
    data = _signed_data(content)
    signed = _held(data) if detached is None else detached
    if signed is None:
        raise SignatureUnsupportedError("The signature does not hold what it was made over.")
    infos = data["signer_infos"]
    if not 0 < len(infos) <= MAX_SIGNATURES or len(data["certificates"] or ()) > MAX_CERTIFICATES:
        raise SignatureUnsupportedError("The envelope names no signer, or absurdly many.")
    return [_whole(lambda one=one: _signer(one, data, signed)) for one in infos]


def _whole(work: Any) -> Any:
    """A hostile envelope can break its parser in any way: that is a damaged signature."""
    try:
        return work()
    except SignatureFailedError:
        raise
    except UnsupportedAlgorithm as error:
        raise SignatureUnsupportedError("The signature's key is of a kind that is not known here.") from error
    except Exception as error:
        raise SignatureBrokenError("The signature is damaged.") from error


def _signed_data(content: bytes) -> Any:
    def load() -> Any:
        info = asn1.ContentInfo.load(encoded(content))
        if info["content_type"].native != "signed_data":
            raise SignatureUnsupportedError("The envelope holds something other than signed data.")
        return info["content"]

    return _whole(load)


def _held(data: Any) -> bytes | None:
    return _whole(lambda: data["encap_content_info"]["content"].native)  # type: ignore[no-any-return]


def _signer(info: Any, data: Any, signed: bytes) -> Signer:
    certificates = [x509.load_der_x509_certificate(one.chosen.dump()) for one in data["certificates"]]
    certificate = _certificate_of(info, certificates)
    digest = str(info["digest_algorithm"]["algorithm"].native)
    found = digest_of(digest, signed)
    attributes = info["signed_attrs"]
    signed_at = None
    if attributes:
        if _attribute(attributes, "message_digest").native != found:
            raise SignatureBrokenError("The document was changed after it was signed.")
        _require_certificate(attributes, certificate)
        moment = _attribute(attributes, "signing_time", is_required=False)
        signed_at = moment.native if moment is not None and isinstance(moment.native, datetime) else None
        # What is signed is the set of attributes as DER (RFC 5652 section 5.4).
        signed = attributes.untag().dump()
    _check(info, certificate, digest, signed)
    others = tuple(one for one in certificates if one != certificate)
    return Signer(certificate, others, digest, signed_at.astimezone(UTC) if signed_at else None)


def _certificate_of(info: Any, certificates: list[x509.Certificate]) -> x509.Certificate:
    wanted = info["sid"]
    for one in certificates:
        if wanted.name == "issuer_and_serial_number":
            is_it = (
                one.serial_number == wanted.chosen["serial_number"].native
                and one.issuer.public_bytes() == wanted.chosen["issuer"].dump()
            )
        else:
            key = one.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            is_it = key == wanted.chosen.native
        if is_it:
            return one
    raise SignatureUnsupportedError("The signature does not bring its signer's certificate.")


def _attribute(attributes: Any, name: str, *, is_required: bool = True) -> Any:
    found = [one["values"] for one in attributes if one["type"].native == name]
    if len(found) > 1 or (is_required and not found) or (found and len(found[0]) != 1):
        raise SignatureBrokenError("The signature's attributes contradict each other.")
    return found[0][0] if found else None


def _require_certificate(attributes: Any, certificate: x509.Certificate) -> None:
    """Where the signer has signed which certificate is its own (RFC 5035), no other may stand in for it."""
    named = _attribute(attributes, "signing_certificate_v2", is_required=False)
    if named is None:
        return
    first = named["certs"][0]
    algorithm = DIGESTS.get(first["hash_algorithm"]["algorithm"].native)
    if algorithm is None or certificate.fingerprint(algorithm) != first["cert_hash"].native:
        raise SignatureBrokenError("The signature names another certificate than the one it brings.")


def _check(info: Any, certificate: x509.Certificate, digest: str, signed: bytes) -> None:
    method = info["signature_algorithm"]
    scheme, signature, key = method.signature_algo, info["signature"].native, certificate.public_key()
    algorithm = DIGESTS[digest]
    if scheme == "ecdsa":
        algorithm = DIGESTS[method.hash_algo]
    try:
        if scheme == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif scheme == "rsassa_pss" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, *_pss(method))
        elif scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(algorithm))
        elif scheme == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            raise SignatureUnsupportedError(f"Signatures by {scheme} are not checked here.")
    except InvalidSignature as error:
        raise SignatureBrokenError("The signature was not made by the key of its certificate.") from error


def _pss(method: Any) -> tuple[padding.PSS, hashes.HashAlgorithm]:
    terms = method["parameters"]
    algorithm = DIGESTS[terms["hash_algorithm"]["algorithm"].native]
    mask = DIGESTS[terms["mask_gen_algorithm"]["parameters"]["algorithm"].native]
    return padding.PSS(padding.MGF1(mask), terms["salt_length"].native), algorithm
