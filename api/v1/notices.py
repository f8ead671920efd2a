"""Notices of assignment, and what an obligor has to pay by them."""

import re
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from pydantic import Field

from api import ids
from api import notice_views as views
from api.deps import ContextDep, ServiceDep
from api.ids import MalformedId
from api.notice_signing import acknowledgment_to_sign, withdrawal_to_sign
from api.v1 import notice_shapes as shapes
from api.v1.documented import CONSENTS, asks, problems
from api.v1.fields import (
    After,
    Consents,
    Day,
    Limit,
    LotId,
    PartyInQuery,
    RecordId,
    Text,
)
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.mirror.finality import NotFinal
from registry.notices import queries
from registry.notices.errors import NoticeAcknowledged, NoticeNotFound, NoticeSuperseded, NoticeWithdrawn
from registry.notices.payments import payments_due, whom_to_pay
from registry.notices.queries import Turn
from registry.notices.use_cases import acknowledge_notice, withdraw_notice
from registry.receivables.errors import LotNotFound
from registry.relay.context import Context

router = area("notices")

NoticeId = Annotated[RecordId, Path(description="A notice's id")]
DueDay = Annotated[Day, Query(description="The day of payment, UTC")]


class WithdrawalIn(Consents):
    reason: Annotated[Text, Field(description="What the obligor is told")]


async def turn(after: After = "") -> Turn | None:
    """Where a page begins: ``next`` of the page before. Raises MalformedId."""
    if not after:
        return None
    found = re.fullmatch(r"([01])_([0-9]{1,18})_([0-9]{1,18})", after, re.ASCII)
    if found is None:
        raise MalformedId("`after` is `next` of the page before, unchanged.", given=after)
    is_open, block, index = (int(part) for part in found.groups())
    return Turn(bool(is_open), block, index)


@router.get(
    "/notices",
    response_model=shapes.NoticePage,
    responses=problems(MalformedId),
    summary="Notices of assignment",
)
def list_notices(
    context: ContextDep,
    after: Annotated[Turn | None, Depends(turn)],
    obligor: PartyInQuery | None = None,
    assignee: PartyInQuery | None = None,
    lot: Annotated[str | None, Query(max_length=80, description="A lot's id")] = None,
    is_open: Annotated[
        bool | None, Query(description="Only those that wait for the obligor, or only others")
    ] = None,
    limit: Limit = 50,
) -> View:
    """Those that wait for the obligor's acknowledgment first, each in the order they arrived."""
    wanted = None if lot is None else ids.LOT.read(lot)
    with context.database.read() as session:
        found = queries.notices(
            session,
            obligor=obligor,
            assignee=assignee,
            lot=wanted,
            is_open=is_open,
            after=after,
            limit=limit + 1,
        )
        last = Turn.of(found[limit - 1]) if len(found) > limit else None
        return {
            "items": views.notices(session, found[:limit]),
            "next": f"{int(last.is_open)}_{last.block_number}_{last.log_index}" if last else None,
            "open": None if obligor is None else queries.count_open(session, obligor),
        }


@router.get(
    "/notices/{notice}",
    response_model=shapes.NoticeOut,
    responses=problems(NoticeNotFound),
    summary="One notice, with what was signed about it",
)
@record("notice")
def show_notice(notice: NoticeId, context: ContextDep) -> View:
    return _shown(notice, context)


@router.get(
    "/notices/{notice}/acknowledgment",
    **asks(NoticeNotFound),
    summary="What the obligor signs to acknowledge a notice",
)
def show_acknowledgment(notice: NoticeId, context: ContextDep) -> View:
    with context.database.read() as session:
        return acknowledgment_to_sign(session, context, notice)


@router.post(
    "/notices/{notice}/acknowledgment",
    response_model=shapes.NoticeOut,
    responses=problems(NoticeNotFound, NoticeAcknowledged, NoticeWithdrawn, NotFinal, *CONSENTS),
    summary="Acknowledge a notice",
)
def acknowledge(notice: NoticeId, body: Consents, context: ContextDep, service: ServiceDep) -> View:
    """Kept with its signature, deadline and block. A notice takes effect by arriving, not by this."""
    acknowledge_notice(context, notice, body.given(), service.wallet_accepts)
    return _shown(notice, context)


@router.get(
    "/notices/{notice}/withdrawal",
    **asks(NoticeNotFound),
    summary="What the assignee signs to take a notice back",
)
def show_notice_withdrawal(notice: NoticeId, reason: Annotated[Text, Query()], context: ContextDep) -> View:
    with context.database.read() as session:
        return withdrawal_to_sign(session, context, notice, reason)


@router.post(
    "/notices/{notice}/withdrawal",
    response_model=shapes.NoticeOut,
    responses=problems(NoticeNotFound, NoticeWithdrawn, NoticeSuperseded, NotFinal, "PartyFrozen", *CONSENTS),
    summary="Take a notice back",
)
def withdraw_by_assignee(
    notice: NoticeId, body: WithdrawalIn, context: ContextDep, service: ServiceDep
) -> View:
    """Nobody but the assignee can. The claim stays where it is; the obligor pays as it was told before."""
    withdraw_notice(context, notice, body.reason, body.given(), service.wallet_accepts)
    return _shown(notice, context)


@router.get(
    "/lots/{lot}/payee",
    response_model=shapes.PayeeOut,
    responses=problems(MalformedId, LotNotFound),
    summary="Whom the obligor pays for a lot, and where",
)
def show_payee(
    lot: LotId,
    context: ContextDep,
    on: Annotated[Day | None, Query(description="The day of payment; today if missing")] = None,
) -> View:
    with context.database.read() as session:
        return views.payee(session, whom_to_pay(session, lot, on or context.clock.now().date()))


@router.get(
    "/payments",
    response_model=shapes.PaymentsOut,
    responses=problems(),
    summary="What an obligor pays on a day, by payee",
)
def list_payments(obligor: PartyInQuery, due: DueDay, context: ContextDep) -> View:
    with context.database.read() as session:
        found = payments_due(session, obligor, due, context.clock.now().date())
        return views.payments(session, obligor, due, found)


@router.get(
    "/payments.csv",
    response_class=Response,
    responses=problems() | {200: {"content": {"text/csv": {}}, "description": "A row a payment"}},
    summary="The same for a spreadsheet",
)
def export_payments(obligor: PartyInQuery, due: DueDay, context: ContextDep) -> Response:
    """UTF-8 with a byte order mark; no cell is ever taken for a formula."""
    with context.database.read() as session:
        found = payments_due(session, obligor, due, context.clock.now().date())
        text = views.payments_csv(session, due, found)
    name = f"payments-{obligor}-{due.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _shown(notice: str, context: Context) -> View:
    with context.database.read() as session:
        return views.notice(session, queries.notice(session, notice))
