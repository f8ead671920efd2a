"""Signatures in a PDF (ISO 32000-2 section 12.8; PAdES, ETSI EN 319 142)."""

from binascii import Error as NotHex
from binascii import unhexlify
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from registry.invoices.verification import cms_signatures
from registry.invoices.verification.signers import (
    MAX_SIGNATURES,
    Checked,
    SignatureBrokenError,
    SignatureFailedError,
    SignatureUnsupportedError,
    Signer,
)

MAX_FIELDS = 512
_DETACHED = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached")
_TIME_STAMP = "/ETSI.RFC3161"


def signatures(content: bytes, reader: PdfReader) -> Iterator[Checked]:
    """For each signed field, in the file's order, who signed it, or why it is not good or cannot be checked."""
    if (
        b"/ByteRange" not in content
    ):  # a signature's dictionary is never compressed: its bytes are filled in later
        return
    signed = [one for one in _signed_fields(reader) if one.get("/SubFilter") != _TIME_STAMP]
    if len(signed) > MAX_SIGNATURES:
        yield SignatureUnsupportedError(f"The PDF has more than {MAX_SIGNATURES} signatures.")
        return
    for one in signed:
        try:
            yield _verified(content, one)
        except SignatureFailedError as error:
            yield error


def _verified(content: bytes, field: DictionaryObject) -> list[Signer]:
    if field.get("/SubFilter") not in _DETACHED:
        raise SignatureUnsupportedError(
            f"Signatures of the kind {field.get('/SubFilter')} are not checked here."
        )
    start, first, second, length = _byte_range(field)
    end = second + length
    if start != 0 or not 0 < first < second <= end <= len(content):
        raise SignatureBrokenError("The signature does not say truly which bytes it covers.")
    # Nothing but the signature itself may stand in the gap, or it could hold what nobody signed.
    gap = content[first:second]
    if gap[:1] != b"<" or gap[-1:] != b">":
        raise SignatureBrokenError("The signature leaves out more than itself.")
    try:
        envelope = unhexlify(gap[1:-1])
    except NotHex:
        raise SignatureBrokenError("The signature leaves out more than itself.") from None
    signers = cms_signatures.verify(envelope, content[:first] + content[second:end])
    covers_all = not content[end:].strip(b"\r\n\x00 ")
    return [replace(one, covers_all=covers_all) for one in signers]


def _byte_range(field: DictionaryObject) -> list[int]:
    numbers = field["/ByteRange"]
    if not isinstance(numbers, ArrayObject) or len(numbers) != 4:
        raise SignatureUnsupportedError("The signature covers other than two stretches of the file.")
    try:
        return [int(one) for one in numbers]
    except (TypeError, ValueError):
        raise SignatureBrokenError("The signature does not say truly which bytes it covers.") from None


def _signed_fields(reader: PdfReader) -> Iterator[DictionaryObject]:
    form = _resolved(reader.root_object.get("/AcroForm"))
    waiting: list[Any] = list(_resolved(form.get("/Fields"))) if isinstance(form, DictionaryObject) else []
    waiting.reverse()
    for _ in range(MAX_FIELDS):
        if not waiting:
            return
        field = _resolved(waiting.pop())
        if not isinstance(field, DictionaryObject):
            continue
        value = _resolved(field.get("/V"))
        if isinstance(value, DictionaryObject) and "/ByteRange" in value:
            yield value
        children = _resolved(field.get("/Kids"))
        if isinstance(children, ArrayObject):
            waiting.extend(reversed(children))
    # What lies behind might be a signature: not to have looked is not to have found none.
    raise SignatureUnsupportedError(f"The PDF's form has more than {MAX_FIELDS} fields.")


def _resolved(value: Any) -> Any:
    found = None if value is None else value.get_object()
    return ArrayObject() if found is None else found
