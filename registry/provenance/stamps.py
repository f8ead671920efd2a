"""Time stamps of a pack's block (RFC 3161): that an authority apart from the chain saw the block's hash at a time.

Whoever runs a chain's validators could write its past anew; not a past that somebody else has stamped. So a stamp says
of every act in the pack that it is no younger than the stamp.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from asn1crypto import algos, cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from registry.invoices.verification.cms_signatures import verify
from registry.invoices.verification.signers import SignatureFailedError, Signer, digest_of
from registry.invoices.verification.trust import TrustAnchors
from registry.kit.errors import BadInput
from registry.parties.statements import is_whole
from registry.provenance.model import Broken, Checks
from registry.provenance.pack import Pack, Stamp

MAX_TOKEN_BYTES = 64 * 1024
DIGESTS = ("sha256", "sha384", "sha512")
# How far a block's clock may be ahead of the authority's.
LEEWAY = timedelta(minutes=1)
_KIND = "tst_info"
_VERSIONS = {"issuer_and_serial_number": "v1", "subject_key_identifier": "v3"}  # RFC 5652 section 5.3
_GRANTED = ("granted", "granted_with_mods")


class StampRefused(BadInput):
    code = "time_stamp_refused"
    title = "This is no time stamp of the proof's block"


@dataclass(frozen=True)
class Seen:
    """When an authority saw a block's hash, and whose key says so."""

    at: datetime
    authority: str
    signer: Signer


def request_for(block_hash: bytes, nonce: bytes) -> bytes:
    """What to ask an authority for, DER (RFC 3161 section 2.4.1). ``nonce``: random bytes, or none."""
    asked = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": DIGESTS[0]}),
            "hashed_message": digest_of(DIGESTS[0], block_hash),
        },
        "cert_req": True,
    }
    return bytes(tsp.TimeStampReq(asked | ({"nonce": int.from_bytes(nonce)} if nonce else {})).dump())


def token_in(answer: bytes, block_hash: bytes, nonce: bytes = b"") -> bytes:
    """The token of an authority's answer, or the token itself, if it is of this block and answers what was asked.
    Without what nobody signed in it: certificates beside the way to its authority, lists, attributes. Raises
    StampRefused."""
    token = _granted(answer[: MAX_TOKEN_BYTES + 1])
    with _reading():
        outer, held = _opened(token)
        (signer,) = verify(token, held)
        own = [one.public_bytes(Encoding.DER) for one in _way(signer)]
        data = outer["content"]
        data["certificates"] = [one for one in data["certificates"] if one.chosen.dump() in own]
        data["crls"] = None
        data["signer_infos"][0]["unsigned_attrs"] = None
        token = bytes(outer.dump())
    read_token(token, block_hash)
    if nonce and tsp.TSTInfo.load(held)["nonce"].native != int.from_bytes(nonce):
        raise StampRefused("It answers another request: ask anew.")
    return token


