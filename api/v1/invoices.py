"""Invoices: bring one, see what became of it."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api import correction_views
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep, ServiceDep
from api.problems import problem
from api.v1 import invoice_shapes
from api.v1.documented import Responses, problems
from api.v1.fields import After, Limit, PartyInQuery, RecordId
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.fingerprints.keys import KeyMissing
from registry.invoices import queries
from registry.invoices.bringing import bring_invoices
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
from registry.invoices.registering import Registered
from registry.invoices.use_cases import Brought
from registry.kit.money import BadAmount, UnknownCurrency
from registry.parties.errors import PartyNotFound

router = area("invoices", "/invoices")

_OTHER_ANSWERS: Responses = {
    200: {
        "model": invoice_shapes.RegisteredOut,
        "description": "A duplicate, or in conflict with another one",
    },
    207: {
        "model": invoice_shapes.SeveralOut,
        "description": "What became of each document of a file with several",
    },
}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is; what it is, is told by its content. UBL 2, CII (Factur-X, ZUGFeRD 1 and 2, "
        "XRechnung), e-fapiao (XML, XBRL voucher, OFD, text of the QR code), FatturaPA (signed or not), CFDI, NF-e, "
        "NAV, GST JSON, EDIFACT INVOIC, a PDF that carries one of them, or a ZIP archive of files",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/octet-stream", "application/xml", "application/pdf", "application/zip")
        },
    }
}


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "",
    status_code=201,
    response_model=invoice_shapes.RegisteredOut,
    responses=_OTHER_ANSWERS
    | problems(
        PartyNotFound, UnsupportedSyntax, MalformedInvoice, DoctypeRefused, TooLarge, NoInvoiceInside,
        SeveralInvoicesInside, MissingField, NoIdentity, UnknownCurrency, BadAmount, InvoiceRaced,
        KeyMissing,
    ),
    openapi_extra=_FILE,
    summary="Register an invoice",
)  # fmt: skip
def upload_invoice(
    party: PartyInQuery,
    name: Annotated[str, Query(min_length=1, max_length=255, description="The file's name")],
    content: Annotated[bytes, Depends(_content)],
    context: ContextDep,
    service: ServiceDep,
    actor: ActorDep,
    response: Response,
) -> View | Response:
    """The registry answers with an outcome: `new` and `review` are registered (201); a `duplicate` is not
    kept and a `conflict` is blocked until a person decides (200). `of` names the other invoice if the same
    party brought it. Only files that cannot be read as an invoice are problems.

    A file may carry several documents: FatturaPA with several bodies, a list of GST invoices, an EDIFACT
    interchange, a ZIP archive. Each stands for itself and the answer (207) lists them."""
    require_acting_for(actor, party)
    brought = bring_invoices(
        context.database,
        party,
        [(name, content)],
        fingerprint_keys=context.fingerprint_keys,
        clock=context.clock,
        ids=context.new_id,
        examiner=service.examiner,
    )
    if len(brought) > 1:
        several = invoice_shapes.SeveralOut.model_validate({"documents": [_brought(one) for one in brought]})
        return JSONResponse(several.model_dump(mode="json"), 207)
    [one] = brought
    if one.done is None:
        raise one.refusal or AssertionError(one)
    if not one.done.outcome.is_accepted:
        response.status_code = 200
    if one.done.id is not None:
        response.headers["Location"] = f"/v1/invoices/{one.done.id}"
    return _registered(one.done)


def _brought(one: Brought) -> View:
    return {
        "document": one.document,
        "name": one.inside or None,
        "registered": _registered(one.done) if one.done else None,
        "problem": problem(one.refusal) if one.refusal else None,
    }


def _registered(done: Registered) -> View:
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
    "",
    response_model=invoice_shapes.InvoicePage,
    responses=problems(),
    summary="The invoices a party brought",
)
def list_invoices(party: PartyInQuery, context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.invoices_of(session, party, limit=limit + 1, after=after)
        items = correction_views.invoices(session, found[:limit])
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/{invoice}",
    response_model=invoice_shapes.InvoiceOut,
    responses=problems(InvoiceUnknown),
    summary="One invoice and how much of it is used",
)
@record("invoice")
def show_invoice(
    invoice: Annotated[RecordId, Path(description="An invoice's id")], context: ContextDep
) -> View:
    with context.database.read() as session:
        return correction_views.invoice(session, queries.invoice_by_id(session, invoice))
