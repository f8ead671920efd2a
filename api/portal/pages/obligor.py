"""The core enterprise: what it is asked to confirm, one by one or several under one signature, or to decline."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from api import ids, rule_views, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.forms import Form, FormDep
from api.portal.values import Values
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.chain.messages import Consent
from registry.kit.clock import from_unix
from registry.kit.money import currency, minor_units
from registry.parties import queries as parties
from registry.receivables import obligor_queries as obligors
from registry.receivables import queries as receivables
from registry.receivables import requests
from registry.receivables.batches import MAX_BATCH
from registry.receivables.endings import declinature_message, decline_receivable
from registry.receivables.many import confirm_receivables, confirmable
from registry.receivables.matching import Comparison, Outcome, Payables
from registry.receivables.payables import MAX_ROWS, Fault, PayablesUnreadable, read_payables
from registry.receivables.requests import Asked as Request
from registry.receivables.rules import WARNING_DAYS, days_left
from registry.receivables.use_cases import confirm_receivable, confirmation_message
from registry.relay.context import Context
from registry.relay.model import Act
from registry.rules import queries as rules
from registry.rules.pack import rules_in_force

router = page_router()
FAULTS_SHOWN = 20
# What a comparison says; the second is the look, never the only sign.
OUTCOMES = {
    Outcome.MATCHED: (mark("as in your list"), "good"),
    Outcome.AMOUNT_DIFFERS: (mark("amount differs"), "bad"),
    Outcome.DUE_DIFFERS: (mark("due date differs"), "open"),
    Outcome.NOT_LISTED: (mark("not in your list"), "bad"),
}


# ---------------------------------------------------------------------- signed acts


def _minor(session: Session, about: str, owed: str) -> int:
    """Raises BadAmount."""
    return minor_units(owed, currency(receivables.receivable(session, about).currency))


def _declinature(session: Session, context: Context, about: str, values: Values) -> View:
    message = declinature_message(session, about, _minor(session, about, values["owed"]), values["reason"])
    obligor = receivables.receivable(session, about).obligor
    return ask(session, context, message, [obligor], Words(reason=values["reason"]))


def _decline(context: Context, about: str, values: Values, consents: list[Consent]) -> Act:
    with context.database.read() as session:
        owed = _minor(session, about, values["owed"])
    return decline_receivable(context, about, owed, values["reason"], consents)


def _chosen(values: Values) -> list[str]:
    """The ids of a batch. Raises MalformedId."""
    return [ids.RECEIVABLE.read(one) for one in values["receivables"].split(",")]


def _confirmations(session: Session, context: Context, _about: str, values: Values) -> View:
    message = confirmable(session, context, _chosen(values))
    return ask(session, context, message, [message.terms[0].obligor])


def _batch(session: Session, context: Context, _about: str, values: Values) -> View:
    """What is owed in all and in each: the same as is signed, with the invoices behind it."""
    records = [receivables.receivable(session, one) for one in _chosen(values)]
    totals: dict[int, int] = {}
    for one in records:
        totals[one.currency] = totals.get(one.currency, 0) + one.face
    return {
        "items": _shown(session, context, requests.asked(session, records)),
        "totals": [views.money(minor, numeric) for numeric, minor in totals.items()],
    }


def _open_requests(session: Session, about: str) -> list[tuple[str, str]]:
    """To choose from where nothing was chosen: the act's page does not know the time, so all that are registered."""
    obligor = int(about) if about.isdecimal() and len(about) <= 10 else 0
    found = obligors.awaiting_confirmation(session, obligor, 0, limit=MAX_BATCH)
    names = parties.names(session, {one.originator for one in found})
    return [
        (
            ids.RECEIVABLE.outside(one.id),
            f"{ids.RECEIVABLE.outside(one.id)} · {names.get(one.originator, one.originator)}",
        )
        for one in found
    ]


ACTS = {
    "confirm": SignedAct(
        title=mark("Confirm a receivable"),
        about="receivable",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            confirmation_message(session, about),
            [receivables.receivable(session, about).obligor],
        ),
        do=lambda context, about, _, consents: confirm_receivable(context, about, consents),
        effect=mark(
            "You then owe this amount at maturity to whoever holds it. It cannot be taken back by you alone."
        ),
    ),
    "confirm_many": SignedAct(
        title=mark("Confirm several receivables"),
        about="batch",
        ask=_confirmations,
        do=lambda context, _, values, consents: confirm_receivables(context, _chosen(values), consents),
        effect=mark(
            "All or none: you then owe each of these amounts at its maturity to whoever holds it. None can be "
            "taken back by you alone."
        ),
        fields=(Asked("receivables", mark("Which"), kind="several", options=_open_requests),),
        show=_batch,
    ),
    "decline": SignedAct(
        title=mark("Decline a receivable"),
        about="receivable",
        ask=_declinature,
        do=_decline,
        effect=mark("The receivable ends. Its supplier may register one over what you do owe."),
        fields=(
            Asked(
                "owed",
                mark("What you do owe, in the receivable's currency"),
                kind="amount",
                hint=mark("0 where you owe nothing"),
            ),
            Asked("reason", mark("Reason"), hint=mark("Only its hash goes to the ledger")),
        ),
    ),
}


# ---------------------------------------------------------------------- pages


def position(after: Annotated[str, Query(max_length=60)] = "") -> tuple[int, str] | None:
    """Where a page begins; an address that cannot be one begins at the front."""
    found = re.fullmatch(r"([0-9]{1,12})_(0x[0-9a-f]{16})", after, re.ASCII)
    return (int(found[1]), found[2]) if found else None


