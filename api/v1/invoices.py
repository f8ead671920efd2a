"""Invoices: bring one, see what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import views
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep
from api.v1 import shapes
from api.v1.documented import Responses, problems
from api.v1.fields import After, Limit, PartyInQuery, RecordId
from api.v1.strict import StrictRoute
from api.v1.tags import record
from api.views import View
from registry.invoices import queries
from registry.invoices.errors import (
    DoctypeRefused,
    InvoiceRaced,
    InvoiceUnknown,
    MalformedInvoice,
    MissingField,
    NoIdentity,
    NoInvoiceInside,
    SeveralInvoicesInside,
    TooLarge,
    UnsupportedSyntax,
)
from registry.invoices.use_cases import Uploader, register_invoice
from registry.kit.money import BadAmount, UnknownCurrency
from registry.parties import queries as parties
from registry.parties.errors import PartyNotFound

router = APIRouter(route_class=StrictRoute, prefix="/invoices", tags=["invoices"])

_NOT_TAKEN: Responses = {
    200: {"model": shapes.RegisteredOut, "description": "A duplicate, or in conflict with another one"}
}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is: UBL or CII as XML, an e-fapiao, or a PDF that carries one of them",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/octet-stream", "application/xml", "application/pdf")
        },
    }
}


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "",
    status_code=201,
    response_model=shapes.RegisteredOut,
    responses=_NOT_TAKEN
    | problems(
        PartyNotFound, UnsupportedSyntax, MalformedInvoice, DoctypeRefused, TooLarge, NoInvoiceInside,
        SeveralInvoicesInside, MissingField, NoIdentity, UnknownCurrency, BadAmount, InvoiceRaced,
    ),
    openapi_extra=_FILE,
    summary="Register an invoice",
)  # fmt: skip
def upload_invoice(
    party: PartyInQuery,
    name: Annotated[str, Query(min_length=1, max_length=255, description="The file's name")],
    content: Annotated[bytes, Depends(_content)],
    context: ContextDep,
    actor: ActorDep,
    response: Response,
) -> View:
    """The registry answers with an outcome: `new` and `review` are registered (201); a `duplicate` is not
    kept and a `conflict` is blocked until a person decides (200). `of` names the other invoice if the same
    party brought it. Only files that cannot be read as an invoice are problems."""
    require_acting_for(actor, party)
    with context.database.read() as session:
        parties.profile(session, party)
        identifiers = parties.identifiers_of(session, party)
    done = register_invoice(
        context.database,
        content=content,
        name=name,
        uploader=Uploader(party, identifiers),
        fingerprint_key=context.fingerprint_key,
        clock=context.clock,
        ids=context.new_id,
    )
    if not done.outcome.is_accepted:
        response.status_code = 200
    if done.id is not None:
        response.headers["Location"] = f"/v1/invoices/{done.id}"
    return {
        "outcome": done.outcome.value,
        "reason": done.reason,
        "id": done.id,
        "of": done.of,
        "is_partial": done.is_partial,
        "doubts": list(done.doubts),
        "fingerprints": ["0x" + one for one in done.fingerprints],
        "suspicions": [
            {"of": one.of or None, "score": one.score, "signs": list(one.signs), "differs": list(one.differs)}
            for one in done.suspicions
        ],
    }


@router.get(
    "", response_model=shapes.InvoicePage, responses=problems(), summary="The invoices a party brought"
)
def list_invoices(party: PartyInQuery, context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.invoices_of(session, party, limit=limit + 1, after=after)
        items = [views.invoice(session, one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/{invoice}",
    response_model=shapes.InvoiceOut,
    responses=problems(InvoiceUnknown),
    summary="One invoice and how much of it is used",
)
@record("invoice")
def show_invoice(
    invoice: Annotated[RecordId, Path(description="An invoice's id")], context: ContextDep
) -> View:
    with context.database.read() as session:
        return views.invoice(session, queries.invoice_by_id(session, invoice))
