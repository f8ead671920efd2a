"""Between what an invoice says and the rows that keep it."""

from dataclasses import dataclass
from typing import Any

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.identity import cap_minor, content_tag, gist, legal_keys
from registry.invoices.invoice import Invoice, Trader
from registry.invoices.model import InvoiceRecord
from registry.invoices.rules import ContentTag, Decision, Gist, Known, Outcome
from registry.kit.identifiers import TaxId
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
    keys: tuple[tuple[bytes, TaxId | None], ...]
    fingerprints: tuple[str, ...]
    key_version: int


def prepare(invoice: Invoice, name: str, digest: str, key: FingerprintKey) -> Document:
    """Work out keys, tag and fingerprints of an invoice. Raises the refusals of identity and money."""
    legal = legal_keys(invoice)
    entries = [key.fingerprint(one.domain, *one.fields) for one in legal]
    return Document(
        invoice=invoice,
        file_name=printable(name)[-MAX_NAME_CHARS:],
        sha256=digest,
        tag=content_tag(invoice),
        gist=gist(invoice),
        keys=tuple((entry, one.owner) for entry, one in zip(entries, legal, strict=True)),
        fingerprints=tuple(entry.hex() for entry, one in zip(entries, legal, strict=True) if one.is_official),
        key_version=key.version,
    )


def to_record(document: Document, decision: Decision, party: int, scope: int) -> InvoiceRecord:
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
        reason=decision.reason.value,
        doubts=[],
        of_invoice_id=decision.of,
        fingerprints=list(document.fingerprints),
        fingerprint_key_version=document.key_version,
    )


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
        is_blocked=record.outcome == Outcome.CONFLICT.value,
        gist=Gist(
            sellers=frozenset(record.gist["sellers"]),
            buyers=frozenset(record.gist["buyers"]),
            number=record.number_plain,
            issued_on=record.issued_on,
            currency=tag.currency,
            payable_minor=record.payable_minor,
        ),
    )


def printable(name: str) -> str:
    """A file's name as text: a file system may hold others, which neither database nor JSON would take."""
    return name.encode(errors="replace").decode()
