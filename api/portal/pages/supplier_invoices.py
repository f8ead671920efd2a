"""The supplier's invoices: bring files, see at once what became of each, look at one, and at two side by side."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from api import correction_views, suspicion_views, views
from api.auth.gate import MAX_BODY_BYTES
from api.portal.forms import FormDep
from api.portal.invoice_words import SIGNS, STATES
from api.portal.verified import CHECKS, rows_of
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from api.views import View
from registry.access.actor import Role
from registry.invoices import near_queries, queries
from registry.invoices.bringing import bring_invoices
from registry.invoices.errors import InvoiceUnknown
from registry.invoices.model import InvoiceRecord
from registry.invoices.use_cases import Brought
from registry.invoices.verification.use_cases import verify_invoice
from registry.kit.money import Money, currency
from registry.receivables import queries as receivables

router = page_router()
PAGE = 50
OUTCOMES = {
    "new": (mark("accepted"), "good"),
    "review": (mark("accepted, look twice"), "open"),
    "duplicate": (mark("duplicate"), "quiet"),
    "conflict": (mark("conflict"), "bad"),
    "replaced": (mark("replaced"), "quiet"),
    "refused": (mark("refused"), "bad"),
}
REASONS = {
    "no_key_known": mark("No invoice with this identity was brought before."),
    "same_file": mark("The very same file is here already."),
    "same_content": mark("The same invoice is here already, perhaps in another format."),
    "same_content_partial": mark(
        "The same invoice is here already, as far as both files carry the same fields."
    ),
} | SIGNS
ADVICE = {
    "new": mark("Register a receivable over it."),
    "review": mark("Compare the two. If both are right, go on; a funder sees the same doubt."),
    "duplicate": mark("There is nothing to do: use the one that is here."),
    "conflict": mark(
        "Nothing can rest on it until the two are cleared up. Compare them; if yours was altered, bring the right one."
    ),
    "replaced": mark("Use the one that took its place."),
}
REFUSED_ADVICE = {
    "unsupported_syntax": mark(
        "Bring the invoice as the data it was issued as: XML, OFD, JSON, EDIFACT, a PDF with the data inside, or a ZIP "
        "archive of such files."
    ),
    "no_invoice_inside": mark("Ask its seller for the electronic invoice: a picture of it is not read here."),
    "several_invoices_inside": mark("Bring each invoice as a file of its own."),
    "missing_field": mark("Have the invoice issued anew with that field."),
    "no_identity": mark(
        "Bring the stamped invoice: without an official number it cannot be told from others."
    ),
    "too_large": mark("Bring the invoice alone, without pictures and other attachments."),
    "invoice_raced": mark("Bring it again in a few seconds."),
}
REFUSED_OTHERWISE = mark("Have the file issued anew, and bring it as it came.")
TERMS = {
    "number": mark("Number"),
    "code": mark("Code"),
    "issued_on": mark("Issued on"),
    "due_on": mark("Due on"),
    "document_class": mark("Kind"),
    "type_code": mark("Type code"),
    "currency": mark("Currency"),
    "net": mark("Net"),
    "gross": mark("Gross"),
    "prepaid": mark("Prepaid"),
    "payable": mark("Payable"),
    "preceding": mark("Preceding invoices"),
    "seller": mark("Seller"),
    "buyer": mark("Buyer"),
    "payee": mark("Payee"),
    "accounts": mark("Payment accounts"),
    "period": mark("Period"),
    "name": mark("name"),
    "identifiers": mark("identifiers"),
    "line": mark("Line"),
}
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
InvoiceId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]


@router.get("/invoices")
def invoices_page(
    visit: VisitDep,
    q: Annotated[str, Query(max_length=200)] = "",
    outcome: Annotated[str, Query(pattern="^(|new|review|conflict|duplicate|replaced)$")] = "",
    after: After = "",
) -> Response:
    with visit.read() as session:
        found = queries.search(
            session, visit.party, text=q.strip(), outcome=outcome, after=after, limit=PAGE + 1
        )
        items = all_shown(session, found[:PAGE])
    following = items[-1]["id"] if len(found) > PAGE else None
    return _page(
        visit,
        "invoices.html",
        items=items,
        following=following,
        wanted=q.strip(),
        outcome=outcome,
        brought=None,
        file_count=0,
    )


@router.post("/invoices")
def invoices_post(visit: VisitDep, form: FormDep) -> Response:
    """What became of each file. Sent again, the same files are duplicates: nothing happens twice."""
    context = visit.context
    files = [(one.filename or "", one.file.read()) for one in form.files("files")]
    brought = bring_invoices(
        context.database,
        visit.party,
        files,
        fingerprint_keys=context.fingerprint_keys,
        clock=context.clock,
        ids=context.new_id,
        examiner=visit.service.examiner,
    )
    with visit.read() as session:
        rows = [_row(session, one) for one in brought]
        found = queries.search(session, visit.party, limit=PAGE + 1)
        items = all_shown(session, found[:PAGE])
    following = items[-1]["id"] if len(found) > PAGE else None
    return _page(
        visit,
        "invoices.html",
        items=items,
        following=following,
        wanted="",
        outcome="",
        brought=rows,
        file_count=len(files),
    )


@router.get("/invoices/{invoice}")
def invoice_page(invoice: InvoiceId, visit: VisitDep) -> Response:
    with visit.read() as session:
        record = queries.invoice_by_id(session, invoice)
        one = shown(session, record) | correction_views.chain_of(session, record.id)
        resting = [
            views.receivable(session, receivables.receivable(session, each))
            for each in receivables.with_fingerprints(session, one["fingerprints"], PAGE)
        ]
        verifications = rows_of(session, invoice)
        against = [one for one in near_queries.about(session, record.id) if one.invoice_id == record.id]
        suspicions = [suspicion_views.suspicion(session, each) for each in against]
    return _page(
        visit,
        "invoice.html",
        one=one,
        parsed=record.parsed,
        layer=record.layer,
        doubts=record.doubts,
        resting=resting,
        verifications=verifications,
        may_verify=visit.service.inquiry is not None and visit.is_one_of(Role.SUPPLIER, Role.REVIEWER),
        suspicions=suspicions,
        signs=SIGNS,
        states=STATES,
        may_register=record.is_accepted and Role.SUPPLIER in visit.actor.roles,
    )


@router.post("/invoices/{invoice}/verify")
def verification_post(invoice: InvoiceId, visit: VisitDep, _form: FormDep) -> Response:
    """Ask the outside service now; its answer stands on the invoice's page."""
    context = visit.context
    verify_invoice(context.database, visit.service.inquiry, invoice, clock=context.clock, ids=context.new_id)
    return visit.go(f"/invoices/{invoice}#verifications")


