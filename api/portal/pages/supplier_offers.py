"""Offers to funders, from reservation to sale, and what can be borrowed on at a glance."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import SignedAct
from api.portal.bars import Bar, draw
from api.portal.forms import FormDep
from api.portal.ids import LotId
from api.portal.pages.supplier_receivables import BadDate
from api.portal.render import minor
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.access.actor import Actor
from registry.chain.messages import Consent
from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.borrowing import DUE_WITHIN, Power, borrowing_power
from registry.financing.errors import NotReservedForYou
from registry.financing.model import Financing, FinancingStatus
from registry.financing.position import stakes
from registry.financing.signing import for_sale, half_of_sale, sign_sale
from registry.financing.standing import standing
from registry.financing.use_cases import (
    lock_lot,
    lock_message,
    release_lot,
    release_message,
    reserve_lot,
    sale_message,
)
from registry.kit.clock import midnight
from registry.kit.money import currency
from registry.parties import queries as parties
from registry.receivables import holding_queries as holdings
from registry.receivables import queries as receivables
from registry.receivables.errors import NotEntitled
from registry.relay.context import Context
from registry.relay.kept import kept_from
from registry.relay.model import Act

router = page_router()
PAGE = 50
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
OfferId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]


@router.post("/holdings/{lot}/offer")
def offer_post(lot: LotId, visit: VisitDep, form: FormDep) -> Response:
    """Kept for the funder within this registry at once; the ledger keeps it with the holder's signature, which
    is asked for next."""
    try:
        last = date.fromisoformat(form["until"])
        funder = int(form["funder"][:10])
    except ValueError:
        raise BadDate("Choose a funder, and write the day like 2026-11-30.") from None
    with visit.read() as session:
        record = receivables.lot(session, lot)
        maturity = receivables.receivable(session, record.receivable).maturity
    if record.holder != visit.party:
        raise NotEntitled("Only its holder offers a lot.", lot=lot, party=visit.party)
    reserve_lot(visit.context, lot, funder, min(midnight(last + timedelta(days=1)) - 1, maturity))
    return visit.go(f"/sign/lock/{ids.LOT.outside(lot)}")


@router.get("/offers")
def offers_page(visit: VisitDep, after: After = "") -> Response:
    with visit.read() as session:
        found = queries.offers(session, visit.party, after=after, limit=PAGE + 1)
        items = [_offer(session, visit.context, one) for one in found[:PAGE]]
    following = items[-1]["id"] if len(found) > PAGE else None
    return visit.page("offers.html", items=items, following=following)


@router.get("/offers/{offer}")
def offer_page(offer: OfferId, visit: VisitDep) -> Response:
    """Where an offer stands, and the terms the funder fixed."""
    with visit.read() as session:
        record = queries.financing(session, offer)
        one = _offer(session, visit.context, record)
    return visit.page("offer.html", one=one, terms=record.terms)


def _offer(session: Session, context: Context, record: Financing) -> View:
    """A financing's View with its lot, whose turn it is, and who signed the sale already."""
    one = views.financing(session, record)
    lot = receivables.lot(session, record.lot)
    is_over = record.until <= context.now
    signed: list[int] = []
    if one["status"] == "agreed" and record.terms is not None and lot.holder == record.seller:
        half = half_of_sale(session, record.lot, record, record.seller)
        signed = [party for party in (half.by, half.other) if kept_from(session, context, half, party)]
    return one | {
        "of": views.lot(session, lot),
        "is_over": is_over and one["status"] in ("reserved", "agreed"),
        "is_locked": lot.status == LotStatus.LOCKED,
        "has_seller_signed": record.seller in signed,
        "has_funder_signed": record.funder in signed,
        "step": _step(
            one["status"], lot.status == LotStatus.LOCKED, record.seller in signed, is_over=is_over
        ),
    }


def _step(status: str, is_locked: bool, has_signed: bool, *, is_over: bool) -> str:  # noqa: FBT001
    """What comes next, as marked text."""
    if status in ("reserved", "agreed") and is_over:
        return mark("It ran out. Release the lot if it is locked; then offer it again.")
    if status == "reserved" and not is_locked:
        return mark("Sign the lock, so that the funder can decide.")
    if status == "reserved":
        return mark("The funder looks at it and fixes price and conditions.")
    if status == "agreed" and not has_signed:
        return mark("Read the funder's terms and sign them, or let the lock run out.")
    if status == "agreed":
        return mark("You signed; the funder signs next.")
    steps = {
        "submitted": mark("Both signed; the ledger records it."),
        "financed": mark("It is financed."),
        "ended": mark("It has ended."),
    }
    return steps[status]


@router.get("/power")
def power_page(visit: VisitDep) -> Response:
    """Borrowing power at a glance, in each currency."""
    context = visit.context
    with visit.read() as session:
        found = borrowing_power(stakes(session, visit.party, context.now), context.clock.now().date())
        waiting = {
            unit: (number, total)
            for unit, number, total in holdings.to_be_confirmed(session, visit.party, context.now)
        }
    shown = [_power(visit, one, waiting.get(one.currency, (0, 0))) for one in found]
    without = [one for one in waiting if one not in {power.currency for power in found}]
    shown += [_power(visit, _nothing(one), waiting[one]) for one in sorted(without)]
    return visit.page("power.html", shown=shown)


