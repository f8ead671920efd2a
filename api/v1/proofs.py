"""A lot's past in one file, for whoever does not want to take this server's word for it."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from api.deps import ActorDep, ContextDep, ServiceDep
from api.proofs import disclosure_of, download, pack_of
from api.v1.documented import problems
from api.v1.fields import LotId
from api.v1.lots import FOUND
from api.v1.strict import area
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.fingerprints.keys import KeyMissing
from registry.provenance.making import LotNotProvable
from registry.provenance.pack import Pack
from registry.receivables.disclosing import DisclosureNotYours, FieldNotKept
from registry.receivables.errors import ReceivableNotFound

router = area("lots", "/lots")

Disclosed = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    Query(
        max_length=100,
        description="What the supplier shows of the invoices: `number`, `issued_on`, `currency`, `payable_minor`, "
        "`sha256`, or `fingerprint` for what the fingerprints are of; `0.number` of the first invoice alone",
    ),
]
Block = Annotated[int | None, Query(ge=0, description="As of the end of this block; the latest by default")]


@router.get(
    "/{lot}/proof",
    response_model=Pack,
    responses=problems(
        *FOUND, ReceivableNotFound, DisclosureNotYours, FieldNotKept, KeyMissing, LotNotProvable,
        ChainNotReachable, NodeRefused,
    ),
    summary="A proof of a lot's whole past, to be checked without this server",
)  # fmt: skip
def show_proof(
    lot: LotId,
    context: ContextDep,
    service: ServiceDep,
    actor: ActorDep,
    disclose: Disclosed = [],  # noqa: B006 - FastAPI's own copy
    block: Block = None,
) -> Response:
    """One file: `counterfoil verify FILE --block HASH` checks it, with the hash of one block from a source of yours.
    The supplier alone may show fields of its invoices."""
    with context.database.read() as session:
        shown = disclosure_of(session, service, lot, disclose, actor.party)
    return download(pack_of(service, lot, shown, block))
