"""How the registry stands to its chain."""

from api.deps import ServiceDep
from api.status import chain_status
from api.v1 import shapes
from api.v1.documented import problems
from api.v1.strict import area
from api.views import View

router = area("status", "/status")


@router.get(
    "", response_model=shapes.StatusOut, responses=problems(), summary="Contract, chain, mirror and acts"
)
def show_status(service: ServiceDep) -> View:
    return chain_status(service)
