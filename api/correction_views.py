"""How corrections of invoices, and the warnings of them, look from outside."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from api import ids, views
from api.views import View, money, party_ref
from registry.invoices import correction_queries as corrections
from registry.invoices.model import InvoiceCorrection, InvoiceRecord
from registry.notices.model import CorrectionWarning
from registry.parties import queries as parties
from registry.receivables.exposure import Exposure, corrected_behind, exposure

_WHEN = "%Y-%m-%dT%H:%M:%SZ"


def correction(record: InvoiceCorrection) -> View:
    return {
        "id": record.id,
        "kind": record.kind,
        "number": record.number,
        "issued_on": record.issued_on.isoformat(),
        "amount": None if record.amount_minor is None else money(record.amount_minor, record.currency),
        "standing": record.standing,
        "doubt": record.doubt or None,
        "reference": record.reference if record.correcting else None,
        "correcting": record.correcting,
        "corrected": record.corrected,
        "party": record.party or None,
        "is_decided": record.is_decided,
        "created_at": record.created_at.strftime(_WHEN),
    }


def one_correction(session: Session, record: InvoiceCorrection) -> View:
    """With what was decided about it, and what is out over the invoice it corrects."""
    found = exposure(session, record.corrected) if record.corrected else None
    return correction(record) | {
        "exposure": None if found is None else exposed(found, record.currency),
        "decisions": [
            {
                "standing": one.standing,
                "invoice": one.invoice,
                "why": one.why,
                "by": one.by,
                "at": one.at.strftime(_WHEN),
            }
            for one in corrections.decisions(session, record.id)
        ],
    }


def exposed(found: Exposure, numeric: int) -> View:
    return {
        "cap": money(found.cap_minor, numeric),
        "used": money(found.used_minor, numeric),
        "written_off": money(found.written_off_minor, numeric),
        "out": money(found.out_minor, numeric),
        "over": money(found.over_minor, numeric),
    }


def invoice(session: Session, record: InvoiceRecord) -> View:
    """An invoice with its place in a chain of corrections."""
    return invoices(session, [record])[0]


def invoices(session: Session, records: Sequence[InvoiceRecord]) -> list[View]:
    """A page of them, for a few queries in all."""
    found = corrections.corrections_about(session, [one.id for one in records])
    shown = views.invoices_of(session, records)
    return [one | _chain_of(one["id"], found) for one in shown]


def chain_of(session: Session, invoice: str) -> dict[str, list[View]]:
    """What corrects an invoice and what it corrects, as far as the reader may see it."""
    return _chain_of(invoice, corrections.corrections_about(session, [invoice]))


def _chain_of(invoice: str, found: Sequence[InvoiceCorrection]) -> dict[str, list[View]]:
    return {
        "corrected_by": [correction(one) for one in found if one.corrected == invoice],
        "corrects": [correction(one) for one in found if one.correcting == invoice],
    }


def behind(session: Session, receivable: str, numeric: int) -> View | None:
    """What was corrected behind a receivable, and whether it may go on; None where nothing was."""
    found = corrected_behind(session, receivable)
    if not found:
        return None
    standing = corrections.standing_on(session, {each for one in found for each in one.family})
    over = sum(one.over_minor for one in found)
    return {
        "corrections": [correction(one) for one in standing],
        "is_held": over > 0,
        "over": money(over, numeric),
    }


def warnings(session: Session, records: Sequence[CorrectionWarning]) -> list[View]:
    names = parties.names(session, {one.party for one in records})
    return [
        {
            "id": one.id,
            "party": party_ref(one.party, names),
            "role": one.role,
            "receivable": ids.RECEIVABLE.outside(one.receivable),
            "correction": correction(corrections.correction(session, one.correction)),
            "is_after_notice": one.is_after_notice,
            "made_at": one.made_at.strftime(_WHEN),
            "read_at": one.read_at.strftime(_WHEN) if one.read_at else None,
        }
        for one in records
    ]


def sentence(one: dict[str, Any]) -> str:
    """A correction's View in words."""
    amount = one["amount"]
    worth = f" of {amount['amount']} {amount['currency']}" if amount else ""
    return f"{one['kind'].replace('_', ' ')} {one['number']}{worth}, {one['issued_on']}"
