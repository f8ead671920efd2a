"""Acts on their way to the ledger."""

from typing import Annotated

from fastapi import Path, Query, Response

from api import ids, views
from api.deps import ContextDep
from api.ids import MalformedId
from api.v1 import record_shapes, shapes
from api.v1.documented import problems
from api.v1.export import AS_CSV, ListingDep
from api.v1.fields import Limit, PartyInQuery, Position, RecordId
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.relay import queries
from registry.relay.errors import ActNotFound
from registry.relay.model import ActStatus

router = area("acts", "/acts")


@router.get(
    "",
    response_model=record_shapes.ActPage,
    responses=AS_CSV | problems(MalformedId),
    summary="Acts, the latest first",
)
def list_acts(
    context: ContextDep,
    listing: ListingDep,
    about: Annotated[
        str | None, Query(max_length=80, description="A receivable's or a lot's id, or `party:` and a number")
    ] = None,
    status: ActStatus | None = None,
    party: PartyInQuery | None = None,
    after: Position = "",
    limit: Limit = 50,
) -> View | Response:
    """`party` is the one that consented. What the operator and the arbiter do stands among the others."""
    with context.database.read() as session:
        found = queries.acts(
            session,
            about=None if about is None else ids.record(about),
            status=status,
            party=party,
            before=int(after) if after else None,
            limit=limit + 1,
        )
        items = [views.act(one, session) for one in found[:limit]]
    following = str(found[limit - 1].position) if len(found) > limit else None
    return listing(shapes.ActOut, items, following)


@router.get(
    "/{act}", response_model=shapes.ActOut, responses=problems(ActNotFound), summary="What became of an act"
)
@record("act")
def show_act(act: Annotated[RecordId, Path(description="An act's id")], context: ContextDep) -> View:
    """Nothing is done before its status is `included`: until then it is `pending` (not yet signed by the
    relay) or `sent`. A `refused` act says why under `refusal` and changed nothing."""
    with context.database.read() as session:
        return views.act(queries.act(session, act), session)
