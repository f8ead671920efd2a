"""Whom an obligor pays: the list of a due date, the payee of any lot, and the notices that say so."""

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from sqlalchemy.orm import Session

from api import correction_views, ids, notice_views, views
from api.notice_signing import account_acknowledgment_to_sign, acknowledgment_to_sign, withdrawal_to_sign
from api.portal.acts import Asked, SignedAct
from api.portal.ids import LotId
from api.portal.values import FieldMalformed, Values, day, party_number
from api.portal.visit import VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from registry.access.actor import Actor, Role
from registry.chain.messages import Consent
from registry.kit.clock import from_unix
from registry.notices import queries
from registry.notices.accounts import acknowledge_account
from registry.notices.consents import Wallets
from registry.notices.payments import payments_due, whom_to_pay
from registry.notices.queries import Turn
from registry.notices.use_cases import acknowledge_notice, withdraw_notice
from registry.receivables import queries as receivables
from registry.relay.context import Context

router = page_router()
PAGE = 50
NoticeId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
KINDS = {
    "transfer": mark("passed on"),
    "return": mark("given back"),
    "sale": mark("sold to a funder"),
    "pledge": mark("pledged to a funder"),
    "release": mark("pledge released"),
    "enforcement": mark("pledge enforced"),
    "reassignment": mark("passed on by a funder"),
    "put_back": mark("put back"),
    "order": mark("moved by the arbiter's order"),
}


# ---------------------------------------------------------------------- signed acts


def _acknowledge(context: Context, about: str, _: Values, consents: list[Consent], wallets: Wallets) -> str:
    return f"/notices/{acknowledge_notice(context, about, consents, wallets).id}"


def _withdraw(context: Context, about: str, values: Values, consents: list[Consent], wallets: Wallets) -> str:
    return f"/notices/{withdraw_notice(context, about, values['reason'], consents, wallets).id}"


def _account_and_obligor(about: str) -> tuple[str, int]:
    """Raises FieldMalformed."""
    account, _, obligor = about.rpartition("_")
    return account, party_number(obligor)


def _see_account(context: Context, about: str, _: Values, consents: list[Consent], wallets: Wallets) -> str:
    account, obligor = _account_and_obligor(about)
    acknowledge_account(context, account, obligor, consents, wallets)
    return "/payments"


ACTS = {
    "acknowledge": SignedAct(
        title=mark("Acknowledge a notice of assignment"),
        about="notice",
        ask=lambda session, context, about, _: acknowledgment_to_sign(session, context, about),
        do=_acknowledge,
        asks_wallets=True,
        effect=mark("You say that the notice reached you. It took effect by arriving, not by this."),
    ),
    "withdraw_notice": SignedAct(
        title=mark("Take a notice back"),
        about="notice",
        ask=lambda session, context, about, values: withdrawal_to_sign(
            session, context, about, values["reason"]
        ),
        do=_withdraw,
        asks_wallets=True,
        effect=mark("The claim stays where it is; the obligor pays as it was told before."),
        fields=(Asked("reason", mark("Reason"), hint=mark("The obligor is told")),),
    ),
    "acknowledge_account": SignedAct(
        title=mark("Accept a payment account"),
        about="account",
        ask=lambda session, context, about, _: account_acknowledgment_to_sign(
            session, context, *_account_and_obligor(about)
        ),
        do=_see_account,
        asks_wallets=True,
        effect=mark(
            "You have checked this account with its holder, by a way other than this, and pay to it."
        ),
    ),
}


