"""Between what an invoice says and the rows that keep it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry.invoices.entries import Entry
from registry.invoices.identity import LegalKey, cap_minor, content_tag, gist, legal_keys
from registry.invoices.invoice import Invoice, Trader
from registry.invoices.model import InvoiceRecord
from registry.invoices.near_rules import Portrait, portrait
from registry.invoices.rules import ContentTag, Decision, Gist, Known
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
    portrait: Portrait


def prepare(invoice: Invoice, name: str, digest: str) -> Document:
    """Work out legal keys, tag and gist of an invoice. Raises the refusals of identity and money."""
    told = gist(invoice)
    return Document(
        invoice=invoice,
        file_name=printable(name)[-MAX_NAME_CHARS:],
        sha256=digest,
        tag=content_tag(invoice),
        gist=told,
        legal=legal_keys(invoice),
        portrait=portrait(
            invoice.as_json(),
            invoice_id="",
            sellers=told.sellers,
            buyers=told.buyers,
            payable_minor=told.payable_minor,
        ),
    )


def to_record(
    document: Document, entries: Iterable[Entry], decision: Decision, party: int, scope: int
) -> InvoiceRecord:
    """The row of a document; ``id``, ``created_at`` and ``doubts`` are the caller's to set."""
    invoice, tag = document.invoice, document.tag
    return InvoiceRecord(
        uploader_party=party,
        scope=scope,
        file_name=document.file_name,
        sha256=document.sha256,
        syntax=invoice.syntax,
        layer=invoice.layer,
        number=invoice.number,
        number_plain=document.gist.number,
        official_plain=normalize(invoice.official_id),
        document_class=invoice.document_class.value,
        issued_on=invoice.issued_on,
        currency=currency(tag.currency).numeric,
        gross_minor=tag.gross_minor,
        payable_minor=document.gist.payable_minor,
        cap_minor=cap_minor(invoice),
        seller_ids=_identifiers(invoice.seller),
        buyer_ids=_identifiers(invoice.buyer),
        parsed=invoice.as_json(),
        content_tag=tag.as_json(),
        gist=_gist_as_json(document.gist),
        outcome=decision.outcome.value,
        reason=str(decision.reason),
        doubts=[],
        of_invoice_id=decision.of,
        fingerprints=official(entries),
    )


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


def to_known(record: InvoiceRecord) -> Known:
    """What the rules need to know of a stored document."""
    tag = ContentTag.from_json(record.content_tag)
    return Known(
        invoice_id=record.id,
        tag=tag,
        sha256=record.sha256,
        is_blocked=not record.is_accepted,
        gist=Gist(
            sellers=frozenset(record.gist["sellers"]),
            buyers=frozenset(record.gist["buyers"]),
            number=record.number_plain,
            issued_on=record.issued_on,
            currency=tag.currency,
            payable_minor=record.payable_minor,
        ),
    )


def to_portrait(record: InvoiceRecord) -> Portrait:
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