def _nothing(unit: int) -> Power:
    return Power(unit, 0, 0, 0, 0, 0, 0, dict.fromkeys(DUE_WITHIN, 0))


def _power(visit: Visit, of: Power, waiting: tuple[int, int]) -> dict[str, Any]:
    figures = [
        (visit._(mark("To be confirmed")), waiting[1], "quiet"),
        (visit._(mark("Confirmed and mine")), of.held, "plain"),
        (visit._(mark("Free")), of.free, "plain"),
        (visit._(mark("Can be offered today")), of.eligible, "good"),
        (visit._(mark("Offered")), of.offered, "open"),
        (visit._(mark("Financed, not yet paid")), of.financed, "plain"),
    ]
    due = [(visit._(mark("Overdue")), of.overdue, "bad")] if of.overdue else []
    due += [
        (visit._(mark("Due within %(days)s days"), days=days), amount, "plain")
        for days, amount in of.due_within.items()
    ]
    code = currency(of.currency).code
    return {
        "currency": code,
        "figures": [(label, minor(amount, of.currency)) for label, amount, _ in (*figures, *due)],
        "eligible": minor(of.eligible, of.currency),
        "bars": draw(
            _bars(of, figures), visit._(mark("What can be borrowed on, in %(currency)s"), currency=code)
        ),
        "due": draw(_bars(of, due), visit._(mark("What falls due, in %(currency)s"), currency=code)),
    }


def _bars(of: Power, figures: list[tuple[str, int, str]]) -> list[Bar]:
    return [Bar(label, minor(amount, of.currency), amount, look) for label, amount, look in figures]


# ---------------------------------------------------------------------- signed acts


def _reserved(session: Session, lot: str) -> Financing:
    """Raises NotReservedForYou."""
    live = queries.live_financing(session, lot)
    if live is None:
        raise NotReservedForYou("Offer the lot to a funder first.", lot=lot)
    return live


def _ask_lock(session: Session, context: Context, about: str, _values: Mapping[str, str]) -> View:
    live = _reserved(session, about)
    message = lock_message(session, about, live.funder, live.until)
    return ask(session, context, message, [receivables.lot(session, about).holder])


def _lock(context: Context, about: str, _values: Mapping[str, str], consents: list[Consent]) -> Act:
    with context.database.read() as session:
        live = _reserved(session, about)
    return lock_lot(context, about, live.funder, live.until, consents)


def _ask_sale(session: Session, context: Context, about: str, _values: Mapping[str, str]) -> View:
    live = _reserved(session, about)
    message = sale_message(session, about, live)
    terms = live.terms or {}
    words = Words(price_minor=int(terms["price_minor"]), pays_on=str(terms["pays_on"]))
    return ask(session, for_sale(session, context, about), message, [live.seller], words)


def _sell(context: Context, about: str, _values: Mapping[str, str], consents: list[Consent]) -> Act | str:
    with context.database.read() as session:
        live = _reserved(session, about)
    return sign_sale(context, about, live.seller, consents) or f"/offers/{live.id}"


ACTS = {
    "lock": SignedAct(
        title=mark("Lock a lot for a funder"),
        about="lot",
        ask=_ask_lock,
        do=_lock,
        effect=mark(
            "Until then nobody else can take, split or lock it, and you cannot either; the funder can let it go."
        ),
    ),
    "sell": SignedAct(
        title=mark("Sell or pledge a lot"),
        about="lot",
        ask=_ask_sale,
        do=_sell,
        effect=mark(
            "With the funder's signature under the same terms it is done; yours is kept until the lock ends."
        ),
    ),
    "unlock": SignedAct(
        title=mark("Release a lot"),
        about="lot",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            release_message(session, about),
            [receivables.lot(session, about).holder],
            Words(by=receivables.lot(session, about).holder),
        ),
        do=lambda context, about, _, consents: release_lot(context, about, _holder(context, about), consents),
        effect=mark("The lock has run out; the lot is then free again."),
    ),
}


def _holder(context: Context, lot: str) -> int:
    with context.database.read() as session:
        return receivables.lot(session, lot).holder


def offers_waiting(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """A supplier's live offers: whose turn each is."""
    rows = []
    for record in queries.live_offers(session, actor.party):
        if standing(session, record)[0] not in (FinancingStatus.RESERVED, FinancingStatus.AGREED):
            continue
        one = _offer(session, context, record)
        is_mine = one["is_over"] or not one["is_locked"] or one["status"] == "agreed"
        if one["is_over"] and not one["is_locked"]:
            continue
        if one["status"] == "agreed" and one["has_seller_signed"] and not one["is_over"]:
            is_mine = False
        rows.append(
            Waiting(
                mark("Offer to %(party)s"),
                f"/offers/{record.id}",
                record.created_at,
                record.until,
                one["of"]["amount"],
                None if is_mine else one["funder"],
                values={
                    "party": parties.names(session, [record.funder]).get(record.funder, f"#{record.funder}")
                },
            )
        )
    return rows


WAITING = (offers_waiting,)
