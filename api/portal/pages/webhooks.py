"""Where a party's own servers are told, as it stands; what the server disabled is said on the first page too."""

from typing import Annotated

from fastapi import Path, Response
from sqlalchemy.orm import Session

from api import webhook_views as views
from api.portal.forms import FormDep
from api.portal.visit import VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from registry.access.actor import Actor
from registry.relay.context import Context
from registry.webhooks import queries
from registry.webhooks.rules import Ending
from registry.webhooks.use_cases import enable_endpoint, owner

router = page_router()
HERE = "/party/webhooks"
ENDINGS = {
    Ending.OWNER: mark("disabled by your party"),
    Ending.GONE: mark("disabled: the server answered that it is gone"),
    Ending.EXHAUSTED: mark("disabled: the last attempt at a message failed"),
}


def disabled(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """What the server disabled, for those who decide whether it goes on; a handful at most."""
    if not (actor.is_account or actor.is_operator):
        return []
    return [
        Waiting(mark("Webhook that gets nothing any more"), HERE, one.disabled_at)
        for one in queries.endpoints_of(session, [owner(actor)])
        if one.disabled_because in (Ending.GONE, Ending.EXHAUSTED)
    ]


WAITING = (disabled,)


@router.get(HERE)
def own_webhooks_page(visit: VisitDep) -> Response:
    """They are made by command or API, where the program is that is told."""
    with visit.read() as session:
        found = [views.endpoint(one) for one in queries.endpoints_of(session, [owner(visit.actor)])]
    return visit.page("own_webhooks.html", items=found, endings=ENDINGS)


@router.post(HERE + "/{webhook}/enable")
def own_webhook_enable_post(
    webhook: Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")], visit: VisitDep, _form: FormDep
) -> Response:
    enable_endpoint(visit.context, visit.actor, webhook)
    return visit.go(HERE)
