"""The rule packs that the registry works under, and the ledger's limits that follow from them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api import rule_views, setup
from api.deps import ContextDep, WritingDep
from api.v1 import shapes
from api.v1.documented import problems, writes
from api.v1.fields import Body
from api.v1.strict import area
from api.views import View
from registry.parties.use_cases import set_limits
from registry.rules.errors import PackInvalid, PackNotFound, PackNotInForce
from registry.rules.pack import packaged
from registry.rules.use_cases import choose_packs, require_choosable

router = area("rules", "/rules")

PackId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9-]+$", max_length=60)]


class ChoiceIn(Body):
    packs: Annotated[
        list[PackId], Field(min_length=1, max_length=20, description="Ids; all of them hold from then on")
    ]


@router.get("", response_model=list[shapes.PackOut], responses=problems(), summary="Rule packs")
def list_packs(context: ContextDep) -> list[View]:
    """Those that are chosen, then those that could be. Each decision names the version it was taken by."""
    with context.database.read() as session:
        return rule_views.rule_packs(session)


@router.post(
    "", **writes(PackNotFound, PackInvalid, PackNotInForce), summary="Work under these packs from now on"
)
def choose(body: ChoiceIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act: it sets the ledger's limits as the packs have them. Of the packs that come with the
    program; one of your own is chosen by the command `rules use`, where the registry runs."""
    packs = [packaged(one) for one in body.packs]
    require_choosable(packs)
    # First what may still be refused: while another act on the limits is on its way nothing is chosen.
    act = set_limits(context, setup.limits_word(packs, context.clock.now().date()))
    choose_packs(context.database, context.clock, packs)
    return write(act)