class _Answer(core.Sequence):  # type: ignore[misc] # the library has no types
    """TimeStampResp: one that refuses brings no token (RFC 3161 section 2.4.2)."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def _granted(answer: bytes) -> bytes:
    try:
        response = _Answer.load(answer, strict=True)
        status = response["status"]["status"].native
    except (ValueError, TypeError, KeyError):
        return answer
    if status not in _GRANTED:
        raise StampRefused(f"The authority refused: {status}.")
    return bytes(response["time_stamp_token"].dump())


def read_token(token: bytes, block_hash: bytes) -> Seen:
    """What a token in DER says. Raises StampRefused unless it is whole and of this block, and holds nothing else;
    whether its authority is trusted is another question."""
    if len(token) > MAX_TOKEN_BYTES:
        raise StampRefused(f"A time stamp has at most {MAX_TOKEN_BYTES // 1024} KB.")
    with _reading():
        outer, held = _opened(token)
        _require_plain(outer["content"])
        (signer,) = verify(token, held)
        info = tsp.TSTInfo.load(held, strict=True)
        imprint = info["message_imprint"]
        kind = imprint["hash_algorithm"]["algorithm"].native
        seen, stamped = info["gen_time"].native, imprint["hashed_message"].native
        authority = signer.certificate.subject.rfc4514_string()
        is_lean = len(_way(signer)) == 1 + len(signer.others)
    if kind not in DIGESTS or stamped != digest_of(kind, block_hash):
        raise StampRefused("It is of something else than this block's hash.")
    if not _stamps_only(signer.certificate) or not is_lean:
        raise StampRefused(
            "Its key must be for time stamps alone (RFC 3161 section 2.3), its certificates those up to a root."
        )
    return Seen(seen.astimezone(UTC), authority, signer)


@contextmanager
def _reading() -> Iterator[None]:
    """What is no token can break its parser in any of these ways."""
    try:
        yield
    except SignatureFailedError as error:
        raise StampRefused(f"{error}") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise StampRefused("It cannot be read as a TimeStampToken (RFC 3161).") from None


def _opened(token: bytes) -> tuple[Any, bytes]:
    """The envelope and the TSTInfo it holds. Raises ValueError for one that holds something else."""
    outer = cms.ContentInfo.load(token, strict=True)
    if outer["content_type"].native != "signed_data":
        raise ValueError
    held = outer["content"]["encap_content_info"]
    (signer,) = outer["content"]["signer_infos"]
    types = [
        one["values"][0].native for one in signer["signed_attrs"] if one["type"].native == "content_type"
    ]
    if (held["content_type"].native, types) != (_KIND, [_KIND]):
        raise ValueError
    return outer, bytes(held["content"])


def _require_plain(data: Any) -> None:
    """Raises ValueError where the envelope has more than one form of the same, or something that nobody signed."""
    signer = data["signer_infos"][0]
    is_plain = (
        data["version"].native == "v3"
        and signer["version"].native == _VERSIONS.get(signer["sid"].name)
        and [one.dump() for one in data["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and not data["crls"]
        and not signer["unsigned_attrs"]
        and all(is_whole(one.chosen.dump()) for one in data["certificates"])
    )
    if not is_plain:
        raise ValueError


def _way(signer: Signer) -> list[x509.Certificate]:
    """The signer's certificate and those above it, as far as they come with it. Roots do not count: whoever trusts
    one has it."""
    way, left = [signer.certificate], [one for one in signer.others if one.issuer != one.subject]
    while (above := next((one for one in left if _is_issued(way[-1], one)), None)) is not None:
        way.append(above)
        left.remove(above)
    return way


def _is_issued(one: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _stamps_only(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.critical and [*usage.value] == [ExtendedKeyUsageOID.TIME_STAMPING]


def check_stamps(pack: Pack, at: datetime, trust: TrustAnchors, checks: Checks) -> None:
    """Each stamp is of the pack's block, which says of itself that it was made at ``at``. Raises Broken with
    ``time_stamp`` or ``time_stamp_early``."""
    block, subject = pack.block, f"block {pack.block.number:,}"
    for stamp in pack.stamps:
        try:
            seen = read_token(bytes.fromhex(stamp.token[2:]), bytes.fromhex(block.hash[2:]))
        except StampRefused as error:
            raise Broken("time_stamp", error.detail) from error
        when = f"{seen.at:%Y-%m-%d %H:%M:%S} UTC"
        if seen.at + LEEWAY < at:
            raise Broken("time_stamp_early", f"It was stamped at {when}, before the block says it was made.")
        said = f"{seen.authority} saw its hash at {when}"
        if not trust.certificates:
            checks.claimed("time_stamp", subject, f"{said}; nobody was named whose certificates are trusted.")
        elif trust.path(seen.signer.certificate, seen.signer.others, seen.at) is None:
            checks.not_checked("time_stamp", subject, f"{said}, but is not trusted here.")
        else:
            checks.proven("time_stamp", subject, f"{said}: nothing in this proof is younger.")


def stamped(pack: Pack, token: bytes) -> Pack:
    """The pack with one more stamp."""
    return pack.model_copy(update={"stamps": [*pack.stamps, Stamp(token="0x" + token.hex())]})
