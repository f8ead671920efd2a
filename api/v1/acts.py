"""Acts on their way to the ledger."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import views
from api.deps import ContextDep
from api.v1 import shapes
from api.v1.documented import problems
from api.v1.fields import RecordId
from api.v1.strict import StrictRoute
from api.v1.tags import record
from api.views import View
from registry.relay import queries
from registry.relay.errors import ActNotFound

router = APIRouter(route_class=StrictRoute, prefix="/acts", tags=["acts"])


@router.get(
    "/{act}", response_model=shapes.ActOut, responses=problems(ActNotFound), summary="What became of an act"
)
@record("act")
def show_act(act: Annotated[RecordId, Path(description="An act's id")], context: ContextDep) -> View:
    """Nothing is done before its status is `included`: until then it is `pending` (not yet signed by the
    relay) or `sent`. A `refused` act says why under `refusal` and changed nothing."""
    with context.database.read() as session:
        return views.act(queries.act(session, act))
