"""Financing a lot: reserve, lock, agree, sell, release."""

from decimal import Decimal
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy.orm import Session

from api import ids, views
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep, WritingDep
from api.ids import MalformedId
from api.signing import party_signers, to_sign
from api.v1 import record_shapes, shapes
from api.v1.documented import ACTIVE, CONSENTS, PROVEN, asks, problems, writes
from api.v1.fields import (
    After,
    Body,
    Consents,
    Day,
    Instant,
    Limit,
    LotId,
    PartyInQuery,
    PartyNumber,
    Rate,
    RecordId,
    Truth,
    seconds,
)
from api.v1.lots import FOUND, shown
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from api.wording import Words, said
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
from registry.financing.use_cases import (
    end_reservation as end_reservation_of,
)
from registry.mirror.finality import NotFinal
from registry.parties.errors import PartyNotFound
from registry.receivables.errors import InvoiceCorrected, LotNotFree, NotEntitled, SameHolder
from registry.relay.context import Context
from registry.rules.errors import RuleBlocks

router = area("financing")


class ReservationIn(Body):
    funder: PartyNumber
    until: Instant


class EndIn(Body):
    funder: PartyNumber


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


@router.get(
    "/financings",
    response_model=record_shapes.FinancingPage,
    responses=problems(MalformedId),
    summary="Reservations and financings, by id",
)
def list_financings(
    context: ContextDep,
    party: PartyInQuery | None = None,
    lot: Annotated[str | None, Query(max_length=80, description="A lot's id")] = None,
    is_live: Annotated[bool | None, Query(description="Only those that ended, or those that did not")] = None,
    after: After = "",
    limit: Limit = 50,
) -> View:
    """`party` is funder or seller. A reservation is a financing that nothing was agreed of yet."""
    wanted = None if lot is None else ids.LOT.read(lot)
    with context.database.read() as session:
        found = queries.financings(
            session, party=party, lot=wanted, is_live=is_live, after=after, limit=limit + 1
        )
        items = [views.financing(session, one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/lots/{lot}/reservation/end",
    response_model=shapes.FinancingOut,
    responses=problems(*FOUND, NotReservedForYou, LotNotFree, NotFinal),
    summary="End a reservation before its time",
)
def end_reservation(lot: LotId, body: EndIn, context: ContextDep, actor: ActorDep) -> View:
    """The funder's decision; the holder may offer the lot to another at once. Ask for a release of what is
    locked already."""
    require_acting_for(actor, body.funder)
    ended = end_reservation_of(context, lot, body.funder)
    with context.database.read() as session:
        return views.financing(session, ended)


@router.post(
    "/lots/{lot}/reservation",
    response_model=shapes.FinancingOut,
    responses=problems(
        *FOUND, LotNotFree, LotReserved, NotFinal, SameHolder, LockEndInvalid, InvoiceCorrected, *ACTIVE
    ),
    summary="Keep a lot for one funder while it reviews",
)
def reserve(lot: LotId, body: ReservationIn, context: ContextDep, actor: ActorDep) -> View:
    """Within this registry only, and it ends by itself: one lot, one funder at a time. The same funder may
    ask again for another end. Its holder offers it so, or the funder holds what it may see."""
    with context.database.read() as session:
        if shown(session, lot).lot.holder != actor.party:
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
        it = shown(session, lot)
        message = lock_message(session, lot, funder, seconds(until))
        return to_sign(context, message, said(message, session), party_signers(session, [it.lot.holder]))


@router.post(
    "/lots/{lot}/lock",
    **writes(
        *FOUND,
        LotNotFree,
        SameHolder,
        LotReserved,
        NotFinal,
        LockEndInvalid,
        InvoiceCorrected,
        "ReceivableSuspended",
        *ACTIVE,
        *CONSENTS,
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
        message = release_message(session, lot)
        words = said(message, session, Words(by=by))
        return to_sign(context, message, words, party_signers(session, [by]))


@router.post(
    "/lots/{lot}/release",
    **writes(*FOUND, LotNotLocked, NotEntitled, NotFinal, LockNotOver, *CONSENTS),
    summary="End a lock",
)
def release(lot: LotId, body: ReleaseIn, context: ContextDep, write: WritingDep) -> View:
    return write(release_lot(context, lot, body.by, body.given()))


@router.post(
    "/lots/{lot}/sale-terms",
    response_model=shapes.AgreedOut,
    responses=problems(
        *FOUND, LotNotLocked, NotReservedForYou, NotFinal, PriceInvalid, PartyNotFound, *PROVEN
    ),
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
        NotFinal,
        NotReservedForYou,
        "ReceivableSuspended",
        RuleBlocks,
        *PROVEN,
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
    terms = financing.terms or {}
    words = Words(price_minor=int(terms["price_minor"]), pays_on=str(terms["pays_on"]))
    signers = party_signers(session, [shown(session, lot).lot.holder, financing.funder])
    return to_sign(context, message, said(message, session, words), signers)
