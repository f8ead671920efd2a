"""The operator: parties and their keys, invitations, what is overdue, and how the machine stands."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from api import access_views, rule_views, views
from api.portal.pages.deeds import PARTY_ROLES, STATES
from api.portal.visit import VisitDep, page_router
from api.status import chain_status
from registry.access import queries as access
from registry.chain.words import GradedState
from registry.mirror import queries as mirror
from registry.parties import queries as parties
from registry.parties.invitations import invitation_status
from registry.receivables.overdue import overdue_obligors
from registry.relay import queries as acts
from registry.relay.model import ActStatus

router = page_router()
PAGE = 50
AfterNumber = Annotated[int, Query(ge=0, lt=2**32)]
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
PartyNumber = Annotated[int, Path(ge=1, lt=2**32)]


@router.get("/parties")
def parties_page(visit: VisitDep, after: AfterNumber = 0) -> Response:
    with visit.read() as session:
        found = parties.profiles(session, after=after, limit=PAGE + 1)
        items = [views.party(session, one) for one in found[:PAGE]]
    following = items[-1]["number"] if len(found) > PAGE else None
    return visit.page("parties.html", items=items, following=following, role_words=PARTY_ROLES)


@router.get("/parties/{number}")
def party_page(number: PartyNumber, visit: VisitDep, after: After = "") -> Response:
    with visit.read() as session:
        one = views.party(session, parties.profile(session, number))
        found = parties.keys_of(session, number, after=after, limit=PAGE + 1) if one["chain"] else []
        keys = [views.mandate(session, key) for key in found[:PAGE]]
        history = acts.acts(session, about=f"party:{number}", limit=PAGE)
    following = keys[-1]["key"] if len(found) > PAGE else None
    return visit.page(
        "party.html", one=one, keys=keys, following=following, acts=history, role_words=PARTY_ROLES
    )


@router.get("/invitations")
def invitations_page(visit: VisitDep, after: After = "") -> Response:
    now = visit.context.clock.now()
    with visit.read() as session:
        found = parties.invitations(session, after=after, limit=PAGE + 1)
    items = [views.invitation(one, invitation_status(one, now)) for one in found[:PAGE]]
    following = items[-1]["id"] if len(found) > PAGE else None
    return visit.page("invitations.html", items=items, following=following)


@router.get("/overdue")
def overdue_page(visit: VisitDep, after: AfterNumber = 0) -> Response:
    with visit.read() as session:
        found = overdue_obligors(session, visit.context.clock.now().date(), after=after, limit=PAGE + 1)
        items = [views.overdue(session, one) for one in found[:PAGE]]
    following = found[PAGE - 1].obligor if len(found) > PAGE else None
    return visit.page("overdue.html", items=items, following=following)


@router.get("/health")
def health_page(visit: VisitDep) -> Response:
    """Relay, mirror, and the state of the ledger."""
    standing = chain_status(visit.service)
    with visit.read() as session:
        limits = parties.limits(session)
        shown: dict[str, Any] = {
            "refused": acts.acts_with_status(session, ActStatus.REFUSED, limit=20),
            "unfinished": [
                one
                for state in (ActStatus.ORPHANED, ActStatus.SENT, ActStatus.PENDING)
                for one in acts.acts_with_status(session, state, limit=20)
            ],
            "quarantine": mirror.quarantine(session),
            "packs": rule_views.rule_packs(session),
        }
    state = STATES[GradedState(limits.state)] if limits else ""
    return visit.page("health.html", standing=standing, limits=limits, state=state, **shown)


@router.get("/auditors")
def auditors_page(
    visit: VisitDep, after: Annotated[str, Query(pattern=r"^(0x[0-9a-fA-F]{40})?$")] = ""
) -> Response:
    with visit.read() as session:
        found = access.officers(session, after=after, limit=PAGE + 1)
    items = [access_views.person(one) for one in found[:PAGE]]
    following = items[-1]["address"] if len(found) > PAGE else None
    return visit.page("auditors.html", items=items, following=following)
