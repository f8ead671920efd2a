"""Lots: what holders do with their claims, and where each comes from."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import ids, views
from api.deps import ContextDep, ServiceDep, WritingDep
from api.ids import MalformedId
from api.metadata import MetadataUnreadable, metadata_of
from api.signing import party_signers, to_sign
from api.v1 import shapes
from api.v1.documented import ACTIVE, CONSENTS, asks, problems, writes
from api.v1.export import AS_CSV, ListingDep
from api.v1.fields import (
    After,
    Amount,
    Consents,
    Limit,
    LotId,
    PartyInQuery,
    PartyNumber,
    Text,
)
from api.v1.strict import area, prompt
from api.v1.tags import record
from api.views import View
from api.wording import Words, said
from registry.chain.errors import ChainNotReachable
from registry.financing.settlement import payee_of, settle_lot, settlement_message
from registry.kit.money import BadAmount, currency, minor_units
from registry.receivables import queries
from registry.receivables.errors import (
    AmountNotPositive,
    AmountOverLot,
    BelowMinLot,
    HopLimitReached,
    InvoiceCorrected,
    LotNotFound,
    LotNotFree,
    LotRedeemed,
    NotEntitled,
    RejectWindowOver,
    SameHolder,
)
from registry.receivables.lots import reject_lot, rejection_message, transfer_lot, transfer_message
from registry.receivables.model import Lot
from registry.rules.errors import RuleBlocks

router = area("lots", "/lots")

FOUND = (MalformedId, LotNotFound)


@dataclass(frozen=True)
class Shown:
    """A lot and its currency."""

    lot: Lot
    numeric: int

    def minor(self, amount: str) -> int:
        """An amount in the lot's currency. Raises BadAmount, AmountNotPositive."""
        found = minor_units(amount, currency(self.numeric))
        if found <= 0:
            raise AmountNotPositive("Say an amount of more than zero.", lot=self.lot.id)
        return found


def shown(session: Session, lot: str) -> Shown:
    """Raises LotNotFound."""
    record = queries.lot(session, lot)
    return Shown(record, queries.receivable(session, record.receivable).currency)


class TransferIn(Consents):
    to: PartyNumber
    amount: Annotated[Amount, Field(description="The whole lot or a part of it, in its currency")]


class SettlementIn(Consents):
    by: Annotated[PartyNumber, Field(description="The receivable's settler, or the holder as its receipt")]
    amount: Amount
    payment: Annotated[Text, Field(description="The payment's reference; only its hash goes to the ledger")]


@router.get(
    "", response_model=shapes.LotPage, responses=AS_CSV | problems(MalformedId), summary="Lots, by id"
)
def list_lots(
    context: ContextDep,
    listing: ListingDep,
    holder: PartyInQuery | None = None,
    receivable: Annotated[str | None, Query(max_length=80, description="A receivable's id")] = None,
    after: After = "",
    limit: Limit = 50,
) -> View | Response:
    wanted = None if receivable is None else ids.RECEIVABLE.read(receivable)
    behind = after and ids.LOT.loosely(after)
    found = views.lots_page(context.database, behind, limit + 1, holder=holder, receivable=wanted)
    items = found[:limit]
    return listing(shapes.LotOut, items, items[-1]["id"] if len(found) > limit else None)


@router.get("/{lot}", response_model=shapes.LotOut, responses=problems(*FOUND), summary="One lot")
@record("lot", ids.LOT.read)
@prompt
def show_lot(lot: LotId, context: ContextDep) -> View:
    return views.lot_by_id(context.database, lot)


@router.get(
    "/{lot}/trace",
    response_model=shapes.TraceOut,
    responses=problems(*FOUND),
    summary="Where a lot comes from, back to the invoices",
)
def trace_lot(lot: LotId, context: ContextDep) -> View:
    with context.database.read() as session:
        return views.trace(session, lot)


