"""What awaits the reader; how the registry stands; search."""

from typing import Annotated

from fastapi import Query, Response

from api.portal.visit import VisitDep, mirror_block, page_router
from api.portal.waiting import all_waiting
from api.portal.words import mark
from api.search import search
from api.status import lag_blocks
from registry.kit.errors import Unavailable

router = page_router()
FOUND_AT_ONCE = 20  # of each kind
# Kind of record: what people call it, and where it is looked at.
KINDS = {
    "party": (mark("party"), "/receivables?party="),
    "invoice": (mark("invoice"), "/invoices/"),
    "receivable": (mark("receivable"), "/receivables/"),
    "lot": (mark("lot"), "/lots/"),
    "act": (mark("act"), "/acts/"),
}


@router.get("/")
def home_page(visit: VisitDep) -> Response:
    with visit.read() as session:
        mine, others = all_waiting(session, visit.context, visit.actor)
    return visit.page("home.html", mine=mine, others=others)


@router.get("/standing")
def standing_part(visit: VisitDep) -> Response:
    """The line below every page: how far the registry has read the chain. Asked by the script, so that no
    page waits for the node."""
    try:
        head = visit.service.node.block_number()
    except Unavailable:
        head = None
    with visit.read() as session:
        block = mirror_block(session)
    return visit.page("standing.html", block=block, lag=lag_blocks(head, block))


@router.get("/search")
def search_page(visit: VisitDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    wanted = q.strip()
    with visit.read() as session:
        found = search(session, wanted, FOUND_AT_ONCE) if wanted else []
    return visit.page("search.html", wanted=wanted, found=found, kinds=KINDS)
