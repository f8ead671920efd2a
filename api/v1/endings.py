"""Receivables that come to nothing or are disputed."""

from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints

from api import ids
from api.deps import ContextDep, ServiceDep, WritingDep
from api.service import ARBITER, ArbiterElsewhere
from api.signing import party_signers, to_sign
from api.v1.documented import CONSENTS, asks, writes
from api.v1.fields import Body, Consents, PartyInQuery, PartyNumber, ReceivableId, Text, Truth
from api.v1.receivables import FOUND
from api.v1.strict import area
from api.views import View
from api.wording import Words, said
from registry.receivables import queries
from registry.receivables.disputes import (
    Grounds,
    contest_message,
    contest_receivable,
    suspend_receivable,
)
from registry.receivables.endings import (
    cancel_receivable,
    cancellation_message,
    expire_receivable,
    withdraw_receivable,
    withdrawal_message,
)
from registry.receivables.errors import (
    ConfirmationPeriodNotOver,
    LotNotFound,
    LotNotFree,
    LotNotWhole,
    LotRedeemed,
    NotAwaitingConfirmation,
    NotConfirmed,
    NotEntitled,
)
from registry.receivables.rules import CONTEST_CODES

router = area("receivables", "/receivables/{receivable}")

ContestCode = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^C0[1-6]$"),
    Field(description="; ".join(f"C{code:02} {name}" for code, name in CONTEST_CODES.items())),
]
Hash = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^0x[0-9a-f]{64}$"),
    Field(description="32 bytes as 0x hex: SHA-256 of what shows it"),
]
LotWritten = Annotated[
    str | None, Field(max_length=80, description="The lot it is about; only the obligor may leave it out")
]


class ReasonIn(Consents):
    reason: Annotated[Text, Field(description="Only its hash goes to the ledger")]


class ExpiryIn(Body):
    pass


class ContestIn(Consents):
    by: Annotated[PartyNumber, Field(description="The obligor, or the holder of the lot")]
    code: ContestCode
    evidence: Hash
    lot: LotWritten = None


class SuspensionIn(Body):
    is_suspended: Truth
    reason: Text


@router.get("/withdrawal", **asks(*FOUND), summary="What the originator signs to take a receivable back")
def show_withdrawal(receivable: ReceivableId, reason: Annotated[Text, Query()], context: ContextDep) -> View:
    with context.database.read() as session:
        message = withdrawal_message(session, receivable, reason)
        record = queries.receivable(session, receivable)
        words = said(message, session, Words(reason=reason))
        return to_sign(context, message, words, party_signers(session, [record.originator]))


@router.post(
    "/withdrawal",
    **writes(*FOUND, NotAwaitingConfirmation, *CONSENTS),
    summary="Take an unconfirmed receivable back",
)
def withdraw(receivable: ReceivableId, body: ReasonIn, context: ContextDep, write: WritingDep) -> View:
    """Its invoices are free again."""
    return write(withdraw_receivable(context, receivable, body.reason, body.given()))


@router.post(
    "/expiry",
    **writes(*FOUND, NotAwaitingConfirmation, ConfirmationPeriodNotOver),
    summary="Clear away what was not confirmed in time",
)
def expire(receivable: ReceivableId, _body: ExpiryIn, context: ContextDep, write: WritingDep) -> View:
    """Anybody may, so nobody signs. Its invoices are free again."""
    return write(expire_receivable(context, receivable))


@router.get(
    "/cancellation",
    **asks(*FOUND, NotConfirmed),
    summary="What originator and obligor sign to undo a receivable",
)
def show_cancellation(
    receivable: ReceivableId, reason: Annotated[Text, Query()], context: ContextDep
) -> View:
    with context.database.read() as session:
        message = cancellation_message(session, receivable, reason)
        record = queries.receivable(session, receivable)
        both = [record.originator, record.obligor]
        words = said(message, session, Words(reason=reason))
        return to_sign(context, message, words, party_signers(session, both))


@router.post(
    "/cancellation",
    **writes(*FOUND, NotConfirmed, LotNotFree, LotNotWhole, NotEntitled, "PartyFrozen", *CONSENTS),
    summary="Undo a confirmed receivable",
)
def cancel(receivable: ReceivableId, body: ReasonIn, context: ContextDep, write: WritingDep) -> View:
    """Only while the originator holds all of it free and nothing is paid. Its invoices are free again."""
    return write(cancel_receivable(context, receivable, body.reason, body.given()))


@router.get(
    "/contest",
    **asks(*FOUND, LotNotFound),
    summary="What obligor or holder signs to contest a receivable",
)
def show_contest(
    receivable: ReceivableId,
    by: PartyInQuery,
    code: Annotated[ContestCode, Query()],
    evidence: Annotated[Hash, Query()],
    context: ContextDep,
    lot: Annotated[str | None, Query(max_length=80)] = None,
) -> View:
    with context.database.read() as session:
        message = contest_message(session, receivable, _grounds(by, code, evidence, lot))
        return to_sign(context, message, said(message, session), party_signers(session, [by]))


@router.post(
    "/contest",
    **writes(*FOUND, LotNotFound, NotConfirmed, NotEntitled, LotRedeemed, *CONSENTS),
    summary="Contest a confirmed receivable",
)
def contest(receivable: ReceivableId, body: ContestIn, context: ContextDep, write: WritingDep) -> View:
    """Nothing moves; the ledger shows to all that there is a dispute. Frozen parties are heard too."""
    grounds = _grounds(body.by, body.code, body.evidence, body.lot)
    return write(contest_receivable(context, receivable, grounds, body.given()))


@router.post(
    "/suspension",
    **writes(*FOUND, NotConfirmed, ArbiterElsewhere, "SenderNotArbiter"),
    summary="Suspend a receivable or let it go on",
)
def suspend(
    receivable: ReceivableId, body: SuspensionIn, context: ContextDep, service: ServiceDep, write: WritingDep
) -> View:
    """The arbiter's act, sent with its key. Lots of a suspended receivable only move back or are paid."""
    service.require_sender(ARBITER)
    return write(suspend_receivable(context, receivable, body.reason, is_suspended=body.is_suspended))


def _grounds(by: int, code: str, evidence: str, lot: str | None) -> Grounds:
    named = None if lot is None else ids.LOT.read(lot)
    return Grounds(by, int(code[1:]), bytes.fromhex(evidence[2:]), named)