@router.get(
    "/{lot}/metadata",
    response_model=shapes.MetadataOut,
    responses=problems(*FOUND, MetadataUnreadable, ChainNotReachable, "LotUnknown"),
    summary="How the ledger itself describes a lot",
)
def show_metadata(lot: LotId, service: ServiceDep) -> View:
    """What explorers and custody screens get of `tokenURI`: a name, traits, and an SVG as a data URL."""
    with service.database.read() as session:
        queries.lot(session, lot)
    return metadata_of(service, lot)


@router.get(
    "/{lot}/transfer",
    **asks(*FOUND, BadAmount, AmountNotPositive),
    summary="What the holder signs to assign a lot or a part",
)
def show_transfer(
    lot: LotId, to: PartyInQuery, amount: Annotated[Amount, Query()], context: ContextDep
) -> View:
    with context.database.read() as session:
        party_signers(session, [to])  # there must be such a party
        it = shown(session, lot)
        amount_minor = it.minor(amount)
        message = transfer_message(session, lot, to, amount_minor)
        return to_sign(context, message, said(message, session), party_signers(session, [it.lot.holder]))


@router.post(
    "/{lot}/transfer",
    **writes(
        *FOUND, BadAmount, LotNotFree, SameHolder, AmountNotPositive, AmountOverLot, BelowMinLot,
        HopLimitReached, InvoiceCorrected, "ReceivableSuspended", "Halted", RuleBlocks, *ACTIVE, *CONSENTS,
    ),
    summary="Assign a lot or a part of it",
)  # fmt: skip
def transfer(lot: LotId, body: TransferIn, context: ContextDep, write: WritingDep) -> View:
    """A part becomes a lot of its own; the rest stays with the holder."""
    with context.database.read() as session:
        amount_minor = shown(session, lot).minor(body.amount)
    return write(transfer_lot(context, lot, body.to, amount_minor, body.given()))


@router.get(
    "/{lot}/rejection",
    **asks(*FOUND),
    summary="What a receiver signs to give a lot back",
)
def show_rejection(lot: LotId, context: ContextDep) -> View:
    with context.database.read() as session:
        it = shown(session, lot)
        message = rejection_message(session, lot)
        return to_sign(context, message, said(message, session), party_signers(session, [it.lot.holder]))


@router.post(
    "/{lot}/rejection",
    **writes(*FOUND, LotNotFree, RejectWindowOver, *CONSENTS),
    summary="Give a lot back",
)
def reject(lot: LotId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """Only as the receiver's next act on the lot, and within the ledger's window."""
    return write(reject_lot(context, lot, body.given()))


@router.get(
    "/{lot}/settlement",
    **asks(*FOUND, BadAmount, AmountNotPositive),
    summary="What the settler or the holder signs for a payment",
)
def show_settlement(
    lot: LotId,
    by: PartyInQuery,
    amount: Annotated[Amount, Query()],
    payment: Annotated[Text, Query(description="The payment's reference")],
    context: ContextDep,
) -> View:
    with context.database.read() as session:
        it = shown(session, lot)
        amount_minor = it.minor(amount)
        message = settlement_message(session, lot, amount_minor, payment)
        payee = payee_of(it.lot)
        words = said(message, session, Words(by=by, references=(payment,)))
        # A receipt for a pledged lot takes holder and funder.
        signing = [by, payee] if by == it.lot.holder != payee else [by]
        return to_sign(context, message, words, party_signers(session, signing))


@router.post(
    "/{lot}/settlement",
    **writes(*FOUND, BadAmount, NotEntitled, LotRedeemed, AmountNotPositive, AmountOverLot, *CONSENTS),
    summary="Record that the obligor paid",
)
def settle(lot: LotId, body: SettlementIn, context: ContextDep, write: WritingDep) -> View:
    with context.database.read() as session:
        amount_minor = shown(session, lot).minor(body.amount)
    return write(settle_lot(context, lot, body.by, amount_minor, body.payment, body.given()))
