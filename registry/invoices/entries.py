"""What an invoice is known by under a fingerprint key, and what a blind check tells it by. No I/O.

Of the 64 bytes the function gives for a legal key, the first 32 are its entry, here and on chain; the others, the
*check key*, only the registry and whoever asked blind for this very invoice can know. Each amount the invoice
states has an output of its own, over the legal key, the rest of the content tag and the amount: who knows an
invoice's number has to ask for every guess at its amount, and every question counts against a limit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.fingerprints.keys import ENTRY_BYTES, FingerprintKey
from registry.invoices.identity import LegalKey
from registry.invoices.rules import ContentTag
from registry.kit.identifiers import TaxId

CONTENT_DOMAIN = "content/1"
AMOUNTS = ("net", "gross", "payable")
NOT_SAID = bytes(ENTRY_BYTES)


@dataclass(frozen=True, slots=True)
class Entry:
    """A legal key under the key of ``version``: ``key``, the entry, and ``check_key`` have 32 bytes, ``contents``
    32 for each of AMOUNTS, zeros where the invoice does not say it. ``place`` of the legal key in its invoice."""

    place: int
    version: int
    key: bytes
    check_key: bytes
    contents: bytes
    owner: TaxId | None
    is_official: bool


def enter(legal: Sequence[LegalKey], tag: ContentTag, keys: Iterable[FingerprintKey]) -> list[Entry]:
    """Every legal key of an invoice under each of these keys, in the keys' order."""
    return [_entry(key, place, one, tag) for key in keys for place, one in enumerate(legal)]


def content_inputs(legal: LegalKey, tag: ContentTag) -> list[tuple[str, ...] | None]:
    """Domain and fields under which each of AMOUNTS is put to the function; None for what is not said."""
    said_with = (*legal.fields, tag.issued_on.isoformat(), tag.document_class, tag.currency)
    return [
        None if amount is None else (CONTENT_DOMAIN, name, str(amount), legal.domain, *said_with)
        for name, amount in zip(AMOUNTS, tag.amounts, strict=True)
    ]


def _entry(key: FingerprintKey, place: int, legal: LegalKey, tag: ContentTag) -> Entry:
    output = key.output(legal.domain, *legal.fields)
    contents = [
        NOT_SAID if asked is None else key.output(*asked)[ENTRY_BYTES:]
        for asked in content_inputs(legal, tag)
    ]
    return Entry(
        place=place,
        version=key.version,
        key=output[:ENTRY_BYTES],
        check_key=output[ENTRY_BYTES:],
        contents=b"".join(contents),
        owner=legal.owner,
        is_official=legal.is_official,
    )
