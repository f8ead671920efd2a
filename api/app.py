"""The HTTP application over one open registry."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from api import health, problems
from api.auth.door import Doorkeeper
from api.auth.gate import LOCAL_HOSTS, MAX_BODY_BYTES, Gate
from api.auth.rates import Rates
from api.logs import Logged
from api.loops import Loops
from api.metrics import Measured, Metrics
from api.portal import routes as portal
from api.service import Service
from api.v1.documented import describe
from api.v1.routes import ROUTES, TAGS
from api.v1.strict import operation_id

DESCRIPTION = """Receivables whose proofs stand on a chain.

**Signing** takes two calls: GET what to sign (EIP-712 typed data and one sentence in plain English), POST the
signatures. Keys stay with their holders. **Machines** send an API key, or sign each request (RFC 9421) with the key
of the address or certificate that an API key was made for. **Writes** answer 202 with an act and its `Location`;
`Prefer: wait=10` answers when the act is on the ledger, or with the ledger's refusal. **Amounts** are decimal text,
never numbers. **Refusals** are problem details (RFC 9457) with a stable `code`. **Every answer** carries
`X-Request-Id`, yours or a new one: name it when something is wrong."""


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
            async with service.database.awaiting():
                yield
        finally:
            await anyio.to_thread.run_sync(loops.close)

    app = FastAPI(
        title="Counterfoil",
        version="1",
        summary="A registry of receivables whose proofs stand on a chain",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=running,
        generate_unique_id_function=operation_id,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    app.state.doorkeeper = Doorkeeper(service)
    app.state.rates = Rates(service.context.clock, service.settings.blind_checks_per_hour)
    app.state.metrics = Metrics(service)
    app.add_middleware(
        Gate,
        actor=app.state.doorkeeper.actor,
        signer=app.state.doorkeeper.signer,
        hosts={*LOCAL_HOSTS, service.settings.host, *hosts},
        max_body_bytes=max_body_bytes,
    )
    problems.install(app)
    app.include_router(health.router)
    app.router.routes.extend(ROUTES)
    portal.install(app)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(Logged)  # the last added is the outermost
    describe(app)
    return app
