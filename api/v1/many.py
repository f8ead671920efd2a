"""Several acts of one party under one signature: all or nothing, in one currency."""

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from api import ids
from api.deps import ContextDep, WritingDep
from api.signing import party_signers, to_sign
from api.v1.documented import ACTIVE, CONSENTS, asks, writes
from api.v1.fields import Amount, Body, Consents, PartyNumber, Text
from api.v1.lots import FOUND as LOT_FOUND
from api.v1.lots import shown
from api.v1.receivables import FOUND
from api.v1.strict import area
from api.views import View
from api.wording import Words, said
from registry.financing.settlement import Paid, settle_lots, settlements_message
from registry.kit.money import BadAmount
from registry.receivables.batches import MAX_BATCH
from registry.receivables.errors import (
    AlreadySubmitted,
    AmountNotPositive,
    AmountOverLot,
    BatchInvalid,
    BatchMixed,
    BelowMinLot,
    ConfirmationPeriodOver,
    DraftOutdated,
    HopLimitReached,
    InvoiceCorrected,
    LotNotFree,
    LotRedeemed,
    NotAwaitingConfirmation,
    NotEntitled,
    OverInvoiceCap,
    SameHolder,
)
from registry.receivables.many import (
    Step,
    confirm_receivables,
    confirmations_message,
    register_receivables,
    registrations_message,
    transfer_lots,
    transfers_message,
)
from registry.rules.errors import RuleBlocks

router = area("batches")
_BATCH = (BatchInvalid, BatchMixed)
_AMOUNTS = (BadAmount, AmountNotPositive, AmountOverLot)
Written = Annotated[str, Field(max_length=80)]


class ReceivablesIn(Body):
    receivables: Annotated[list[Written], Field(min_length=1, max_length=MAX_BATCH)]

    def ids(self) -> list[str]:
        return [ids.RECEIVABLE.read(one) for one in self.receivables]


class SignedReceivablesIn(ReceivablesIn, Consents):
    pass


class MoveIn(Body):
    lot: Written
    to: PartyNumber
    amount: Amount


class TransfersIn(Body):
    holder: PartyNumber
    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=MAX_BATCH)]

    def steps(self, session: Session) -> list[Step]:
        found = [(ids.LOT.read(one.lot), one) for one in self.moves]
        return [Step(lot, one.to, shown(session, lot).minor(one.amount)) for lot, one in found]


class SignedTransfersIn(TransfersIn, Consents):
    pass


class PaymentIn(Body):
    lot: Written
    amount: Amount
    payment: Annotated[Text, Field(description="The payment's reference; only its hash goes to the ledger")]


class SettlementsIn(Body):
    settler: PartyNumber
    payments: Annotated[list[PaymentIn], Field(min_length=1, max_length=MAX_BATCH)]

    def paid(self, session: Session) -> list[Paid]:
        found = [(ids.LOT.read(one.lot), one) for one in self.payments]
        return [Paid(lot, shown(session, lot).minor(one.amount), one.payment) for lot, one in found]


class SignedSettlementsIn(SettlementsIn, Consents):
    pass


@router.post(
    "/registrations/typed-data",
    **asks(*FOUND),
    summary="What a supplier signs to register several receivables",
)
def prepare_registrations(body: ReceivablesIn, context: ContextDep) -> View:
    with context.database.read() as session:
        message = registrations_message(session, body.ids())
        first = message.terms[0].originator
        return to_sign(context, message, said(message, session), party_signers(session, [first]))


@router.post(
    "/registrations",
    **writes(
        *FOUND,
        *_BATCH,
        AlreadySubmitted,
        DraftOutdated,
        OverInvoiceCap,
        InvoiceCorrected,
        "NoNewReceivables",
        RuleBlocks,
        *ACTIVE,
        *CONSENTS,
    ),
    summary="Register several prepared receivables",
)
def register_many(body: SignedReceivablesIn, context: ContextDep, write: WritingDep) -> View:
    """Of one originator, in one currency."""
    return write(register_receivables(context, body.ids(), body.given()))


@router.post(
    "/confirmations/typed-data",
    **asks(*FOUND),
    summary="What an obligor signs to confirm several receivables",
)
def prepare_confirmations(body: ReceivablesIn, context: ContextDep) -> View:
    with context.database.read() as session:
        message = confirmations_message(session, body.ids())
        first = message.terms[0].obligor
        return to_sign(context, message, said(message, session), party_signers(session, [first]))


@router.post(
    "/confirmations",
    **writes(
        *FOUND, *_BATCH, NotAwaitingConfirmation, ConfirmationPeriodOver, InvoiceCorrected,
        "NoNewReceivables", "QuotaExceeded", RuleBlocks,
        *ACTIVE, *CONSENTS,
    ),
    summary="Confirm several receivables",
)  # fmt: skip
def confirm_many(body: SignedReceivablesIn, context: ContextDep, write: WritingDep) -> View:
    """Of one obligor, in one currency."""
    return write(confirm_receivables(context, body.ids(), body.given()))


@router.post(
    "/transfers/typed-data",
    **asks(*LOT_FOUND, BadAmount, AmountNotPositive),
    summary="What a holder signs to assign several lots or parts",
)
def prepare_transfers(body: TransfersIn, context: ContextDep) -> View:
    with context.database.read() as session:
        message = transfers_message(session, body.steps(session))
        return to_sign(context, message, said(message, session), party_signers(session, [body.holder]))


@router.post(
    "/transfers",
    **writes(
        *LOT_FOUND, *_BATCH, *_AMOUNTS, LotNotFree, NotEntitled, SameHolder, BelowMinLot, HopLimitReached,
        InvoiceCorrected, "ReceivableSuspended", "Halted", RuleBlocks, *ACTIVE, *CONSENTS,
    ),
    summary="Assign several lots or parts",
)  # fmt: skip
def transfer_many(body: SignedTransfersIn, context: ContextDep, write: WritingDep) -> View:
    """In their order; a lot may stand in it more than once."""
    with context.database.read() as session:
        steps = body.steps(session)
    return write(transfer_lots(context, body.holder, steps, body.given()))


@router.post(
    "/settlements/typed-data",
    **asks(*LOT_FOUND, BadAmount, AmountNotPositive),
    summary="What a settler signs for several payments",
)
def prepare_settlements(body: SettlementsIn, context: ContextDep) -> View:
    with context.database.read() as session:
        paid = body.paid(session)
        message = settlements_message(session, paid)
        references = tuple(one.payment for one in paid)
        words = said(message, session, Words(by=body.settler, references=references))
        return to_sign(context, message, words, party_signers(session, [body.settler]))


@router.post(
    "/settlements",
    **writes(*LOT_FOUND, *_BATCH, *_AMOUNTS, NotEntitled, LotRedeemed, "PartyFrozen", *CONSENTS),
    summary="Record several payments",
)
def settle_many(body: SignedSettlementsIn, context: ContextDep, write: WritingDep) -> View:
    """By one settler, in one currency; each lot once."""
    with context.database.read() as session:
        paid = body.paid(session)
    return write(settle_lots(context, body.settler, paid, body.given()))
