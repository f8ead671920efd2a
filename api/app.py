"""The HTTP application over one open registry."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api import problems
from api.auth.door import Doorkeeper
from api.auth.gate import LOCAL_HOSTS, MAX_BODY_BYTES, Gate
from api.auth.rates import Rates
from api.deps import ServiceDep
from api.loops import Loops
from api.portal import routes as portal
from api.service import Service
from api.status import lag_blocks
from api.v1 import shapes
from api.v1.documented import describe
from api.v1.documented import problems as declared
from api.v1.routes import TAGS, router
from api.views import View
from registry.chain.errors import ChainNotReachable
from registry.kit.errors import Unavailable
from registry.mirror import queries as mirror

DESCRIPTION = """Receivables whose proofs stand on a chain.

**Signing** takes two calls: GET what to sign (EIP-712 typed data and one sentence in plain English), POST the
signatures. Keys stay with their holders. **Writes** answer 202 with an act and its `Location`; `Prefer:
wait=10` answers when the act is on the ledger, or with the ledger's refusal. **Amounts** are decimal text,
never numbers. **Refusals** are problem details (RFC 9457) with a stable `code`."""


class NotReady(Unavailable):
    """The process runs and cannot serve: no answer from the chain, or the mirror has not begun."""

    code = "not_ready"
    title = "The registry is not ready to serve"


def create_app(
    service: Service,
    *,
    is_working: bool = True,
    hosts: Collection[str] = (),
    max_body_bytes: int = MAX_BODY_BYTES,
) -> FastAPI:
    """The application. With ``is_working`` threads run relay, mirror and imports for as long as it is up; without,
    `counterfoil work` does, or whoever waits for an act. It answers under local names, the configured host and
    ``hosts``.
    """

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        loops = Loops(service, is_working=is_working)
        loops.start()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(loops.stop)

    app = FastAPI(
        title="Counterfoil",
        version="1",
        summary="A registry of receivables whose proofs stand on a chain",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=running,
        generate_unique_id_function=_operation_id,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    app.state.doorkeeper = Doorkeeper(service)
    app.state.rates = Rates(service.context.clock, service.settings.blind_checks_per_hour)
    app.add_middleware(
        Gate,
        actor=app.state.doorkeeper.actor,
        hosts={*LOCAL_HOSTS, service.settings.host, *hosts},
        max_body_bytes=max_body_bytes,
    )
    problems.install(app)
    app.include_router(_health)
    app.include_router(router)
    portal.install(app)
    describe(app)
    return app


_health = APIRouter(tags=["health"])


@_health.get("/healthz", response_model=shapes.HealthOut, summary="Whether the process is up")
def healthz() -> View:
    return {"status": "up"}


@_health.get(
    "/readyz",
    response_model=shapes.ReadyOut,
    responses=declared(NotReady, ChainNotReachable),
    summary="Whether database and chain answer, and how far the mirror is behind",
)
def readyz(service: ServiceDep) -> View:
    """Needs no token; says nothing but numbers. Any problem here means: do not send requests to this
    process."""
    head = service.node.block_number()
    with service.database.read() as session:
        cursor = mirror.cursor(session)
    lag = lag_blocks(head, cursor.number if cursor else None)
    if lag is None:
        raise NotReady("The mirror has not begun yet.")
    return {"status": "ready", "lag_blocks": lag}


def _operation_id(route: APIRoute) -> str:
    return route.name
