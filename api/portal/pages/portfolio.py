"""A funder's portfolio: when what is due, from whom, how it came here, and all of it as a file."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from api import ids, views
from api.portal import charts
from api.portal.render import minor
from api.portal.sheets import Sheet
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from registry.financing import portfolio, queries
from registry.financing.rules import BUCKETS, Claim, bucket, exposures, flow, ladder
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.rules import LOT_STATUS_NAMES

router = page_router()
PAGE = 50
MAX_EXPORTED = 50_000
RUNGS = {
    "overdue": mark("overdue"),
    "7": mark("within 7 days"),
    "30": mark("8 to 30 days"),
    "60": mark("31 to 60 days"),
    "90": mark("61 to 90 days"),
    "180": mark("91 to 180 days"),
    "more": mark("later"),
}
HEADER = (
    "lot", "receivable", "status", "obligor_number", "obligor", "holder_number", "holder", "amount",
    "currency", "maturity", "days_to_maturity", "rung", "price", "discount_rate", "paid_on", "with_recourse",
)  # fmt: skip
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]


@router.get("/portfolio")
def portfolio_page(visit: VisitDep, after: After = "") -> Response:
    today = visit.context.clock.now().date()
    with visit.read() as session:
        claims = portfolio.claims(session, visit.party)
        found = queries.financings(session, party=visit.party, after=after, limit=PAGE + 1)
        financings = [views.financing(session, one) for one in found[:PAGE]]
        shown: dict[str, Any] = {
            "ladders": list(_ladders(visit, claims, today)),
            "flows": list(_flows(visit, session)),
            "exposures": exposures(claims),
            "names": parties.names(session, {one.obligor for one in claims}),
        }
    following = financings[-1]["id"] if len(found) > PAGE else None
    return visit.page("portfolio.html", financings=financings, following=following, rung_names=RUNGS, **shown)


@router.get("/portfolio/{file}")
def portfolio_file(
    visit: VisitDep, file: Annotated[Literal["portfolio.csv", "portfolio.xlsx"], Path()]
) -> Response:
    """Every unpaid lot, numbers as numbers."""
    today = visit.context.clock.now().date()
    with visit.read() as session:
        rows = list(_rows(session, visit.party, today))
    sheet = Sheet("portfolio", HEADER, rows)
    return sheet.answer(file.rpartition(".")[2], f"portfolio-{today.isoformat()}")


def _ladders(
    visit: Visit, claims: list[Claim], today: date
) -> Iterator[tuple[str, Markup, dict[str, int], int]]:
    """Currency, picture, rungs and the numeric currency."""
    for unit, rungs in ladder(claims, today).items():
        code = currency(unit).code
        rows = [
            charts.Bar(
                visit._(RUNGS[name]),
                rungs[name],
                minor(rungs[name], unit),
                "late" if name == "overdue" else "",
            )
            for name in BUCKETS
        ]
        label = visit._("What is due when, in %(currency)s", currency=code)
        yield code, charts.bars(label, rows), rungs, unit


def _flows(visit: Visit, session: Session) -> Iterator[tuple[str, Markup, list[tuple[str, str, str]]]]:
    """Currency, picture, and the same as rows: from, to, amount."""
    for unit, ways in portfolio.ways(session, visit.party).items():
        moved = flow(ways)
        names = parties.names(session, {one for way, _ in ways for one in way})
        code = currency(unit).code

        def name(party: int, names: dict[int, str] = names) -> str:
            return names.get(party) or f"#{party}"

        def shown(amount: int, unit: int = unit) -> str:
            return minor(amount, unit)

        label = visit._("From obligors through holders to you, in %(currency)s", currency=code)
        rows = [(name(giver), name(taker), shown(amount)) for (_, giver, _, taker), amount in moved.items()]
        yield code, charts.flow(label, moved, name, shown), rows


def _rows(session: Session, funder: int, today: date) -> Iterator[tuple[object, ...]]:
    after, left = "", MAX_EXPORTED
    while found := receivables.claims_of(session, funder, after=after, limit=min(left, 500)):
        numbers = {one for lot, of in found for one in (of.obligor, lot.holder)}
        names = parties.names(session, numbers)
        deals = queries.live_financings(session, [lot.id for lot, _ in found])
        for lot, of in found:
            unit, due = currency(of.currency), from_unix(of.maturity).date()
            terms = (deals[lot.id].terms if lot.id in deals else None) or {}
            price = Money(int(terms["price_minor"]), unit).plain() if terms else None
            yield (
                ids.LOT.outside(lot.id), ids.RECEIVABLE.outside(of.id), LOT_STATUS_NAMES[lot.status],
                of.obligor, names.get(of.obligor), lot.holder, names.get(lot.holder),
                Decimal(Money(lot.amount, unit).plain()), unit.code, due, (due - today).days, bucket(due, today),
                None if price is None else Decimal(price),
                Decimal(terms["discount_rate"]) if terms else None,
                date.fromisoformat(terms["pays_on"]) if terms else None,
                str(bool(terms["with_recourse"])).lower() if terms else None,
            )  # fmt: skip
        after, left = found[-1][0].id, left - len(found)
        if left <= 0:
            return
