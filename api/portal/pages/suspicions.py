"""The operator's queue of invoices that may be one: side by side, with what differs, until somebody decides."""

from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import RedirectResponse

from api import suspicion_views
from api.portal.forms import FormDep
from api.portal.invoice_words import SIGNS, STATES, VERDICTS
from api.portal.pages.supplier_invoices import OUTCOMES, TERMS
from api.portal.values import FieldMalformed
from api.portal.visit import VisitDep, page_router
from registry.invoices import near_queries as queries
from registry.invoices.deciding import MAX_WHY_CHARS, decide_suspicion
from registry.invoices.rules import Verdict

router = page_router()
PAGE = 50
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
SuspicionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]


@router.get("/conflicts")
def conflicts_page(
    visit: VisitDep,
    state: Annotated[str, Query(pattern="^(|open|same|different|corrected|unclear)$")] = "open",
    sign: Annotated[str, Query(pattern="^[a-z_]*$", max_length=40)] = "",
    after: After = "",
) -> Response:
    """Invoices that contradict or resemble another, the most suspicious first."""
    with visit.read() as session:
        found = queries.suspicions(session, state=state, sign=sign, after=after, limit=PAGE + 1)
        items = suspicion_views.suspicions(session, found[:PAGE])
        total = queries.count(session, state=state, sign=sign)
    return visit.page(
        "conflicts.html",
        items=items,
        total=total,
        following=items[-1]["id"] if len(found) > PAGE else None,
        state=state,
        sign=sign,
        states=STATES,
        signs=SIGNS,
        outcomes=OUTCOMES,
    )


@router.get("/conflicts/{suspicion}")
def conflict_page(suspicion: SuspicionId, visit: VisitDep) -> Response:
    with visit.read() as session:
        one = suspicion_views.suspicion(session, queries.suspicion(session, suspicion))
    return visit.page(
        "conflict.html",
        one=one,
        states=STATES,
        signs=SIGNS,
        outcomes=OUTCOMES,
        terms=TERMS,
        choices=VERDICTS,
        max_chars=MAX_WHY_CHARS,
    )


@router.post("/conflicts/{suspicion}")
def conflict_post(suspicion: SuspicionId, visit: VisitDep, form: FormDep) -> Response:
    given = form["verdict"]
    if given not in set(Verdict):
        raise FieldMalformed("Choose one of the decisions.", given=given)
    context = visit.context
    decide_suspicion(
        context.database,
        suspicion,
        Verdict(given),
        why=form["why"],
        by=visit.actor.person,
        clock=context.clock,
        ids=context.new_id,
    )
    return RedirectResponse(f"/conflicts/{suspicion}", status_code=303)
