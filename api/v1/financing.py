"""Financing a lot: reserve, lock, agree, sell, release."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy.orm import Session

from api import sentences, views
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep, WritingDep
from api.signing import party_signers, to_sign
from api.v1 import shapes
from api.v1.documented import ACTIVE, CONSENTS, asks, problems, writes
from api.v1.fields import (
    Body,
    Consents,
    Day,
    Instant,
    PartyInQuery,
    PartyNumber,
    Rate,
    RecordId,
    Truth,
    seconds,
)
from api.v1.lots import FOUND, LotId, shown
from api.v1.strict import StrictRoute
from api.v1.tags import record
from api.views import View
from registry.financing import queries
from registry.financing.errors import (
    FinancingNotFound,
    LockEndInvalid,
    LockNotOver,
    LockOver,
    LotNotLocked,
    LotReserved,
    NotReservedForYou,
    PriceInvalid,
)
from registry.financing.model import Financing
from registry.financing.use_cases import (
    agree_sale,
    finance_lot,
    lock_lot,
    lock_message,
    release_lot,
    release_message,
    reserve_lot,
    sale_message,
)
from registry.parties.errors import PartyNotFound
from registry.receivables.errors import LotNotFree, NotEntitled, SameHolder
from registry.relay.context import Context
from registry.rules.errors import RuleBlocks

router = APIRouter(route_class=StrictRoute, tags=["financing"])


class ReservationIn(Body):
    funder: PartyNumber
    until: Instant


class LockIn(Consents):
    funder: PartyNumber
    until: Instant


class ReleaseIn(Consents):
    by: Annotated[PartyNumber, Field(description="The funder, or the holder once the lock has run out")]


class SaleTermsIn(Body):
    funder: PartyNumber
    discount_rate: Rate
    with_recourse: Truth
    is_pledge: Annotated[
        Truth, Field(description="Title stays with the holder; the funder has the lot as security")
    ] = False
    pays_on: Annotated[Day | None, Field(description="When the funder pays; today if missing")] = None


@router.get(
    "/financings/{financing}",
    response_model=shapes.FinancingOut,
    responses=problems(FinancingNotFound),
    summary="One financing",
)
@record("financing")
def show_financing(
    financing: Annotated[RecordId, Path(description="A financing's id")], context: ContextDep
) -> View:
    with context.database.read() as session:
        return views.financing(session, queries.financing(session, financing))


@router.post(
    "/lots/{lot}/reservation",
    response_model=shapes.FinancingOut,
    responses=problems(*FOUND, LotNotFree, LotReserved, SameHolder, LockEndInvalid, *ACTIVE),
    summary="Keep a lot for one funder while it reviews",
)
def reserve(lot: LotId, body: ReservationIn, context: ContextDep, actor: ActorDep) -> View:
    """Within this registry only, and it ends by itself: one lot, one funder at a time. The same funder may
    ask again for another end. Its holder offers it so, or the funder holds what it may see."""
    with context.database.read() as session:
        if shown(session, lot, body.funder).lot.holder != actor.party:
            require_acting_for(actor, body.funder)
    financing = reserve_lot(context, lot, body.funder, seconds(body.until))
    with context.database.read() as session:
        return views.financing(session, financing)


@router.get(
    "/lots/{lot}/lock",
    **asks(*FOUND),
    summary="What the holder signs to hold a lot for a funder",
)
def show_lock(
    lot: LotId, funder: PartyInQuery, until: Annotated[Instant, Query()], context: ContextDep
) -> View:
    with context.database.read() as session:
        party_signers(session, [funder])  # there must be such a party
        it = shown(session, lot, funder)
        message = lock_message(session, lot, funder, seconds(until))
        said = sentences.lock(it.claim, it.names[it.lot.holder], it.names[funder], seconds(until))
        return to_sign(context, message, said, party_signers(session, [it.lot.holder]))


@router.post(
    "/lots/{lot}/lock",
    **writes(
        *FOUND, LotNotFree, SameHolder, LotReserved, LockEndInvalid, "ReceivableSuspended", *ACTIVE, *CONSENTS
    ),
    summary="Hold a lot for a funder on the ledger",
)
def lock(lot: LotId, body: LockIn, context: ContextDep, write: WritingDep) -> View:
    """Until its end nobody else can take, split or lock the lot."""
    return write(lock_lot(context, lot, body.funder, seconds(body.until), body.given()))


@router.get(
    "/lots/{lot}/release",
    **asks(*FOUND),
    summary="What funder or holder signs to end a lock",
)
def show_release(lot: LotId, by: PartyInQuery, context: ContextDep) -> View:
    with context.database.read() as session:
        it = shown(session, lot, by)
        said = sentences.release(it.claim, it.names[by])
        return to_sign(context, release_message(session, lot), said, party_signers(session, [by]))


@router.post(
    "/lots/{lot}/release",
    **writes(*FOUND, LotNotLocked, NotEntitled, LockNotOver, *CONSENTS),
    summary="End a lock",
)
def release(lot: LotId, body: ReleaseIn, context: ContextDep, write: WritingDep) -> View:
    return write(release_lot(context, lot, body.by, body.given()))


@router.post(
    "/lots/{lot}/sale-terms",
    response_model=shapes.AgreedOut,
    responses=problems(*FOUND, LotNotLocked, NotReservedForYou, PriceInvalid, PartyNotFound),
    summary="Fix price and recourse for a locked lot",
)
def agree(lot: LotId, body: SaleTermsIn, context: ContextDep, actor: ActorDep) -> View:
    """The price is the amount less bank discount, ACT/360 to maturity. Holder and funder both sign `sale`;
    new terms replace the old ones until then."""
    require_acting_for(actor, body.funder)
    financing = agree_sale(
        context,
        lot,
        body.funder,
        Decimal(body.discount_rate),
        with_recourse=body.with_recourse,
        is_pledge=body.is_pledge,
        pays_on=body.pays_on,
    )
    with context.database.read() as session:
        return {
            "financing": views.financing(session, financing),
            "sale": _sale(session, context, lot, financing),
        }


@router.get(
    "/lots/{lot}/sale",
    **asks(*FOUND, NotReservedForYou),
    summary="What holder and funder sign to sell or pledge",
)
def show_sale(lot: LotId, context: ContextDep) -> View:
    with context.database.read() as session:
        shown(session, lot)
        financing = queries.live_financing(session, lot)
        if financing is None:
            raise NotReservedForYou("Agree on price and conditions first.", lot=lot)
        return _sale(session, context, lot, financing)


@router.post(
    "/lots/{lot}/sale",
    **writes(
        *FOUND,
        LotNotLocked,
        LockOver,
        NotReservedForYou,
        "ReceivableSuspended",
        RuleBlocks,
        *ACTIVE,
        *CONSENTS,
    ),
    summary="Sell or pledge a lot to its funder",
)
def sell(lot: LotId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """With both signatures over the terms last agreed."""
    return write(finance_lot(context, lot, body.given()))


def _sale(session: Session, context: Context, lot: str, financing: Financing) -> View:
    message = sale_message(session, lot, financing)
    it = shown(session, lot, financing.funder)
    terms = financing.terms or {}
    said = sentences.sale(
        it.claim,
        it.names[it.lot.holder],
        it.names[financing.funder],
        price_minor=int(terms["price_minor"]),
        pays_on=str(terms["pays_on"]),
        with_recourse=message.with_recourse,
        is_pledge=message.pledge,
    )
    return to_sign(context, message, said, party_signers(session, [it.lot.holder, financing.funder]))
