"""Between what an invoice says and the rows that keep it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Row

from registry.invoices.entries import Entry
from registry.invoices.identity import LegalKey, cap_minor, content_tag, gist, legal_keys
from registry.invoices.invoice import Invoice, Trader
from registry.invoices.model import InvoiceRecord
from registry.invoices.near_rules import Portrait, portrait
from registry.invoices.rules import ContentTag, Decision, Gist, Known, Outcome
from registry.invoices.verification.findings import Finding
from registry.kit.identifiers import normalize
from registry.kit.money import currency

MAX_NAME_CHARS = 255


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice with everything that is worked out before the database is asked."""

    invoice: Invoice
    file_name: str
    sha256: str
    tag: ContentTag
    gist: Gist
    legal: tuple[LegalKey, ...]
    parsed: dict[str, Any]
    portrait: Portrait
    findings: tuple[Finding, ...] = ()


def prepare(invoice: Invoice, name: str, digest: str, findings: tuple[Finding, ...] = ()) -> Document:
    """Work out legal keys, tag and gist of an invoice; ``findings`` where its file was examined. Raises the refusals
    of identity and money."""
    told = gist(invoice)
    parsed = invoice.as_json()
    return Document(
        invoice=invoice,
        file_name=printable(name)[-MAX_NAME_CHARS:],
        sha256=digest,
        tag=content_tag(invoice),
        gist=told,
        legal=legal_keys(invoice),
        parsed=parsed,
        portrait=portrait(
            parsed,
            invoice_id="",
            sellers=told.sellers,
            buyers=told.buyers,
            payable_minor=told.payable_minor,
        ),
        findings=findings,
    )


def to_row(
    document: Document, entries: Iterable[Entry], decision: Decision, party: int, scope: int
) -> dict[str, Any]:
    """The row of a document; ``id``, ``created_at`` and ``doubts`` are the caller's to set."""
    invoice, tag = document.invoice, document.tag
    return {
        "uploader_party": party,
        "scope": scope,
        "file_name": document.file_name,
        "sha256": document.sha256,
        "syntax": invoice.syntax,
        "layer": invoice.layer,
        "number": invoice.number,
        "number_plain": document.gist.number,
        "official_plain": normalize(invoice.official_id),
        "document_class": invoice.document_class.value,
        "issued_on": invoice.issued_on,
        "currency": currency(tag.currency).numeric,
        "gross_minor": tag.gross_minor,
        "payable_minor": document.gist.payable_minor,
        "cap_minor": cap_minor(invoice),
        "seller_ids": _identifiers(invoice.seller),
        "buyer_ids": _identifiers(invoice.buyer),
        "parsed": document.parsed,
        "content_tag": tag.as_json(),
        "gist": _gist_as_json(document.gist),
        "outcome": decision.outcome.value,
        "reason": str(decision.reason),
        "of_invoice_id": decision.of,
        "fingerprints": official(entries),
    }


def official(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Key version → the fingerprints that go on chain, as hex."""
    found: dict[str, list[str]] = {}
    for one in entries:
        prints = found.setdefault(str(one.version), [])
        if one.is_official:
            prints.append(one.key.hex())
    return found


def to_invoice(record: InvoiceRecord) -> Invoice:
    """The invoice as it was read when it came in."""
    return Invoice.from_json(record.parsed)


def _identifiers(trader: Trader) -> list[dict[str, str]]:
    return [{"country": one.country, "scheme": one.scheme, "value": one.value} for one in trader.identifiers]


def _gist_as_json(one: Gist) -> dict[str, Any]:
    return {"sellers": sorted(one.sellers), "buyers": sorted(one.buyers)}


@dataclass(frozen=True)
class Kept:
    """An invoice that was taken in, by ``party``, as far as another one is compared with it. Of most only one of the
    two is asked, so each is worked out then."""

    id: str
    party: int
    created_at: datetime
    to_known: Callable[[], Known]
    to_portrait: Callable[[], Portrait]

    @cached_property
    def known(self) -> Known:
        return self.to_known()

    @cached_property
    def portrait(self) -> Portrait:
        return self.to_portrait()


def to_kept(row: Row[*tuple[Any, ...]]) -> Kept:
    """Of what is stored."""
    return Kept(row.id, row.uploader_party, row.created_at, partial(to_known, row), partial(to_portrait, row))


def kept_now(document: Document, invoice_id: str, party: int, created_at: datetime, outcome: Outcome) -> Kept:
    """Of a document that is about to be stored under this id."""
    is_blocked = not outcome.is_accepted
    known = partial(Known, invoice_id, document.tag, document.sha256, is_blocked, document.gist)
    return Kept(invoice_id, party, created_at, known, partial(replace, document.portrait, id=invoice_id))


def to_known(record: Row[*tuple[Any, ...]]) -> Known:
    """What the rules need to know of a stored document."""
    tag = ContentTag.from_json(record.content_tag)
    return Known(
        invoice_id=record.id,
        tag=tag,
        sha256=record.sha256,
        is_blocked=not Outcome(record.outcome).is_accepted,
        gist=Gist(
            sellers=frozenset(record.gist["sellers"]),
            buyers=frozenset(record.gist["buyers"]),
            number=record.number_plain,
            issued_on=record.issued_on,
            currency=tag.currency,
            payable_minor=record.payable_minor,
        ),
    )


def to_portrait(record: InvoiceRecord | Row[*tuple[Any, ...]]) -> Portrait:
    """What the screen for near-duplicates needs to know of a stored document."""
    return portrait(
        record.parsed,
        invoice_id=record.id,
        sellers=frozenset(record.gist["sellers"]),
        buyers=frozenset(record.gist["buyers"]),
        payable_minor=record.payable_minor,
    )


def printable(name: str) -> str:
    """A file's name as text: a file system may hold others, which neither database nor JSON would take."""
    return name.encode(errors="replace").decode()
