"""Offers to a funder: what they are, what stands behind them, holding them, fixing terms."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query, Response
from sqlalchemy.orm import Session

from api import correction_views, ids, rule_views, views
from api.portal import behind
from api.portal.forms import FormDep
from api.portal.ids import LotId
from api.portal.pages.receipts import kept_receipts
from api.portal.values import FieldMalformed, day, instant, percent
from api.portal.visit import Visit, VisitDep, page_router
from api.views import View
from registry.access.actor import Role
from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.errors import PriceInvalid
from registry.financing.model import Financing
from registry.financing.passing import has_signed_sale
from registry.financing.rules import SaleTerms
from registry.financing.use_cases import agree_sale, end_reservation, reserve_lot, terms_of_sale
from registry.kit.clock import from_unix, midnight, unix
from registry.receivables import queries as receivables
from registry.receivables.model import Lot, Receivable
from registry.rules import queries as rules

router = page_router()
PAGE = 50
HOLD_DAYS = 3
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]


@router.get("/deals")
def deals_page(visit: VisitDep, after: After = "") -> Response:
    """Reservations, then locks, for the reader's party."""
    with visit.read() as session:
        found = queries.open_deals(session, visit.party, after=after, limit=PAGE + 1)
        held = [(_financing(session, one), _lot(session, one.lot)) for one in found[:PAGE]]
        locked = views.lots_of(session, receivables.locked_for(session, visit.party, limit=PAGE))
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.page("deals.html", held=held, locked=locked, following=following, now=visit.context.now)


@router.get("/deals/{lot}")
def deal_page(lot: LotId, visit: VisitDep) -> Response:
    with visit.read() as session, visit.service.database.read() as whole:
        record = receivables.lot(session, lot)
        of = receivables.receivable(session, record.receivable)
        live = queries.live_financing(session, lot)
        today = visit.context.clock.now().date()
        sides = (record.holder, record.peer)
        shown: dict[str, Any] = {
            "one": views.lot(session, record),
            "of": views.receivable(session, of),
            "corrected": correction_views.behind(session, of.id, of.currency),
            "live": views.financing(session, live) if live else None,
            "signed": [one for one in sides if live and has_signed_sale(whole, visit.context, live, one)],
            "sale": behind.sale_of(whole, lot),
            "confirmation": behind.confirmation_of(whole, lot),
            "invoices": behind.invoices_behind(whole, session, of.id),
            "decisions": [
                rule_views.stored_ruling(one)
                for subject in (f"lot:{lot}", f"receivable:{of.id}")
                for one in rules.decisions_about(session, subject)
            ],
            "owes": [views.obligation(session, one) for one in receivables.obligations(session, of.obligor)],
            "receipts": kept_receipts(session, visit.context, lot),
            "overdue": receivables.overdue_since(whole, of.obligor, midnight(today)),
        }
    links = _links(visit, record, of, live, today)
    rate = f"{Decimal(str(live.terms['discount_rate'])) * 100:f}" if live and live.terms else "0"
    rate = (rate.rstrip("0").rstrip(".") if "." in rate else rate) + " %"
    until = from_unix(visit.context.now) + timedelta(days=HOLD_DAYS)
    return visit.page(
        "deal.html",
        links=links,
        rate=rate,
        until=until.strftime("%Y-%m-%dT%H:%M"),
        currency_of=of.currency,
        **shown,
    )


@dataclass(frozen=True)
class Links:
    """What the reader may do with the lot as it stands."""

    hold: bool
    let_go: bool
    terms: bool
    sign: bool
    signed: tuple[str, ...]


def _links(visit: Visit, lot: Lot, of: Receivable, live: Financing | None, today: date) -> Links:
    me, is_open = visit.party, live is None or live.until <= visit.context.now
    is_mine = live is not None and live.funder == me and not is_open
    is_mature = today >= from_unix(of.maturity).date()
    reviews, approves = visit.is_one_of(Role.REVIEWER), visit.is_one_of(Role.APPROVER)
    is_free, is_locked = lot.status == LotStatus.FREE, lot.status == LotStatus.LOCKED and lot.peer == me
    is_pledged = lot.status == LotStatus.PLEDGED and lot.peer == me
    holds = lot.status == LotStatus.FINANCED and lot.holder == me
    finances = visit.is_one_of(Role.FINANCE)
    signed = {
        "release": (is_locked or is_pledged) and (approves or finances),
        "collect": holds and finances,
        "reassign": holds and (approves or finances),
        "put_back": holds and finances and bool(lot.peer) and is_mature,
        "enforce": is_pledged and finances and is_mature,
        "receipt": is_pledged and finances,
    }
    return Links(
        hold=is_free and lot.holder != me and reviews and (is_open or is_mine),
        let_go=is_free and is_mine and reviews,
        terms=is_locked and approves,
        sign=is_locked and approves and is_mine and live is not None and live.terms is not None,
        signed=tuple(name for name, may in signed.items() if may),
    )


@router.post("/deals/{lot}/hold")
def hold_post(lot: LotId, visit: VisitDep, form: FormDep) -> Response:
    """A reservation of the reader's party."""
    with visit.read() as session:
        receivables.lot(session, lot)
    reserve_lot(visit.context, lot, visit.party, unix(instant(form["until"])))
    return visit.go(f"/deals/{ids.LOT.outside(lot)}")


@router.post("/deals/{lot}/let-go")
def let_go_post(lot: LotId, visit: VisitDep, form: FormDep) -> Response:
    end_reservation(visit.context, lot, visit.party)
    return visit.go("/deals")


@router.get("/deals/{lot}/terms")
def terms_page(lot: LotId, visit: VisitDep) -> Response:
    """Price and conditions, computed before anything is fixed."""
    given, today = visit.request.query_params, visit.context.clock.now().date()
    values = {
        "rate": given.get("rate", "").strip(),
        "pays_on": given.get("pays_on", "").strip() or today.isoformat(),
        "recourse": given.get("recourse", ""),
        "pledge": given.get("pledge", ""),
    }
    terms, problem = None, None
    with visit.read() as session:
        record = receivables.lot(session, lot)
        of = receivables.receivable(session, record.receivable)
        shown = views.lot(session, record)
    try:
        terms = _terms(record, of, values) if values["rate"] else None
    except (FieldMalformed, PriceInvalid) as wrong:
        problem = wrong
    return visit.page(
        "terms.html",
        status=problem.status if problem else 200,
        record=shown,
        values=values,
        terms=terms,
        days=(day(terms.maturity) - day(terms.pays_on)).days if terms else 0,
        numeric=of.currency,
        problem=problem,
    )


@router.post("/deals/{lot}/terms")
def terms_post(lot: LotId, visit: VisitDep, form: FormDep) -> Response:
    """New terms replace those agreed before; both sides then sign these."""
    agree_sale(
        visit.context,
        lot,
        visit.party,
        percent(form["rate"]),
        with_recourse=bool(form.text("recourse")),
        is_pledge=bool(form.text("pledge")),
        pays_on=day(form["pays_on"]),
    )
    return visit.go(f"/sign/finance/{ids.LOT.outside(lot)}")


def _terms(lot: Lot, of: Receivable, values: dict[str, str]) -> SaleTerms:
    return terms_of_sale(
        lot,
        of,
        percent(values["rate"]),
        day(values["pays_on"]),
        with_recourse=bool(values["recourse"]),
        is_pledge=bool(values["pledge"]),
    )


def _financing(session: Session, one: Financing) -> View:
    return {**views.financing(session, one), "since": one.created_at}


def _lot(session: Session, lot: str) -> View:
    return views.lot(session, receivables.lot(session, lot))
