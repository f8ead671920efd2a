"""What an auditor looks at: what consents open to it, what the rules decided, which acts were sent."""

from typing import Annotated

from fastapi import Query, Response

from api import rule_views, views
from api.portal.visit import VisitDep, page_router
from registry.access import queries as access
from registry.parties import queries as parties
from registry.relay import queries as acts
from registry.rules import queries as rules

router = page_router()
PAGE = 50
Position = Annotated[int | None, Query(ge=0, lt=2**62)]


@router.get("/consents")
def consents_page(visit: VisitDep) -> Response:
    """Whose records the reader may see, what for and until when."""
    now, actor = visit.context.clock.now(), visit.actor
    with visit.service.database.read() as session:
        found = access.consents_for(session, actor.party, actor.person, now)
        names = parties.names(session, {one.party for one in found})
    return visit.page("consents.html", items=found, names=names)


@router.get("/decisions")
def decisions_page(visit: VisitDep, before: Position = None) -> Response:
    with visit.read() as session:
        found = rules.decisions(session, before=before, limit=PAGE + 1)
        items = [rule_views.stored_ruling(one) for one in found[:PAGE]]
    following = found[PAGE - 1].position if len(found) > PAGE else None
    return visit.page("decisions.html", items=items, following=following)


@router.get("/acts")
def acts_page(visit: VisitDep, before: Position = None) -> Response:
    with visit.read() as session:
        found = acts.acts(session, before=before, limit=PAGE + 1)
        names = parties.names(session, {one.actor for one in found})
    items = [(views.act(one), one.created_at, names.get(one.actor, "")) for one in found[:PAGE]]
    following = found[PAGE - 1].position if len(found) > PAGE else None
    return visit.page("acts.html", items=items, following=following)
