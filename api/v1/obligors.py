"""What obligors owe in all, and which of them are overdue."""

from typing import Annotated

from fastapi import Path, Response

from api import views
from api.deps import ContextDep, ServiceDep
from api.proofs import download, total_of
from api.v1 import shapes
from api.v1.documented import problems
from api.v1.fields import AfterNumber, Limit, PartyInPath
from api.v1.proofs import Block
from api.v1.strict import area
from api.views import View
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.kit.money import UnknownCurrency, currency
from registry.provenance.pack import TotalPack
from registry.provenance.totals import TotalNotProvable
from registry.receivables import queries
from registry.receivables.overdue import overdue_obligors

router = area("receivables", "/obligors")

CurrencyInPath = Annotated[str, Path(pattern=r"^[A-Z]{3}$", description="ISO 4217, like CNY")]


@router.get(
    "/overdue",
    response_model=shapes.OverduePage,
    responses=problems(),
    summary="Obligors that let a maturity pass unpaid, by number",
)
def list_overdue(context: ContextDep, after: AfterNumber = 0, limit: Limit = 50) -> View:
    """By what the mirror shows today; suspended receivables do not count. Nothing follows on the ledger by
    itself: `suggestion` names the operator's act that would stop new receivables there too."""
    with context.database.read() as session:
        today = context.clock.now().date()
        found = overdue_obligors(session, today, after=after, limit=limit + 1)
        items = [views.overdue(session, one) for one in found[:limit]]
    return {"items": items, "next": str(found[limit - 1].obligor) if len(found) > limit else None}


@router.get(
    "/{number}/outstanding",
    response_model=shapes.OutstandingPage,
    responses=problems(),
    summary="What an obligor owes in all, by currency",
)
def show_outstanding(number: PartyInPath, context: ContextDep) -> View:
    """As the ledger adds it up: everything confirmed and not yet paid, whoever holds it. Empty where nothing
    is."""
    with context.database.read() as session:
        items = [views.obligation(session, one) for one in queries.obligations(session, number)]
    return {"items": items, "next": None}


@router.get(
    "/{number}/outstanding/{currency_code}/proof",
    response_model=TotalPack,
    responses=problems(UnknownCurrency, TotalNotProvable, ChainNotReachable, NodeRefused),
    summary="A proof of what an obligor owes in all, to be checked without this server",
)
def show_total_proof(
    number: PartyInPath, currency_code: CurrencyInPath, service: ServiceDep, block: Block = None
) -> Response:
    """One file: `counterfoil verify FILE --block HASH` checks it, with the hash of one block from a source of
    yours."""
    return download(total_of(service, number, currency(currency_code).numeric, block))
