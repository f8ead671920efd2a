"""Receivables: prepared and registered by the supplier, confirmed or declined by the obligor."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.auth.door import require_acting_for
from api.deps import ActorDep, ContextDep, WritingDep
from api.ids import MalformedId
from api.signing import party_signers, to_sign
from api.v1 import shapes
from api.v1.documented import ACTIVE, CONSENTS, asks, problems, writes
from api.v1.export import AS_CSV, ListingDep
from api.v1.fields import (
    After,
    Amount,
    Body,
    Consents,
    Day,
    Limit,
    PartyInQuery,
    PartyNumber,
    ReceivableId,
    RecordId,
    Text,
)
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from api.wording import Words, said
from registry.chain.messages import Registration, Terms
from registry.chain.words import ReceivableStatus
from registry.invoices import queries as invoices
from registry.invoices.errors import InvoiceUnknown
from registry.kit.money import BadAmount, currency, minor_units
from registry.parties.errors import PartyNotFound
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.endings import declinature_message, decline_receivable
from registry.receivables.errors import (
    AlreadySubmitted,
    AmountNotPositive,
    BuyerMismatch,
    ConfirmationPeriodOver,
    CreditNoteRefused,
    CurrencyMismatch,
    DatesDisagree,
    DraftOutdated,
    InvoiceBlocked,
    InvoiceCorrected,
    InvoiceNotYours,
    MaturityPassed,
    NoInvoices,
    NoOfficialIdentity,
    NotAwaitingConfirmation,
    ObligorIsOriginator,
    OverInvoiceCap,
    ReceivableNotFound,
    SellerMismatch,
    SettlerInvalid,
    TenorTooLong,
    TooManyInvoices,
)
from registry.receivables.model import Receivable
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    issue_messages,
    issue_receivable,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.context import Context
from registry.rules.errors import RuleBlocks

router = area("receivables")

_USES = (
    InvoiceUnknown, NoInvoices, TooManyInvoices, InvoiceNotYours, InvoiceBlocked, CreditNoteRefused,
    SellerMismatch, BuyerMismatch, NoOfficialIdentity, CurrencyMismatch, AmountNotPositive, OverInvoiceCap,
    InvoiceCorrected,
)  # fmt: skip
_DRAFT = (
    ObligorIsOriginator, "ObligorBarred", SettlerInvalid, MaturityPassed, TenorTooLong, DatesDisagree,
    BadAmount,
)  # fmt: skip
FOUND = (MalformedId, ReceivableNotFound)


class StatusName(StrEnum):
    """Of a receivable on the ledger."""

    REGISTERED = "registered"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELED = "canceled"


class UseIn(Body):
    invoice: RecordId
    amount: Annotated[
        Amount | None, Field(description="In the invoice's currency; none = all that is left of it")
    ] = None


class ReceivableIn(Body):
    originator: PartyNumber
    obligor: PartyNumber
    settler: Annotated[
        PartyNumber | None, Field(description="Who records payments; none = holders' receipts only")
    ] = None
    maturity: Day
    issued_on: Day | None = None
    delivered_on: Day | None = None
    accepted_on: Day | None = None
    invoices: Annotated[list[UseIn], Field(min_length=1, max_length=256)]

    def request(self, session: Session) -> DraftRequest:
        return DraftRequest(
            originator=self.originator,
            obligor=self.obligor,
            maturity=self.maturity,
            uses=tuple(_use(session, one) for one in self.invoices),
            settler=self.settler or 0,
            issued_on=self.issued_on,
            delivered_on=self.delivered_on,
            accepted_on=self.accepted_on,
        )


class DeclinatureIn(Consents):
    owed: Annotated[Amount, Field(description="What the obligor does owe, in the receivable's currency")]
    reason: Text


@router.post(
    "/receivables",
    status_code=201,
    response_model=shapes.PreparedOut,
    responses=problems(*_USES, *_DRAFT, RuleBlocks, *ACTIVE),
    summary="Prepare a receivable for its supplier to sign",
)
def prepare(body: ReceivableIn, context: ContextDep, actor: ActorDep, response: Response) -> View:
    """Checks the receivable against every rule and keeps it as a draft; its face is what the invoices give.
    Nothing is on the ledger before its originator has signed `registration` and the act is included."""
    require_acting_for(actor, body.originator)
    with context.database.read() as session:
        request = body.request(session)
    prepared = prepare_receivable(context, request)
    response.headers["Location"] = f"/v1/receivables/{ids.RECEIVABLE.outside(prepared.receivable)}"
    with context.database.read() as session:
        return {
            "receivable": _draft(session, prepared.receivable),
            "registration": _registration(session, context, prepared.receivable),
            "warnings": [one.as_json() for one in prepared.warnings],
        }


@router.get(
    "/receivables",
    response_model=shapes.ReceivablePage,
    responses=AS_CSV | problems(),
    summary="Receivables on the ledger, by id",
)
def list_receivables(
    context: ContextDep,
    listing: ListingDep,
    party: PartyInQuery | None = None,
    status: StatusName | None = None,
    after: After = "",
    limit: Limit = 50,
) -> View | Response:
    """`party` is obligor or originator. Drafts are not listed: they are seen by their id."""
    wanted = None if status is None else int(ReceivableStatus[status.name])
    with context.database.read() as session:
        found = queries.receivables(
            session,
            party=party,
            status=wanted,
            after=after and ids.RECEIVABLE.loosely(after),
            limit=limit + 1,
        )
        items = views.receivables_of(session, found[:limit])
    return listing(shapes.ReceivableOut, items, items[-1]["id"] if len(found) > limit else None)


@router.get(
    "/drafts",
    response_model=shapes.ReceivablePage,
    responses=problems(),
    summary="Receivables that were prepared and are not on the ledger, by id",
)
def list_drafts(
    context: ContextDep, originator: PartyInQuery | None = None, after: After = "", limit: Limit = 50
) -> View:
    """One whose registration is on its way says so under `ledger`."""
    behind = after and ids.RECEIVABLE.loosely(after)
    with context.database.read() as session:
        found = queries.drafts(session, originator=originator, after=behind, limit=limit + 1)
        items = [_draft(session, one.receivable) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get(
    "/receivables/{receivable}",
    response_model=shapes.ReceivableOut,
    responses=problems(*FOUND),
    summary="One receivable, or the draft of one",
)
@record("receivable", ids.RECEIVABLE.read)
def show(receivable: ReceivableId, context: ContextDep) -> View:
    with context.database.read() as session:
        try:
            return views.receivable(session, queries.receivable(session, receivable))
        except ReceivableNotFound:
            return _draft(session, receivable)


@router.get(
    "/receivables/{receivable}/registration",
    **asks(*FOUND),
    summary="What the originator signs to register",
)
def show_registration(receivable: ReceivableId, context: ContextDep) -> View:
    with context.database.read() as session:
        return _registration(session, context, receivable)


@router.post(
    "/receivables/{receivable}/registration",
    **writes(*FOUND, *_USES, AlreadySubmitted, DraftOutdated, RuleBlocks, *ACTIVE, *CONSENTS),
    summary="Register a prepared receivable",
)
def register(receivable: ReceivableId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """Checks again what the invoices still give; so does the ledger."""
    return write(register_receivable(context, receivable, body.given()))


@router.get(
    "/receivables/{receivable}/confirmation",
    **asks(*FOUND),
    summary="What the obligor signs to confirm",
)
def show_confirmation(receivable: ReceivableId, context: ContextDep) -> View:
    with context.database.read() as session:
        record = queries.receivable(session, receivable)
        return ask(session, context, confirmation_message(session, receivable), [record.obligor])


@router.post(
    "/receivables/{receivable}/confirmation",
    **writes(
        *FOUND,
        NotAwaitingConfirmation,
        ConfirmationPeriodOver,
        InvoiceCorrected,
        RuleBlocks,
        *ACTIVE,
        *CONSENTS,
    ),
    summary="Confirm that the whole is owed",
)
def confirm(receivable: ReceivableId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """All or nothing: an obligor that owes less declines and says how much."""
    return write(confirm_receivable(context, receivable, body.given()))


@router.get(
    "/receivables/{receivable}/issue",
    response_model=shapes.IssueToSign,
    responses=problems(*FOUND, PartyNotFound),
    summary="What originator and obligor sign to issue a receivable",
)
def show_issue(receivable: ReceivableId, context: ContextDep) -> View:
    with context.database.read() as session:
        _, message = issue_messages(session, receivable)
        record = _as_record(receivable, message.terms)
        return {
            "registration": _registration(session, context, receivable),
            "confirmation": ask(session, context, message, [record.obligor]),
        }


@router.post(
    "/receivables/{receivable}/issue",
    **writes(*FOUND, *_USES, AlreadySubmitted, DraftOutdated, RuleBlocks, *ACTIVE, *CONSENTS),
    summary="Register and confirm a prepared receivable in one",
)
def issue(receivable: ReceivableId, body: Consents, context: ContextDep, write: WritingDep) -> View:
    """Led by the obligor; the originator's signature is its acceptance, and nothing is issued without it."""
    return write(issue_receivable(context, receivable, body.given()))


