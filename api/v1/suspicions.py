"""Invoices that may be one: the queue in which a person decides."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from api import suspicion_views
from api.deps import ActorDep, ContextDep
from api.v1 import suspicion_shapes as shapes
from api.v1.documented import problems
from api.v1.fields import After, Body, Limit, RecordId
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.invoices import near_queries as queries
from registry.invoices.deciding import MAX_WHY_CHARS, decide_suspicion
from registry.invoices.errors import InvoiceRaced, ReasonMissing, SuspicionUnknown
from registry.invoices.rules import Verdict

router = area("invoices", "/suspicions")
SuspicionId = Annotated[RecordId, Path(description="A suspicion's id")]


class SuspicionState(StrEnum):
    """What is open includes what could not be told yet."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"
    CORRECTED = "corrected"
    UNCLEAR = "unclear"
    ALL = "all"


class DecisionIn(Body):
    verdict: Annotated[
        Verdict,
        Field(
            description="same: the later one is blocked as a duplicate; different: both are honest; corrected: the"
            " later one replaces the earlier; unclear: asked again"
        ),
    ]
    why: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_WHY_CHARS)]


@router.get(
    "",
    response_model=shapes.SuspicionPage,
    responses=problems(),
    summary="Invoices that may be one, the most suspicious first",
)
def list_suspicions(
    context: ContextDep,
    state: SuspicionState = SuspicionState.OPEN,
    sign: Annotated[str, Query(pattern=r"^[a-z_]*$", max_length=40, description="Only for this reason")] = "",
    after: After = "",
    limit: Limit = 50,
) -> View:
    """The operator sees all. A supplier sees what is suspected of its own, and of what others brought only that it
    is there."""
    wanted = "" if state is SuspicionState.ALL else state.value
    with context.database.read() as session:
        found = queries.suspicions(session, state=wanted, sign=sign, after=after, limit=limit + 1)
        items = suspicion_views.suspicions(session, found[:limit])
        total = queries.count(session, state=wanted, sign=sign)
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None, "total": total}


@router.get(
    "/{suspicion}",
    response_model=shapes.SuspicionFull,
    responses=problems(SuspicionUnknown),
    summary="Two invoices side by side, and what was decided",
)
@record("suspicion")
def show_suspicion(suspicion: SuspicionId, context: ContextDep) -> View:
    with context.database.read() as session:
        return suspicion_views.suspicion(session, queries.suspicion(session, suspicion))


@router.post(
    "/{suspicion}/verdicts",
    status_code=201,
    response_model=shapes.DecidedOut,
    responses=problems(SuspicionUnknown, ReasonMissing, InvoiceRaced),
    summary="Decide whether two invoices are one",
)
def decide(suspicion: SuspicionId, body: DecisionIn, context: ContextDep, actor: ActorDep) -> View:
    """The last verdict counts, so that a decision can be taken back. An invoice that contradicts another one can be
    used only once nobody else holds its legal keys, whatever is decided."""
    done = decide_suspicion(
        context.database,
        suspicion,
        body.verdict,
        why=body.why,
        by=actor.person,
        clock=context.clock,
        ids=context.new_id,
    )
    return {
        "verdict": done.verdict.value,
        "outcome": done.outcome.value,
        "other_outcome": done.other_outcome.value,
    }
