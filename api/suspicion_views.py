"""Suspicions as people and machines see them: two invoices side by side, why, and what was decided."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.access_views import moment
from api.views import View, money, party_ref
from registry.invoices import near_queries, queries
from registry.invoices.comparison import compare
from registry.invoices.model import InvoiceRecord, InvoiceSuspicion, InvoiceVerdict
from registry.parties import queries as parties


def suspicions(session: Session, found: Sequence[InvoiceSuspicion]) -> list[View]:
    """Each with its two invoices. Of one that the reader may not see, nothing is told but that it is there."""
    ids = {each for one in found for each in (one.invoice_id, one.other_id)}
    records = {one.id: one for one in queries.by_ids(session, ids)}
    names = parties.names(session, {one.uploader_party for one in records.values()})
    return [_shown(one, records, names) for one in found]


def suspicion(session: Session, one: InvoiceSuspicion) -> View:
    """One with every field of both, and every verdict."""
    [shown] = suspicions(session, [one])
    records = {each.id: each for each in queries.by_ids(session, (one.invoice_id, one.other_id))}
    later, earlier = records.get(one.invoice_id), records.get(one.other_id)
    pairs = compare(later.parsed, earlier.parsed) if later and earlier else []
    return shown | {
        "fields": [
            {"field": each.term, "invoice": each.one, "other": each.other, "differs": each.is_different}
            for each in pairs
        ],
        "verdicts": [_verdict(each) for each in near_queries.verdicts(session, one.id)],
    }


def _shown(one: InvoiceSuspicion, records: dict[str, InvoiceRecord], names: dict[int, str]) -> View:
    is_seen = one.other_id in records
    return {
        "id": one.id,
        "state": one.verdict or "open",
        "score": one.score if is_seen else None,
        "signs": one.signs if is_seen else one.signs[:1],
        "differs": one.differs if is_seen else [],
        "is_contradiction": one.is_contradiction,
        "invoice": _side(records.get(one.invoice_id), names),
        "other": _side(records.get(one.other_id), names),
        "raised_at": moment(one.created_at),
    }


def _side(record: InvoiceRecord | None, names: dict[int, str]) -> View | None:
    if record is None:
        return None
    return {
        "id": record.id,
        "number": record.number,
        "issued_on": record.issued_on.isoformat(),
        "payable": money(record.payable_minor, record.currency),
        "seller": record.parsed["seller"]["name"],
        "buyer": record.parsed["buyer"]["name"],
        "file": record.file_name,
        "outcome": record.outcome,
        "uploader": party_ref(record.uploader_party, names),
        "brought_at": moment(record.created_at),
    }


def _verdict(one: InvoiceVerdict) -> View:
    return {
        "verdict": one.verdict,
        "why": one.why,
        "by": one.by,
        "decided_at": moment(one.decided_at),
    }