def open_notices(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """Notices that the reader, as obligor, has not acknowledged."""
    if Role.OBLIGOR not in actor.roles:
        return []
    found = queries.notices(session, obligor=actor.party, is_open=True, limit=PAGE)
    return [
        Waiting(
            mark("Notice of assignment to acknowledge"),
            f"/notices/{one.id}",
            one.arrived_at,
            amount=views.money(one.amount, one.currency),
        )
        for one in found
    ]


WAITING = (open_notices,)


# ---------------------------------------------------------------------- pages


@router.get("/payments")
def payments_page(
    visit: VisitDep,
    due: Annotated[str, Query(max_length=10)] = "",
    after: Annotated[str, Query(pattern=r"^[0-9]{1,10}_[0-9]{1,3}$")] = "0_0",
) -> Response:
    """The days something falls due, and the payments of one of them."""
    context = visit.context
    on = day(due) if due else None
    maturity, numeric = (int(part) for part in after.split("_"))
    with visit.read() as session:
        days = receivables.days_owed(session, visit.party, after=(maturity, numeric), limit=PAGE + 1)
        paid = None
        if on is not None:
            found = payments_due(session, visit.party, on, context.clock.now().date())
            paid = notice_views.payments(session, visit.party, on, found)
    shown = [
        {"due": from_unix(at).date().isoformat(), "lots": lots, "amount": views.money(minor, numeric)}
        for at, numeric, minor, lots in days[:PAGE]
    ]
    following = f"{days[PAGE - 1][0]}_{days[PAGE - 1][1]}" if len(days) > PAGE else None
    return visit.page("payments.html", days=shown, following=following, due=due, paid=paid)


@router.get("/payments.csv")
def payments_csv_file(visit: VisitDep, due: Annotated[str, Query(max_length=10)]) -> Response:
    """The same for a spreadsheet: UTF-8 with a byte order mark; no cell is ever taken for a formula."""
    on = day(due)
    with visit.read() as session:
        found = payments_due(session, visit.party, on, visit.context.clock.now().date())
        text = notice_views.payments_csv(session, on, found)
    name = f"payments-{visit.party}-{on.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=headers)


@router.get("/lots/{lot}/payee")
def payee_page(lot: LotId, visit: VisitDep, on: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Whom the obligor pays for a lot, and where, on a day; today where none is named."""
    when: date = day(on) if on else visit.context.clock.now().date()
    with visit.read() as session:
        shown = notice_views.payee(session, whom_to_pay(session, lot, when))
        notices = notice_views.notices(session, queries.notices_of_lot(session, lot))
    return visit.page(
        "payee.html", lot=ids.LOT.outside(lot), one=shown, on=when.isoformat(), notices=notices, kinds=KINDS
    )


def turn(after: Annotated[str, Query(max_length=60)] = "") -> Turn | None:
    """Where a page begins. Raises FieldMalformed."""
    if not after:
        return None
    found = re.fullmatch(r"([01])_([0-9]{1,18})_([0-9]{1,18})", after, re.ASCII)
    if found is None:
        raise FieldMalformed("Begin at the first page again.", given=after)
    is_open, block, index = (int(part) for part in found.groups())
    return Turn(bool(is_open), block, index)


@router.get("/notices")
def notices_page(visit: VisitDep, after: Annotated[Turn | None, Depends(turn)]) -> Response:
    """To an obligor: those it has not acknowledged first. To others: what their obligors were told for them."""
    is_obligor = visit.is_one_of(Role.OBLIGOR)
    obligor, assignee = (visit.party, None) if is_obligor else (None, visit.party)
    with visit.read() as session:
        found = queries.notices(session, obligor=obligor, assignee=assignee, after=after, limit=PAGE + 1)
        items = notice_views.notices(session, found[:PAGE])
        waiting = queries.count_open(session, visit.party) if is_obligor else 0
        unread = queries.warnings(session, party=visit.party, is_read=False, limit=PAGE)
        warnings = correction_views.warnings(session, unread)
    last = Turn.of(found[PAGE - 1]) if len(found) > PAGE else None
    following = f"{int(last.is_open)}_{last.block_number}_{last.log_index}" if last else None
    return visit.page(
        "notices.html",
        items=items,
        following=following,
        waiting=waiting,
        kinds=KINDS,
        is_obligor=is_obligor,
        warnings=warnings,
    )


@router.get("/notices/{notice}")
def notice_page(notice: NoticeId, visit: VisitDep) -> Response:
    with visit.read() as session:
        one = notice_views.notice(session, queries.notice(session, notice))
    is_standing = one["withdrawn_at"] is None
    return visit.page(
        "notice.html",
        one=one,
        kinds=KINDS,
        may_acknowledge=is_standing
        and one["acknowledged_at"] is None
        and one["obligor"]["number"] == visit.party
        and visit.is_one_of(Role.OBLIGOR),
        may_withdraw=is_standing
        and one["assignee"]["number"] == visit.party
        and visit.is_one_of(Role.SUPPLIER, Role.FINANCE),
    )
