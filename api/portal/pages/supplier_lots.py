"""What a holder holds: lots and their sums, split and transfer with the remainder, give back, write off, receipts."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query, Response
from sqlalchemy.orm import Session

from api import correction_views, ids, views
from api.asking import ask
from api.portal.acts import Asked as Field
from api.portal.acts import SignedAct
from api.portal.ids import LotId
from api.portal.pages.receipts import AMOUNT, kept_receipts, positive_minor
from api.portal.visit import VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.wording import Words
from registry.access.actor import Actor
from registry.chain.words import LotStatus
from registry.chain.words import Role as ChainRole
from registry.financing import queries as financing
from registry.financing.remedies import write_lot_off, write_off_message
from registry.kit.errors import BadInput, Refusal
from registry.parties import queries as parties
from registry.receivables import holding_queries as holdings
from registry.receivables import queries
from registry.receivables.batches import MAX_BATCH
from registry.receivables.holding_queries import Total
from registry.receivables.lots import reject_lot, rejection_message, transfer_lot, transfer_message
from registry.receivables.many import Step, preview_transfers, transfer_lots, transfers_message
from registry.relay import queries as acts
from registry.relay.context import Context

router = page_router()
PAGE = 50
STATES = {
    "free": LotStatus.FREE,
    "locked": LotStatus.LOCKED,
    "pledged": LotStatus.PLEDGED,
    "financed": LotStatus.FINANCED,
    "redeemed": LotStatus.REDEEMED,
}
After = Annotated[str, Query(pattern=r"^[A-Za-z0-9_]*$", max_length=80)]
Texts = Annotated[list[str] | None, Query(max_length=MAX_BATCH)]


class StepsUnreadable(BadInput):
    code = "steps_unreadable"
    title = mark("It is not clear what goes to whom")


@router.get("/holdings")
def holdings_page(
    visit: VisitDep,
    status: Annotated[str, Query(pattern="^(|free|locked|pledged|financed|redeemed)$")] = "",
    after: After = "",
) -> Response:
    wanted = [int(STATES[status])] if status else []
    with visit.read() as session:
        sums = _sums(session, holdings.totals(session, visit.party))
        found = holdings.held(
            session, visit.party, statuses=wanted, after=after and ids.LOT.loosely(after), limit=PAGE + 1
        )
        items = views.lots_of(session, [lot for lot, _ in found[:PAGE]])
    following = items[-1]["id"] if len(found) > PAGE else None
    return visit.page(
        "holdings.html", sums=sums, items=items, following=following, wanted=status, states=list(STATES)
    )


def _sums(session: Session, totals: Sequence[Total]) -> list[dict[str, Any]]:
    """By obligor, maturity and currency: how much in which state."""
    names = parties.names(session, {one.obligor for one in totals})
    rows: dict[tuple[int, int, int], dict[str, Any]] = {}
    for one in totals:
        key = (one.obligor, one.maturity, one.currency)
        row = rows.setdefault(
            key,
            {
                "obligor": views.party_ref(one.obligor, names),
                "maturity": views.day(one.maturity),
                "currency": one.currency,
                "lots": 0,
                "total": 0,
                **dict.fromkeys(("free", "locked", "pledged", "financed"), 0),
            },
        )
        name = next(name for name, status in STATES.items() if status == one.status)
        row[name] += one.amount_minor
        row["total"] += one.amount_minor
        row["lots"] += one.lots
    return list(rows.values())


@router.get("/holdings/{lot}")
def holding_page(lot: LotId, visit: VisitDep) -> Response:
    """What its holder may do with a lot now."""
    with visit.read() as session:
        record = queries.lot(session, lot)
        of = queries.receivable(session, record.receivable)
        one = views.lot(session, record)
        corrected = correction_views.behind(session, of.id, of.currency)
        under_way = acts.unfinished_about(session, f"lot:{lot}")
        live = financing.live_financing(session, lot)
        offer = views.financing(session, live) if live and live.until > visit.context.now else None
        funders = parties.with_role(session, ChainRole.FUNDER)
        receipts = kept_receipts(session, visit.context, lot)
    now = visit.context.now
    return visit.page(
        "holding.html",
        corrected=corrected,
        one=one,
        under_way=under_way,
        is_mine=record.holder == visit.party,
        may_reject=record.status == LotStatus.FREE and record.peer != 0 and now < record.until,
        is_lock_over=record.status == LotStatus.LOCKED and now >= record.until,
        offer=offer,
        funders=[each for each in funders if each.number != visit.party],
        is_due=of.maturity <= now,
        receipts=receipts,
    )


@router.get("/transfers")
def transfers_page(
    visit: VisitDep, lot: Texts = None, to: Texts = None, amount: Texts = None, more: str = ""
) -> Response:
    """Rows of (lot, receiver, amount), and with them filled in what is left of each lot, before anybody signs."""
    chosen = [ids.LOT.read(one) for one in lot or []]
    rows = list(
        zip(chosen, (to or []) + [""] * len(chosen), (amount or []) + [""] * len(chosen), strict=False)
    )
    extra = next((one for one in chosen if ids.LOT.outside(one) == more), None)
    problem: Refusal | None = None
    left: list[Any] = []
    steps: list[Step] = []
    with visit.read() as session:
        shown = {one: views.lot(session, queries.lot(session, one)) for one in dict.fromkeys(chosen)}
        receivers = [one for one in parties.profiles(session) if one.number != visit.party]
        if any(text for _, _, text in rows) and extra is None:
            try:
                steps = [_step(session, *row) for row in rows if row[1] or row[2]]
                left = preview_transfers(session, visit.context, visit.party, steps)
            except Refusal as refusal:
                problem, steps = refusal, []
        names = parties.names(session, [one.to for one in steps])
    if extra is not None:
        at = max(place for place, row in enumerate(rows) if row[0] == extra) + 1
        rows.insert(at, (extra, "", ""))
    return visit.page(
        "transfers.html",
        status=problem.status if problem else 200,
        rows=rows,
        lots=shown,
        receivers=receivers,
        problem=problem,
        left=left,
        steps=steps,
        names=names,
        where=_where_to_sign(visit.party, steps),
    )


def _step(session: Session, lot: str, to: str, amount: str) -> Step:
    """Raises StepsUnreadable, BadAmount, AmountNotPositive."""
    if not amount:
        raise StepsUnreadable("Choose a receiver and give an amount in each row, or leave the row empty.")
    return Step(lot, _receiver(to), positive_minor(session, lot, amount))


def _receiver(to: str) -> int:
    """Raises StepsUnreadable."""
    if not re.fullmatch(r"[0-9]{1,10}", to):
        raise StepsUnreadable("Choose a receiver and give an amount in each row, or leave the row empty.")
    return int(to)


def _where_to_sign(party: int, steps: Sequence[Step]) -> str:
    return f"/sign/transfer_many/{party}?steps=" + ",".join(
        f"{ids.LOT.outside(one.lot)}:{one.to}:{one.amount_minor}" for one in steps
    )


def _steps(values: Mapping[str, str]) -> list[Step]:
    """The steps as ``_where_to_sign`` writes them. Raises StepsUnreadable."""
    found = [
        re.fullmatch(r"(lot_[0-9a-f]{64}):(\d{1,10}):(\d{1,20})", one) for one in values["steps"].split(",")
    ]
    good = [one for one in found if one is not None]
    if len(good) != len(found):
        raise StepsUnreadable("Fill in the page of transfers again.")
    return [Step(ids.LOT.read(one[1]), int(one[2]), int(one[3])) for one in good]


def _holder(session: Session, lot: str) -> int:
    return queries.lot(session, lot).holder


def _receivers(session: Session, about: str) -> list[tuple[str, str]]:
    holder = _holder(session, about)
    return [(str(one.number), one.name) for one in parties.profiles(session) if one.number != holder]


def _in_minor(context: Context, lot: str, values: Mapping[str, str]) -> int:
    with context.database.read() as session:
        return positive_minor(session, lot, values["amount"])


def _holder_of(context: Context, lot: str) -> int:
    with context.database.read() as session:
        return _holder(session, lot)


ACTS = {
    "transfer": SignedAct(
        title=mark("Transfer a lot"),
        about="lot",
        ask=lambda session, context, about, values: ask(
            session,
            context,
            transfer_message(
                session, about, _receiver(values["to"]), positive_minor(session, about, values["amount"])
            ),
            [_holder(session, about)],
        ),
        do=lambda context, about, values, consents: transfer_lot(
            context, about, _receiver(values["to"]), _in_minor(context, about, values), consents
        ),
        effect=mark(
            "The receiver is then paid at maturity; a part becomes a lot of its own, and the rest stays yours."
        ),
        fields=(Field("to", mark("To"), "select", options=_receivers), AMOUNT),
    ),
    "transfer_many": SignedAct(
        title=mark("Transfer lots and parts of lots"),
        about="party",
        ask=lambda session, context, _about, values: ask(
            session,
            context,
            transfers_message(session, _steps(values)),
            [_holder(session, _steps(values)[0].lot)],
        ),
        do=lambda context, _about, values, consents: transfer_lots(
            context, _holder_of(context, _steps(values)[0].lot), _steps(values), consents
        ),
        effect=mark("One signature transfers all of them, or none. What you do not transfer stays yours."),
        fields=(Field("steps", mark("Transfers")),),
    ),
    "reject": SignedAct(
        title=mark("Give a lot back"),
        about="lot",
        ask=lambda session, context, about, _: ask(
            session, context, rejection_message(session, about), [_holder(session, about)]
        ),
        do=lambda context, about, _, consents: reject_lot(context, about, consents),
        effect=mark("The lot goes back to whoever sent it to you; you have no claim from it any more."),
    ),
    "write_off": SignedAct(
        title=mark("Write a claim off"),
        about="lot",
        ask=lambda session, context, about, values: ask(
            session,
            context,
            write_off_message(
                session, about, positive_minor(session, about, values["amount"]), values["reason"]
            ),
            [_holder(session, about)],
            Words(reason=values["reason"]),
        ),
        do=lambda context, about, values, consents: write_lot_off(
            context, about, _in_minor(context, about, values), values["reason"], consents
        ),
        effect=mark("You give this amount up for good: it counts as settled, and nobody owes it any more."),
        fields=(AMOUNT, Field("reason", mark("Reason"), hint=mark("Only its hash goes to the ledger."))),
    ),
}


def received_waiting(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """Lots that came and can still be given back."""
    rows = []
    for one in holdings.received(session, actor.party, context.now):
        of = queries.receivable(session, one.receivable)
        names = parties.names(session, [one.peer])
        rows.append(
            Waiting(
                mark("Received from %(party)s: keep it, or give it back in time"),
                f"/holdings/{ids.LOT.outside(one.id)}",
                None,
                one.until,
                views.money(one.amount, of.currency),
                values={"party": names.get(one.peer, f"#{one.peer}")},
            )
        )
    return rows


WAITING = (received_waiting,)
