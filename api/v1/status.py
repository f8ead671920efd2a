"""How the registry stands to its chain."""

from fastapi import APIRouter

from api.deps import ServiceDep
from api.v1 import shapes
from api.v1.documented import problems
from api.v1.strict import StrictRoute
from api.views import View
from registry.kit.errors import Unavailable
from registry.mirror import queries as mirror
from registry.relay import queries as acts

router = APIRouter(route_class=StrictRoute, prefix="/status", tags=["status"])


@router.get(
    "", response_model=shapes.StatusOut, responses=problems(), summary="Contract, chain, mirror and acts"
)
def show_status(service: ServiceDep) -> View:
    """Answers also while the chain does not: then its block and the lag are missing."""
    try:
        head = service.node.block_number()
    except Unavailable:
        head = None
    with service.database.read() as session:
        cursor = mirror.cursor(session)
        counts = {status.value: count for status, count in acts.counts(session).items()}
        oldest = acts.oldest_unfinished_s(session, service.context.clock)
    block = cursor.number if cursor else None
    return {
        "contract": service.settings.contract,
        "chain_id": service.settings.chain_id,
        "chain_block": head,
        "mirror": {
            "block": block,
            "hash": cursor.hash if cursor else None,
            "lag_blocks": lag_blocks(head, block),
            "trouble": service.worker.trouble,
        },
        "acts": {**counts, "oldest_unfinished_s": oldest},
    }


def lag_blocks(head: int | None, block: int | None) -> int | None:
    """How many blocks the chain is ahead of the registry; None while either is not known."""
    return None if head is None or block is None else max(0, head - block)
