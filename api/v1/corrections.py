"""Credit notes and other corrections of invoices: what they concern, what follows, and the operator's word on it."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from api import correction_views as views
from api import ids
from api.deps import ActorDep, ContextDep
from api.ids import MalformedId
from api.v1.documented import problems
from api.v1.fields import After, Body, Limit, PartyInQuery, RecordId, Text, Truth
from api.v1.invoice_shapes import InvoiceCorrectionOut
from api.v1.shapes import MoneyOut, PartyRef, Shape
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.invoices import correction_queries as queries
from registry.invoices.chains import Standing
from registry.invoices.corrections import decide_correction
from registry.invoices.errors import CorrectionNotFound, CorrectionUnclear, InvoiceUnknown
from registry.notices import queries as notices
from registry.notices.corrections import read_warning
from registry.notices.errors import WarningNotFound
from registry.receivables.exposure import corrected_behind
from registry.relay.context import Context

router = area("corrections")

CorrectionId = Annotated[RecordId, Path(description="A correction's id")]
WarningId = Annotated[RecordId, Path(description="A warning's id")]


class ExposureOut(Shape):
    """The invoice with what replaced it and what it replaced."""

    cap: MoneyOut = Field(description="What it is worth after its corrections")
    used: MoneyOut = Field(description="What receivables that stand took of it, paid or not")
    written_off: MoneyOut
    out: MoneyOut = Field(description="The most of it that can be unpaid")
    over: MoneyOut = Field(
        description="How much more is claimed than it is worth; free lots stay where they are"
    )


class CorrectionDecisionOut(Shape):
    standing: str
    invoice: str | None
    why: str
    by: str
    at: str


class CorrectionOut(InvoiceCorrectionOut):
    exposure: ExposureOut | None = Field(description="Missing until it is linked")
    decisions: list[CorrectionDecisionOut]


class CorrectionPage(Shape):
    items: list[InvoiceCorrectionOut]
    next: str | None


class CorrectionWarningOut(Shape):
    id: str
    party: PartyRef
    role: str = Field(description="funder, holder, recourse, obligor or supplier")
    receivable: str
    correction: InvoiceCorrectionOut
    is_after_notice: bool = Field(
        description="Issued after the obligor had notice of an assignment: see Civil Code article 765"
    )
    made_at: str
    read_at: str | None


class CorrectionWarningPage(Shape):
    items: list[CorrectionWarningOut]
    next: str | None


class ReadIn(Body):
    """Nothing: that it is asked for is all."""


class CorrectionDecisionIn(Body):
    stands: Annotated[Truth, Field(description="false: it concerns something else")]
    invoice: Annotated[
        RecordId | None, Field(description="The invoice it corrects, where that is unclear")
    ] = None
    why: Annotated[Text, Field(description="What this rests on; kept")]


@router.get(
    "/corrections",
    response_model=CorrectionPage,
    responses=problems(MalformedId),
    summary="Corrections of invoices, by id",
)
def list_corrections(
    context: ContextDep,
    standing: Annotated[
        Standing | None, Query(description="waiting for its invoice, doubtful, stands or dismissed")
    ] = None,
    invoice: Annotated[RecordId | None, Query(description="Of this invoice, or made by it")] = None,
    receivable: Annotated[str | None, Query(max_length=80, description="Behind this receivable")] = None,
    after: After = "",
    limit: Limit = 50,
) -> View:
    wanted = None if receivable is None else ids.RECEIVABLE.read(receivable)
    with context.database.read() as session:
        behind = None
        if wanted is not None:
            behind = {each for one in corrected_behind(session, wanted) for each in one.family}
        found = queries.corrections(
            session, standing=standing, invoice=invoice, corrected=behind, after=after, limit=limit + 1
        )
    items = [views.correction(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/corrections/{correction}",
    response_model=CorrectionOut,
    responses=problems(CorrectionNotFound),
    summary="One correction, what is out over its invoice, and what was decided",
)
@record("correction")
def show_correction(correction: CorrectionId, context: ContextDep) -> View:
    with context.database.read() as session:
        return views.one_correction(session, queries.correction(session, correction))


@router.post(
    "/corrections/{correction}/decision",
    response_model=CorrectionOut,
    responses=problems(CorrectionNotFound, CorrectionUnclear, InvoiceUnknown),
    summary="Decide what a correction concerns",
)
def decide_on_correction(
    correction: CorrectionId, body: CorrectionDecisionIn, context: ContextDep, actor: ActorDep
) -> View:
    """By the operator, for the record: who, when and why. Deciding anew takes it back; nothing on the ledger follows."""
    decide_correction(
        context,
        correction,
        stands=body.stands,
        invoice=body.invoice,
        why=body.why,
        by=actor.name or actor.person,
    )
    with context.database.read() as session:
        return views.one_correction(session, queries.correction(session, correction))


@router.get(
    "/correction-warnings",
    response_model=CorrectionWarningPage,
    responses=problems(),
    summary="Warnings of corrections behind receivables, by id",
)
def list_correction_warnings(
    context: ContextDep,
    party: PartyInQuery | None = None,
    is_read: Annotated[bool | None, Query(description="Only those that were read, or only others")] = None,
    after: After = "",
    limit: Limit = 50,
) -> View:
    with context.database.read() as session:
        found = notices.warnings(session, party=party, is_read=is_read, after=after, limit=limit + 1)
        items = views.warnings(session, found[:limit])
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/correction-warnings/{warning}",
    response_model=CorrectionWarningOut,
    responses=problems(WarningNotFound),
    summary="One warning of a correction",
)
@record("warning")
def show_correction_warning(warning: WarningId, context: ContextDep) -> View:
    return _shown(warning, context)


@router.post(
    "/correction-warnings/{warning}/read",
    response_model=CorrectionWarningOut,
    responses=problems(WarningNotFound),
    summary="Say that a warning was read",
)
def read_correction_warning(warning: WarningId, _body: ReadIn, context: ContextDep) -> View:
    """Nothing else follows from it. Said twice, the first time counts."""
    read_warning(context, warning)
    return _shown(warning, context)


def _shown(warning: str, context: Context) -> View:
    with context.database.read() as session:
        return views.warnings(session, [notices.warning(session, warning)])[0]