def shown(session: Session, record: InvoiceRecord) -> View:
    """An invoice's View with its buyer and what of it is left."""
    return all_shown(session, [record])[0]


def all_shown(session: Session, records: Sequence[InvoiceRecord]) -> list[View]:
    """A page of them, for a few queries in all."""
    return list(map(_with_buyer, records, views.invoices_of(session, records)))


def _with_buyer(record: InvoiceRecord, one: View) -> View:
    unit = currency(record.currency)
    used = Money.parse(one["used"]["amount"], unit.code).amount_minor
    left = Money.parse(one["left"]["amount"], unit.code).amount_minor
    return one | {
        "buyer": record.parsed["buyer"]["name"],
        "seller": record.parsed["seller"]["name"],
        "left_minor": left,
        "share": 0 if not record.cap_minor else used * 100 // record.cap_minor,
    }


def seen(session: Session, invoice: str | None) -> InvoiceRecord | None:
    """Another invoice, if the reader may see it."""
    if invoice is None:
        return None
    try:
        return queries.invoice_by_id(session, invoice)
    except InvoiceUnknown:
        return None


def _row(session: Session, brought: Brought) -> dict[str, Any]:
    done, refusal = brought.done, brought.refusal
    row: dict[str, Any] = {"file": brought.label, "invoice": None, "other": None, "doubts": (), "detail": ""}
    if done is None:
        assert refusal is not None
        return row | {
            "outcome": "refused",
            "why": refusal.title,
            "detail": refusal.detail if refusal.detail != refusal.title else "",
            "code": refusal.code,
            "advice": REFUSED_ADVICE.get(refusal.code, REFUSED_OTHERWISE),
        }
    return row | {
        "outcome": done.outcome.value,
        "why": REASONS[done.reason],
        "code": done.reason,
        "advice": ADVICE[done.outcome.value],
        "doubts": done.doubts,
        "invoice": seen(session, done.id),
        "other": seen(session, done.of),
    }


def _page(visit: Visit, template: str, **values: Any) -> Response:
    return visit.page(
        template,
        outcomes=OUTCOMES,
        reasons=REASONS,
        advice=ADVICE,
        checks=CHECKS,
        terms=TERMS,
        max_bytes=MAX_BODY_BYTES,
        **values,
    )
