"""Proofs: a lot's, or an obligor's total, as a file to take away, and a check of one that somebody sent."""

from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field

from api import views
from api.ids import LOT
from api.portal.forms import Form, FormDep
from api.portal.ids import LotId
from api.portal.pages.evidence import told, told_of_total
from api.portal.render import minor
from api.portal.visit import VisitDep, page_router
from api.proofs import checked, disclosure_of, download, pack_of, total_of
from registry.kit.money import currency
from registry.parties import queries as parties
from registry.provenance.model import TotalVerification
from registry.provenance.pack import AnyPack, PackUnreadable, read_pack
from registry.provenance.totals import read_totals
from registry.receivables import queries as receivables

router = page_router()

PartyNumber = Annotated[int, Path(ge=1, lt=1 << 32)]
CurrencyCode = Annotated[str, Path(pattern=r"^[A-Z]{3}$")]
BlockNumber = Annotated[int | None, Query(ge=0, lt=1 << 63)]
Disclosed = Annotated[list[Annotated[str, Field(max_length=80)]], Query(max_length=100)]


@router.get("/lots/{lot}/proof")
def proof_file(lot: LotId, visit: VisitDep, disclose: Disclosed = []) -> Response:  # noqa: B006 - FastAPI's own copy
    """The file; its supplier chooses what it shows of the invoices."""
    with visit.read() as session:
        shown = disclosure_of(session, visit.service, lot, disclose, visit.party)
    return download(pack_of(visit.service, lot, shown))


@router.get("/obligors/{number}/outstanding")
def totals_page(number: PartyNumber, visit: VisitDep) -> Response:
    """What an obligor owes in all, asked of the node as of one block; its currencies are those of the database."""
    service = visit.service
    with visit.read() as session:
        account = parties.party(session, number).account
        units = [one.currency for one in receivables.obligations(session, number)]
        obligor = views.party_ref(number, parties.names(session, [number]))
    owed = read_totals(service.node, service.settings.contract, number, units)
    return visit.page(
        "totals.html",
        obligor=obligor,
        account=account,
        owed=owed,
        command=f"counterfoil verify total.json --block {owed.block_hash} --contract {service.settings.contract}",
        totals=[(currency(unit).code, total) for unit, total in owed.by_currency.items()],
    )


@router.get("/obligors/{number}/outstanding/{currency_code}/proof")
def total_file(
    number: PartyNumber, currency_code: CurrencyCode, visit: VisitDep, block: BlockNumber = None
) -> Response:
    return download(total_of(visit.service, number, currency(currency_code).numeric, block))


@router.get("/proofs")
def proofs_page(visit: VisitDep) -> Response:
    return visit.page("proofs.html")


@router.post("/proofs")
def proofs_post(visit: VisitDep, form: FormDep) -> Response:
    """The file is checked by the hash that its reader trusts, and by no node: this server's would be its own
    witness."""
    block = form.text("block")
    try:
        pack = _dropped(form)
    except PackUnreadable as problem:
        return visit.page("proofs.html", problem=problem, block=block)
    found = checked(pack, block=block or None)
    if isinstance(found, TotalVerification):
        return visit.page("proofs.html", block=block, **told_of_total(visit, found))
    path = found.path
    return visit.page(
        "proofs.html",
        block=block,
        lot=LOT.outside(f"0x{found.lot:064x}"),
        amount=minor(path.word.amount, path.terms.currency) if path else "",
        **told(visit, found),
    )


def _dropped(form: Form) -> AnyPack:
    """Raises PackUnreadable."""
    files = form.files("proof")
    return read_pack(files[0].file.read() if files else b"")
