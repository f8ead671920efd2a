"""Whether a process is up and can serve, said in one way on the API and on the port for metrics."""

from fastapi import APIRouter

from api.deps import ServiceDep
from api.service import Service
from api.status import lag_of
from api.v1 import shapes
from api.v1.documented import problems
from api.views import View
from registry.chain.artifact import registry_artifact
from registry.chain.errors import ChainNotReachable
from registry.kit.errors import Unavailable
from registry.storage.errors import DatabaseAway
from registry.storage.migrate import DatabaseOutdated, require_revision

UP: View = {"status": "up"}


class NotReady(Unavailable):
    """The process runs and cannot serve: no contract of ours where one should be, or the mirror is too far behind."""

    code = "not_ready"
    title = "The registry is not ready to serve"


def readiness(service: Service) -> View:
    """What stands ready. Raises the first that holds of DatabaseAway, DatabaseBusy, DatabaseOutdated, ChainNotReachable
    and NotReady."""
    with service.database.read() as session:
        require_revision(session.connection())
    if not registry_artifact().is_code(service.node.code(service.settings.contract)):
        raise NotReady("At the configured address the node has no contract of this version.")
    lag = lag_of(service)
    if lag is None:
        raise NotReady("The mirror has not begun yet.")
    if lag.seconds > service.settings.ready_lag_seconds:
        raise NotReady(
            f"The mirror is {lag.blocks} blocks behind; the oldest of them is {lag.seconds:.0f} s old.",
            lag_blocks=lag.blocks,
            lag_seconds=lag.seconds,
        )
    return {"status": "ready", "lag_blocks": lag.blocks, "lag_seconds": lag.seconds}


router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=shapes.HealthOut, summary="Whether the process is up")
async def healthz() -> View:
    return UP


@router.get(
    "/readyz",
    response_model=shapes.ReadyOut,
    responses=problems(NotReady, ChainNotReachable, DatabaseAway, DatabaseOutdated),
    summary="Whether database, node and contract are there, and how far the mirror is behind",
)
def readyz(service: ServiceDep) -> View:
    """Needs no token; says nothing but numbers. Any problem here means: do not send requests to this
    process."""
    return readiness(service)