After = Annotated[tuple[int, str] | None, Depends(position)]


@router.get("/confirmations")
def confirmations_page(
    visit: VisitDep, after: After, *, late: bool = False, chosen: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """What waits for the obligor, what ends first in front; or, ``late``, what it can no longer confirm."""
    return _requests_page(visit, after, is_late=late, is_all_chosen=chosen == "all")


@router.post("/confirmations/comparison")
def comparison_post(visit: VisitDep, form: FormDep, after: After) -> Response:
    """The same beside an uploaded list, which is read here and kept nowhere."""
    try:
        read = read_payables(_uploaded(form))
    except PayablesUnreadable as problem:
        return _requests_page(visit, after, problem=problem)
    return _requests_page(
        visit, after, payables=Payables(read.rows), lines=len(read.rows), faults=read.faults
    )


def _uploaded(form: Form) -> bytes:
    """Raises PayablesUnreadable."""
    files = form.files("list")
    if not files:
        raise PayablesUnreadable("Choose the file with what you owe.")
    return files[0].file.read()


def _requests_page(
    visit: Visit,
    after: tuple[int, str] | None,
    *,
    is_late: bool = False,
    is_all_chosen: bool = False,
    payables: Payables | None = None,
    lines: int = 0,
    faults: Sequence[Fault] = (),
    problem: PayablesUnreadable | None = None,
) -> Response:
    context, now = visit.context, visit.context.now
    with visit.read() as session:
        found = obligors.awaiting_confirmation(
            session, visit.party, now, is_late=is_late, after=after, limit=MAX_BATCH + 1
        )
        asked = requests.asked(session, found[:MAX_BATCH])
        compared = requests.compare(session, asked, payables) if payables is not None else {}
        items = _shown(session, context, asked, compared)
        totals = _totals(obligors.awaiting_totals(session, visit.party, now, is_late=is_late))
        late = _totals(obligors.awaiting_totals(session, visit.party, now, is_late=True))
        clocks = _clocks(session, context)
    following = (
        f"{found[MAX_BATCH - 1].expires}_{found[MAX_BATCH - 1].id}" if len(found) > MAX_BATCH else None
    )
    return visit.page(
        "confirmations.html",
        status=problem.status if problem else 200,
        groups=_by_currency(items),
        totals=totals,
        late=late,
        is_late=is_late,
        is_all_chosen=is_all_chosen,
        is_compared=payables is not None,
        outcomes=OUTCOMES,
        counts=_counts(items),
        lines=lines,
        faults=faults[:FAULTS_SHOWN],
        fault_count=len(faults),
        problem=problem,
        clocks=clocks,
        following=following,
        after=f"{after[0]}_{after[1]}" if after else "",
        max_rows=MAX_ROWS,
    )


def _shown(
    session: Session,
    context: Context,
    asked: Sequence[Request],
    compared: dict[str, Comparison] | None = None,
) -> list[View]:
    """Requests as the page's table has them."""
    names = parties.names(session, {one.record.originator for one in asked})
    shown = []
    for one in asked:
        record, left = one.record, days_left(one.record.expires, context.now)
        shown.append(
            {
                "id": ids.RECEIVABLE.outside(record.id),
                "supplier": views.party_ref(record.originator, names),
                "amount": views.money(record.face, record.currency),
                "maturity": views.day(record.maturity),
                "invoices": [
                    {"number": each.number, "amount": views.money(each.amount_minor, record.currency)}
                    for each in one.invoices
                ],
                "since": one.since,
                "until": record.expires,
                "days": left,
                "look": "bad" if left < 0 else "open" if left <= WARNING_DAYS else "quiet",
                "is_under_way": one.is_under_way,
                "comparison": _compared((compared or {}).get(record.id)),
            }
        )
    return shown


def _compared(comparison: Comparison | None) -> View | None:
    if comparison is None:
        return None
    return {
        "outcome": comparison.outcome,
        "is_matched": comparison.outcome == Outcome.MATCHED,
        "invoices": [
            {
                "number": one.invoice,
                "outcome": one.outcome,
                "listed": None if one.listed_minor is None else views.money(one.listed_minor, one.currency),
                "due": [each.isoformat() for each in one.due_on],
            }
            for one in comparison.invoices
        ],
    }


def _by_currency(items: list[View]) -> dict[str, list[View]]:
    """One signature covers one currency, so each currency is a form of its own."""
    groups: dict[str, list[View]] = {}
    for one in items:
        groups.setdefault(one["amount"]["currency"], []).append(one)
    return dict(sorted(groups.items()))


def _counts(items: list[View]) -> dict[Outcome, int]:
    found = dict.fromkeys(OUTCOMES, 0)
    for one in items:
        if one["comparison"] is not None:
            found[one["comparison"]["outcome"]] += 1
    return found


def _totals(found: dict[int, tuple[int, int]]) -> list[View]:
    return [
        {"count": number, "amount": views.money(total, numeric)} for numeric, (number, total) in found.items()
    ]


def _clocks(session: Session, context: Context) -> list[View]:
    """What the chosen packs say on how long an obligor may take."""
    on = from_unix(context.now).date()
    found = rules_in_force(rules.chosen_packs(session), on)
    return [rule_views.rule(one) for one in found if one.kind == "confirmation_clock"]
