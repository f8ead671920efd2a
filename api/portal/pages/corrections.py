"""Corrections of invoices: what they concern and leave, the warnings of them, and the operator's word."""

from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from api import correction_views as views
from api.portal.forms import FormDep
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from registry.access.actor import OFFICES, Actor, Role
from registry.invoices import correction_queries as queries
from registry.invoices.chains import Standing
from registry.invoices.corrections import decide_correction
from registry.invoices.errors import CorrectionUnclear, InvoiceUnknown
from registry.kit.errors import Refusal
from registry.notices import queries as notices
from registry.notices.corrections import read_warning
from registry.receivables import queries as receivables
from registry.receivables.errors import ReceivableNotFound
from registry.relay.context import Context

router = page_router()
PAGE = 50
MAX_WHY = 200
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
ROLES = {
    "funder": mark("funder"),
    "holder": mark("holder"),
    "recourse": mark("party that stands in for payment"),
    "obligor": mark("obligor"),
    "supplier": mark("supplier"),
}


def unread_warnings(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """Corrections behind receivables that the reader was told of and has not read about."""
    if not actor.party or actor.roles & OFFICES:
        return []
    return [
        Waiting(mark("Correction of an invoice to read about"), f"/warnings/{one.id}", one.made_at)
        for one in notices.warnings(session, party=actor.party, is_read=False, limit=PAGE)
    ]


def to_decide(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """What the operator has to look at."""
    if Role.OPERATOR not in actor.roles:
        return []
    found = queries.corrections(session, standing=Standing.DOUBTFUL, limit=PAGE)
    return [
        Waiting(mark("Correction whose invoice is unclear"), f"/corrections/{one.id}", one.created_at)
        for one in found
    ]


WAITING = (unread_warnings, to_decide)


@router.get("/corrections")
def corrections_page(
    visit: VisitDep,
    standing: Standing = Standing.DOUBTFUL,
    after: Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)] = "",
) -> Response:
    with visit.read() as session:
        found = queries.corrections(session, standing=standing, after=after, limit=PAGE + 1)
    items = [views.correction(one) for one in found[:PAGE]]
    following = items[-1]["id"] if len(found) > PAGE else None
    return visit.page("corrections.html", items=items, following=following, wanted=standing.value)


@router.get("/corrections/{correction}")
def correction_page(correction: Name, visit: VisitDep) -> Response:
    return _page(visit, correction)


@router.post("/corrections/{correction}")
def correction_post(correction: Name, visit: VisitDep, form: FormDep) -> Response:
    given = form.texts()
    try:
        decide_correction(
            visit.context,
            correction,
            stands=given.get("verdict") == "stands",
            why=given.get("why", "")[:MAX_WHY] or "–",
            by=visit.actor.name or visit.actor.person,
            invoice=given.get("invoice"),
        )
    except (CorrectionUnclear, InvoiceUnknown) as problem:
        return _page(visit, correction, problem)
    return visit.go(f"/corrections/{correction}")


@router.get("/warnings/{warning}")
def warning_page(warning: Name, visit: VisitDep) -> Response:
    with visit.read() as session:
        record = notices.warning(session, warning)
        (one,) = views.warnings(session, [record])
        try:
            of = receivables.receivable(session, record.receivable)
            corrected = views.behind(session, of.id, of.currency)
        except ReceivableNotFound:  # on its way to the ledger
            corrected = None
    return visit.page("warning.html", one=one, roles_of=ROLES, corrected=corrected)


@router.post("/warnings/{warning}")
def warning_post(warning: Name, visit: VisitDep, _form: FormDep) -> Response:
    with visit.read() as session:
        notices.warning(session, warning)  # only one's own
    read_warning(visit.context, warning)
    return visit.go(f"/warnings/{warning}")


def _page(visit: Visit, correction: str, problem: Refusal | None = None) -> Response:
    with visit.read() as session:
        one = views.one_correction(session, queries.correction(session, correction))
    return visit.page(
        "correction.html",
        status=problem.status if problem else 200,
        one=one,
        problem=problem,
        may_decide=visit.is_one_of(Role.OPERATOR),
    )
