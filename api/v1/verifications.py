"""What was found of an invoice, and asking an outside service about it again."""

from typing import Annotated

from fastapi import Path

from api import views
from api.deps import ContextDep, ServiceDep
from api.v1 import record_shapes
from api.v1.documented import problems
from api.v1.fields import After, Limit, RecordId
from api.v1.strict import area
from api.views import View
from registry.invoices import queries as invoices
from registry.invoices.errors import InvoiceUnknown
from registry.invoices.verification import queries
from registry.invoices.verification.errors import NoVerificationService
from registry.invoices.verification.use_cases import verify_invoice as verify

router = area("invoices", "/invoices")
InvoiceId = Annotated[RecordId, Path(description="An invoice's id")]


@router.get(
    "/{invoice}/verifications",
    response_model=record_shapes.VerificationPage,
    responses=problems(InvoiceUnknown),
    summary="All that was found of an invoice",
)
def list_verifications(invoice: InvoiceId, context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    """Newest first. Nothing is ever overwritten: an invoice that turned void shows what it was before."""
    with context.database.read() as session:
        invoices.invoice_by_id(session, invoice)
        found = queries.verifications(session, invoice, after=after, limit=limit + 1)
    items = [views.verification(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/{invoice}/verifications",
    status_code=201,
    response_model=record_shapes.VerificationOut,
    responses=problems(InvoiceUnknown, NoVerificationService),
    summary="Ask the outside service about an invoice",
)
def verify_invoice(invoice: InvoiceId, context: ContextDep, service: ServiceDep) -> View:
    """The answer is kept, also that there was none: `unavailable` takes nothing back that was said before."""
    done = verify(context.database, service.inquiry, invoice, clock=context.clock, ids=context.new_id)
    return views.verification(done)
