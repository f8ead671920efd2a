"""What awaits the reader; how the registry stands; search."""

from typing import Annotated

from fastapi import Query, Response

from api.portal.searching import find
from api.portal.visit import VisitDep, mirror_block, page_router
from api.portal.waiting import all_waiting
from api.status import lag_blocks
from registry.kit.errors import Unavailable

router = page_router()


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
        found = find(session, wanted) if wanted else []
    return visit.page("search.html", wanted=wanted, found=found)
