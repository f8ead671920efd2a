"""When a financed or pledged lot is not paid: enforce, put back, reassign, write off; and the arbiter's order."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.deps import ContextDep, ServiceDep, WritingDep
from api.service import ARBITER, ArbiterElsewhere
from api.signing import party_signers, to_sign
from api.v1.documented import ACTIVE, CONSENTS, PROVEN, asks, writes
from api.v1.fields import Amount, Body, Consents, Day, LotId, PartyInQuery, PartyNumber, Rate, Text
from api.v1.lots import FOUND, shown
from api.v1.strict import area
from api.views import View
from api.wording import Words, said
from registry.chain.words import LotStatus
from registry.financing.errors import LotNotFinanced, LotNotPledged, NoRecourse, NotMature, PriceInvalid
from registry.financing.remedies import (
    enforce_pledge,
    enforcement_message,
    put_back_message,
    put_lot_back,
    reassign_lot,
    reassignment_message,
    reassignment_terms,
    write_lot_off,
    write_off_message,
)
from registry.kit.money import BadAmount
from registry.mirror.finality import NotFinal
from registry.receivables.disputes import force_transfer
from registry.receivables.errors import AmountNotPositive, AmountOverLot, LotRedeemed, SameHolder
from registry.rules.errors import RuleBlocks

router = area("financing", "/lots/{lot}")
_RUNNING = ("ReceivableSuspended", "Halted")


class ReassignmentIn(Consents):
    to: PartyNumber
    discount_rate: Rate
    pays_on: Day


class WriteOffIn(Consents):
    amount: Amount
    reason: Annotated[Text, Field(description="Only its hash goes to the ledger")]


class OrderIn(Body):
    to: PartyNumber
    reason: Text


@router.get("/enforcement", **asks(*FOUND), summary="What a pledgee signs to take title")
def show_enforcement(lot: LotId, context: ContextDep) -> View:
    with context.database.read() as session:
        it = shown(session, lot)
        message = enforcement_message(session, lot)
        return to_sign(context, message, said(message, session), party_signers(session, [it.lot.peer]))


@router.post(
    "/enforcement",
    **writes(*FOUND, LotNotPledged, NotMature, *_RUNNING, RuleBlocks, *ACTIVE, *CONSENTS),
    summary="Enforce a pledge",
)
def enforce(lot: LotId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """From the maturity on; title passes to the pledgee."""
    return write(enforce_pledge(context, lot, body.given()))


@router.get("/put-back", **asks(*FOUND), summary="What a funder signs to give a lot back")
def show_put_back(lot: LotId, context: ContextDep) -> View:
    with context.database.read() as session:
        it = shown(session, lot)
        message = put_back_message(session, lot)
        return to_sign(context, message, said(message, session), party_signers(session, [it.lot.holder]))


@router.post(
    "/put-back",
    **writes(*FOUND, LotNotFinanced, NoRecourse, NotMature, *CONSENTS),
    summary="Give a lot back to its recourse party",
)
def put_back(lot: LotId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """From the maturity on, where it was financed with recourse."""
    return write(put_lot_back(context, lot, body.given()))


@router.get(
    "/reassignment",
    **asks(*FOUND, LotNotFinanced, PriceInvalid),
    summary="What both funders sign to reassign a lot",
)
def show_reassignment(
    lot: LotId,
    to: PartyInQuery,
    discount_rate: Annotated[Rate, Query()],
    pays_on: Annotated[Day, Query()],
    context: ContextDep,
) -> View:
    """The price is the amount less bank discount, ACT/360 to maturity. Send the same values with the
    signatures: the terms are made from them again."""
    with context.database.read() as session:
        it = shown(session, lot)
        terms = reassignment_terms(session, lot, Decimal(discount_rate), pays_on)
        message = reassignment_message(session, lot, to, terms)
        words = said(message, session, Words(price_minor=terms.price_minor, pays_on=terms.pays_on))
        return to_sign(context, message, words, party_signers(session, [it.lot.holder, to]))


@router.post(
    "/reassignment",
    **writes(
        *FOUND,
        LotNotFinanced,
        NotFinal,
        PriceInvalid,
        SameHolder,
        *_RUNNING,
        RuleBlocks,
        *PROVEN,
        *ACTIVE,
        *CONSENTS,
    ),
    summary="Pass a financed lot to the next funder",
)
def reassign(lot: LotId, body: ReassignmentIn, context: ContextDep, write: WritingDep) -> View:
    """Its recourse party stays. The lot's financing ends; one of the receiving funder takes its place."""
    with context.database.read() as session:
        terms = reassignment_terms(session, lot, Decimal(body.discount_rate), body.pays_on)
    return write(reassign_lot(context, lot, body.to, terms, body.given()))


@router.get(
    "/write-off",
    **asks(*FOUND, BadAmount, AmountNotPositive),
    summary="What a holder signs to give a claim up",
)
def show_write_off(
    lot: LotId, amount: Annotated[Amount, Query()], reason: Annotated[Text, Query()], context: ContextDep
) -> View:
    with context.database.read() as session:
        it = shown(session, lot)
        amount_minor = it.minor(amount)
        is_pledged = it.lot.status == LotStatus.PLEDGED
        givers = [it.lot.holder, it.lot.peer] if is_pledged else [it.lot.holder]
        message = write_off_message(session, lot, amount_minor, reason)
        words = said(message, session, Words(reason=reason))
        return to_sign(context, message, words, party_signers(session, givers))


@router.post(
    "/write-off",
    **writes(*FOUND, BadAmount, AmountNotPositive, AmountOverLot, LotRedeemed, "PartyFrozen", *CONSENTS),
    summary="Give a claim up",
)
def write_off(lot: LotId, body: WriteOffIn, context: ContextDep, write: WritingDep) -> View:
    """What is given up counts as settled."""
    with context.database.read() as session:
        amount_minor = shown(session, lot).minor(body.amount)
    return write(write_lot_off(context, lot, amount_minor, body.reason, body.given()))


@router.post(
    "/forced-transfer",
    **writes(*FOUND, LotRedeemed, SameHolder, ArbiterElsewhere, "SenderNotArbiter", *ACTIVE),
    summary="Give a lot to another party by the arbiter's order",
)
def force(lot: LotId, body: OrderIn, context: ContextDep, service: ServiceDep, write: WritingDep) -> View:
    """The arbiter's act, sent with its key. Lock, pledge and recourse stay."""
    service.require_sender(ARBITER)
    return write(force_transfer(context, lot, body.to, body.reason))