@router.get(
    "/receivables/{receivable}/declinature",
    **asks(*FOUND, BadAmount),
    summary="What the obligor signs to decline",
)
def show_declinature(
    receivable: ReceivableId,
    owed: Annotated[Amount, Query(description="What it does owe, in the receivable's currency")],
    reason: Annotated[Text, Query(description="Only its hash goes to the ledger")],
    context: ContextDep,
) -> View:
    with context.database.read() as session:
        record = queries.receivable(session, receivable)
        owed_minor = minor_units(owed, currency(record.currency))
        message = declinature_message(session, receivable, owed_minor, reason)
        words = said(message, session, Words(reason=reason))
        return to_sign(context, message, words, party_signers(session, [record.obligor]))


@router.post(
    "/receivables/{receivable}/declinature",
    **writes(*FOUND, BadAmount, NotAwaitingConfirmation, *ACTIVE, *CONSENTS),
    summary="Decline and say what is owed",
)
def decline(receivable: ReceivableId, body: DeclinatureIn, context: ContextDep, write: WritingDep) -> View:
    """The invoices are free again, for a receivable of what is owed."""
    with context.database.read() as session:
        unit = currency(queries.receivable(session, receivable).currency)
    owed_minor = minor_units(body.owed, unit)
    return write(decline_receivable(context, receivable, owed_minor, body.reason, body.given()))


