"""Proofs: a lot's as a file to take away, and a check of one that somebody sent."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from api.ids import LOT
from api.portal.forms import Form, FormDep
from api.portal.ids import LotId
from api.portal.pages.evidence import told
from api.portal.render import minor
from api.portal.visit import VisitDep, page_router
from api.proofs import disclosure_of, download, pack_of
from registry.provenance.pack import Pack, PackUnreadable, read_pack
from registry.provenance.proving import verify_pack

router = page_router()

Disclosed = Annotated[list[Annotated[str, Field(max_length=80)]], Query(max_length=100)]


@router.get("/lots/{lot}/proof")
def proof_file(lot: LotId, visit: VisitDep, disclose: Disclosed = []) -> Response:  # noqa: B006 - FastAPI's own copy
    """The file; its supplier chooses what it shows of the invoices."""
    with visit.read() as session:
        shown = disclosure_of(session, visit.service, lot, disclose, visit.party)
    return download(pack_of(visit.service, lot, shown))


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
    found = verify_pack(pack, block=block or None)
    path = found.path
    return visit.page(
        "proofs.html",
        block=block,
        lot=LOT.outside(pack.lot),
        amount=minor(path.word.amount, path.terms.currency) if path else "",
        **told(visit, found),
    )


def _dropped(form: Form) -> Pack:
    """Raises PackUnreadable."""
    files = form.files("proof")
    return read_pack(files[0].file.read() if files else b"")
