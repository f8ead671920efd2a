"""Search by any number, name or tax id."""

from typing import Annotated

from fastapi import Query

from api import search as hits
from api.deps import ContextDep
from api.v1 import record_shapes
from api.v1.documented import problems
from api.v1.fields import Limit, Position, Text
from api.v1.strict import area
from api.views import View

router = area("audit", "/search")
MAX_HITS = 1_000


@router.get(
    "", response_model=record_shapes.HitPage, responses=problems(), summary="Search everything by any number"
)
def search(
    q: Annotated[
        Text, Query(description="A party's name, tax id or number, an invoice number, part of an id")
    ],
    context: ContextDep,
    after: Position = "",
    limit: Limit = 50,
) -> View:
    """Parties first, then invoices, each followed by the receivables over it, then receivables and lots, whose ids
    need four digits at least, and the act of a transaction."""
    first = min(int(after or 0), MAX_HITS)
    with context.database.read() as session:
        found = hits.search(session, q, first + limit + 1)[first : first + limit + 1]
    return {"items": found[:limit], "next": str(first + limit) if len(found) > limit else None}