# ---------------------------------------------------------------------- private


def _use(session: Session, one: UseIn) -> Use:
    if one.amount is None:
        return Use(one.invoice)
    record = invoices.invoice_by_id(session, one.invoice)
    return Use(one.invoice, minor_units(one.amount, currency(record.currency)))


def _as_record(receivable: str, terms: Terms) -> Receivable:
    """A draft's terms as the ledger would show them; never added to a session."""
    return Receivable(
        id=receivable,
        commitment="0x" + terms.struct_hash.hex(),
        status=int(ReceivableStatus.REGISTERED),
        flags=0,
        expires=0,
        obligor=terms.obligor,
        originator=terms.originator,
        settler=terms.settler,
        face=terms.face,
        settled=0,
        currency=terms.currency,
        maturity=terms.maturity,
        issued_on=terms.issued_on,
        delivered_on=terms.delivered_on,
        accepted_on=terms.accepted_on,
        documents_root="0x" + terms.documents_root.hex(),
        owed=None,
        block_number=None,
    )


def _draft(session: Session, receivable: str) -> View:
    terms = Terms.from_json(queries.draft(session, receivable).terms)
    return views.receivable(session, _as_record(receivable, terms)) | {"status": "draft"}


def _registration(session: Session, context: Context, receivable: str) -> View:
    message: Registration = registration_message(session, receivable)
    signers = party_signers(session, [message.terms.originator])
    return to_sign(context, message, said(message, session), signers)
