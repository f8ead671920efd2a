"""What rules decided, on which facts: the audit's view of every act that was judged."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query

from api import ids, rule_views
from api.deps import ContextDep
from api.ids import MalformedId
from api.v1 import record_shapes
from api.v1.documented import problems
from api.v1.fields import Limit, Position, RecordId
from api.v1.strict import area
from api.views import View
from registry.rules import queries
from registry.rules.errors import DecisionNotFound

router = area("audit", "/decisions")


class OutcomeName(StrEnum):
    """Of a decision; what blocks was refused."""

    PASS = "pass"  # noqa: S105 - a rule's outcome
    WARN = "warn"
    BLOCK = "block"


@router.get(
    "",
    response_model=record_shapes.DecisionPage,
    responses=problems(MalformedId),
    summary="What the chosen rules decided, the latest first",
)
def list_decisions(
    context: ContextDep,
    about: Annotated[str | None, Query(max_length=80, description="A receivable's or a lot's id")] = None,
    outcome: OutcomeName | None = None,
    after: Position = "",
    limit: Limit = 50,
) -> View:
    """Each with the facts it was taken on and the version of its pack, so that anybody can judge again."""
    with context.database.read() as session:
        found = queries.decisions(
            session,
            subject=None if about is None else ids.record(about),
            outcome=outcome,
            before=int(after) if after else None,
            limit=limit + 1,
        )
        items = [rule_views.stored_ruling(one) for one in found[:limit]]
    return {"items": items, "next": str(found[limit - 1].position) if len(found) > limit else None}


@router.get(
    "/{decision}",
    response_model=record_shapes.DecisionOut,
    responses=problems(DecisionNotFound),
    summary="One decision",
)
def show_decision(
    decision: Annotated[RecordId, Path(description="A decision's id")], context: ContextDep
) -> View:
    with context.database.read() as session:
        return rule_views.stored_ruling(queries.decision(session, decision))
