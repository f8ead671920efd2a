"""What was found of invoices, for people."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.portal.words import mark
from registry.invoices.model import InvoiceVerification
from registry.invoices.verification import queries
from registry.invoices.verification.records import ANSWER

CHECKS = {
    "lines_sum": mark("Sum of the lines"),
    "net_sum": mark("Net total"),
    "gross_sum": mark("Total with tax"),
    "payable_sum": mark("Amount payable"),
    "country_code": mark("Country codes"),
    "type_code": mark("Code of the document's kind"),
    "unit_code": mark("Codes of units"),
    "issue_date": mark("Date of issue"),
    "due_date": mark("Due date"),
    "seller_check_digit": mark("Check digits of the seller's tax number"),
    "buyer_check_digit": mark("Check digits of the buyer's tax number"),
    "signature": mark("Signature"),
    "pdf_shows_other": mark("What the PDF shows"),
    "official_rules": mark("Official rules of EN 16931"),
    "outside_service": mark("Outside service"),
}
RESULTS = {
    "passed": (mark("good"), "good"),
    "warning": (mark("look twice"), "open"),
    "error": (mark("wrong"), "bad"),
    "not_checked": (mark("not checked"), "quiet"),
}
STATES = {
    "verified": (mark("verified"), "good"),
    "not_found": (mark("not known there"), "bad"),
    "void": (mark("void"), "bad"),
    "red_letter": (mark("red-letter"), "bad"),
    "mismatch": (mark("known with other contents"), "bad"),
    "unavailable": (mark("no answer"), "quiet"),
}
MAX_SHOWN = 20
Row = dict[str, Any]


def rows_of(session: Session, invoice: str) -> list[Row]:
    """Newest first: what was found when it was brought, and the last answers."""
    return _rows(queries.verifications(session, invoice, limit=MAX_SHOWN))


def newest_rows(session: Session, invoices: Collection[str]) -> dict[str, list[Row]]:
    """The same for several invoices, of answers only the last."""
    found: dict[str, list[InvoiceVerification]] = {}
    for one in queries.latest(session, invoices):
        found.setdefault(one.invoice_id, []).append(one)
    return {invoice: _rows(each) for invoice, each in found.items()}


def _rows(found: Sequence[InvoiceVerification]) -> list[Row]:
    return [
        {
            "check": CHECKS[finding["check"]],
            "result": STATES[one.state] if one.kind == ANSWER else RESULTS[finding["result"]],
            "detail": finding["detail"],
            "signer": finding["values"].get("subject"),
            "provider": mark("this registry") if one.kind != ANSWER else one.provider,
            "is_ours": one.kind != ANSWER,
            "at": one.at,
            "hash": one.answer_sha256 if one.kind == ANSWER else one.document_sha256,
        }
        for one in found
        for finding in one.findings
    ]
