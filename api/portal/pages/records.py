"""Receivables, lots and where they come from, and acts: for everybody who may see them."""

from typing import Annotated

from fastapi import Path, Query, Response

from api import correction_views, views
from api.portal.ids import LotId, ReceivableId, stored
from api.portal.tree import KINDS, draw, signers_of, steps
from api.portal.visit import VisitDep, page_router
from registry.access.actor import Role
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.requests import invoices_behind
from registry.relay import queries as acts
from registry.relay.queries import UNFINISHED

router = page_router()
PAGE = 50
ActId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
PartyNumber = Annotated[int, Query(ge=1, lt=2**32)]
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]


@router.get("/receivables")
def receivables_page(visit: VisitDep, party: PartyNumber | None = None, after: After = "") -> Response:
    """Those the reader may see; of one party where it is named."""
    with visit.read() as session:
        found = receivables.receivables(session, party=party, after=after, limit=PAGE + 1)
        items = views.receivables_of(session, found[:PAGE])
    following = items[-1]["id"] if len(found) > PAGE else None
    return visit.page("receivables.html", items=items, following=following, party=party)


@router.get("/receivables/{receivable}")
def receivable_page(receivable: ReceivableId, visit: VisitDep) -> Response:
    with visit.read() as session:
        record = receivables.receivable(session, receivable)
        lots = views.lots_of(session, receivables.lots(session, receivable_id=receivable))
        shown = views.receivable(session, record)
        under_way = acts.unfinished_about(session, f"receivable:{receivable}")
        history = acts.acts_about(session, f"receivable:{receivable}")
        behind = invoices_behind(session, [receivable]).get(receivable, [])
        corrected = correction_views.behind(session, receivable, record.currency)
        kept = acts.kept_consent(session, "cancel", f"receivable:{receivable}", record.originator)
    may_confirm = (
        record.obligor == visit.actor.party and shown["status"] == "registered" and under_way is None
    )
    is_confirmed = shown["status"] == "confirmed"
    is_whole = [(one["holder"], one["amount"]) for one in lots] == [(shown["originator"], shown["face"])]
    may_sign = visit.is_one_of(Role.OBLIGOR, Role.SUPPLIER, Role.FINANCE)
    concerned = {record.obligor, *(one["holder"]["number"] for one in lots)}
    return visit.page(
        "receivable.html",
        one=shown,
        corrected=corrected,
        lots=lots,
        acts=history,
        under_way=under_way,
        may_confirm=may_confirm,
        may_undo=is_confirmed
        and is_whole
        and visit.is_one_of(Role.OBLIGOR)
        and record.obligor == visit.party,
        undone_by=kept.filled_in["reason"] if kept and kept.deadline > visit.context.now else None,
        may_contest=is_confirmed and may_sign and visit.party in concerned,
        behind=[(one.number, views.money(one.amount_minor, record.currency)) for one in behind],
    )


@router.get("/lots/{lot}")
def lot_page(lot: LotId, visit: VisitDep) -> Response:
    with visit.read() as session:
        trace = views.trace(session, lot)
        of = receivables.receivable(session, receivables.lot(session, lot).receivable)
        corrected = correction_views.behind(session, of.id, of.currency)
    # Who signed what made the lot is on the chain for everyone, though the acts here are their parties' own.
    transactions = [act["transaction"] for one in trace["path"] for act in one["acts"]]
    with visit.service.database.read() as session:
        evidence = {one: act for one in transactions if (act := acts.by_tx_hash(session, one)) is not None}
        first = receivables.registered_act(session, stored("receivable", trace["receivable"]["id"]))
        registration = acts.act(session, first) if first else None
        signed = [*evidence.values(), *([registration] if registration else [])]
        names = parties.names_of_accounts(session, signers_of(signed))
    path = steps(trace, evidence, registration, names)
    return visit.page(
        "lot.html",
        one=trace["path"][0]["lot"],
        trace=trace,
        path=path,
        kinds=KINDS,
        tree=draw(path, visit),
        corrected=corrected,
    )


@router.get("/acts/{act}")
def act_page(act: ActId, visit: VisitDep) -> Response:
    return _act(act, visit, "act.html")


@router.get("/acts/{act}/part")
def act_part(act: ActId, visit: VisitDep) -> Response:
    """The part of the page that changes until the act is done."""
    return _act(act, visit, "act_part.html")


def _act(act: str, visit: VisitDep, template: str) -> Response:
    with visit.read() as session:
        record = acts.act(session, act)
    kind, _, about = record.about.partition(":")
    return visit.page(
        template,
        one=views.act(record),
        is_unfinished=record.status in UNFINISHED,
        back=f"/{kind}s/{about}" if kind in ("receivable", "lot") else "/",
    )
