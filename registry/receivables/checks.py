"""What a receivable must satisfy before its supplier is asked to sign it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from registry.chain.words import PartyFlag, Role
from registry.invoices import correction_queries as corrections
from registry.invoices import queries as invoices
from registry.invoices.model import InvoiceRecord
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_role
from registry.receivables import queries
from registry.receivables.errors import (
    AmountNotPositive,
    BuyerMismatch,
    CreditNoteRefused,
    CurrencyMismatch,
    DatesDisagree,
    InvoiceBlocked,
    InvoiceNotYours,
    MaturityPassed,
    NoInvoices,
    NoOfficialIdentity,
    ObligorIsOriginator,
    OverInvoiceCap,
    SellerMismatch,
    SettlerInvalid,
    TenorTooLong,
    TooManyInvoices,
)
from registry.receivables.exposure import capacity, family_of, over_capacity
from registry.receivables.rules import dates_follow, remaining_minor
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.refusals import refusal

MAX_INVOICES = 256
REGISTERING = ("register", "registerConfirmed", "registerMany")


@dataclass(frozen=True)
class Use:
    """How much of an invoice a receivable takes; None = all that is left."""

    invoice: str
    amount_minor: int | None = None


@dataclass(frozen=True)
class ResolvedUse:
    record: InvoiceRecord
    amount_minor: int


@dataclass(frozen=True)
class DraftRequest:
    """What a supplier asks for. Dates left out are taken from the invoices; ``settler`` 0 = receipts only."""

    originator: int
    obligor: int
    maturity: date
    uses: tuple[Use, ...]
    settler: int = 0
    issued_on: date | None = None
    delivered_on: date | None = None
    accepted_on: date | None = None


def require_obligor(session: Session, context: Context, request: DraftRequest) -> None:
    if request.obligor == request.originator:
        raise ObligorIsOriginator(
            "The obligor must be another party than the supplier.", party=request.obligor
        )
    obligor = require_active(session, context, request.obligor)
    require_role(obligor, Role.OBLIGOR)
    if obligor.flags & PartyFlag.BARRED:
        raise refusal("ObligorBarred", obligor=request.obligor)


def require_settler(session: Session, context: Context, request: DraftRequest) -> None:
    if request.settler == 0:
        return
    if request.settler == request.obligor:
        raise SettlerInvalid("An obligor cannot record its own payments.", settler=request.settler)
    require_role(require_active(session, context, request.settler), Role.SETTLER)


def require_dates(session: Session, context: Context, request: DraftRequest) -> None:
    """Maturity ahead and within the contract's longest tenor; delivery before acceptance before maturity."""
    today = context.clock.now().date()
    if request.maturity <= today:
        raise MaturityPassed(
            f"{request.maturity} is not ahead of today.", maturity=request.maturity.isoformat()
        )
    limits = parties.limits(session)
    if limits is not None and request.maturity > today + timedelta(days=limits.max_tenor_days):
        raise TenorTooLong(
            f"The maturity may lie at most {limits.max_tenor_days} days ahead.",
            maturity=request.maturity.isoformat(),
            max_tenor_days=limits.max_tenor_days,
        )
    given = [one for one in (request.issued_on, request.delivered_on, request.accepted_on) if one]
    if given and not dates_follow(
        request.issued_on or min(given),
        request.delivered_on or min(given),
        request.accepted_on or max(given),
        request.maturity,
    ):
        raise DatesDisagree("Delivery comes before acceptance, and both before maturity.")


def resolve_uses(session: Session, *, originator: int, obligor: int, uses: list[Use]) -> list[ResolvedUse]:
    """Each invoice with the amount taken of it, or the refusal that says why not."""
    if not uses:
        raise NoInvoices("Name the invoices the receivable rests on.")
    if len(uses) > MAX_INVOICES or len({use.invoice for use in uses}) != len(uses):
        raise TooManyInvoices(f"Name at most {MAX_INVOICES} invoices, each once.", invoices=len(uses))
    # From here on nobody else uses or corrects them: what is read below holds until the end of the unit of work.
    corrections.hold(session, {each for use in uses for each in _family(session, use.invoice)})
    sellers = {one.parts for one in parties.identifiers_of(session, originator)}
    buyers = {one.parts for one in parties.identifiers_of(session, obligor)}
    resolved: list[ResolvedUse] = []
    for use in uses:
        record = invoices.invoice_by_id(session, use.invoice)
        _require_fitting(record, originator, sellers, buyers)
        if resolved and resolved[0].record.currency != record.currency:
            raise CurrencyMismatch(
                f"Invoice {record.number} is in {currency(record.currency).code}, the others in "
                f"{currency(resolved[0].record.currency).code}.",
                invoice=record.id,
            )
        resolved.append(ResolvedUse(record, _amount(session, record, use.amount_minor)))
    return resolved


def _require_fitting(
    record: InvoiceRecord,
    originator: int,
    sellers: set[tuple[str, str]],
    buyers: set[tuple[str, str]],
) -> None:
    if record.uploader_party != originator:
        raise InvoiceNotYours(
            f"Invoice {record.id} was not uploaded by party {originator}.", invoice=record.id
        )
    if not record.is_accepted:
        raise InvoiceBlocked(
            f"Invoice {record.number} contradicts, doubles or was replaced by another one: see what is decided of it.",
            invoice=record.id,
        )
    if record.document_class == "credit_note":
        raise CreditNoteRefused(f"{record.number} is a credit note.", invoice=record.id)
    if not _parts(record.seller_ids) & sellers:
        raise SellerMismatch(
            f"Invoice {record.number} was issued by another seller than party {originator}.",
            invoice=record.id,
        )
    if not _parts(record.buyer_ids) & buyers:
        raise BuyerMismatch(
            f"Invoice {record.number} was issued to another buyer than the obligor.", invoice=record.id
        )
    if not record.entries:
        raise NoOfficialIdentity(
            f"Invoice {record.number} names no tax identifier of its seller, so it cannot be told from others.",
            invoice=record.id,
        )


def _family(session: Session, invoice: str) -> frozenset[str]:
    return family_of(session, invoices.invoice_by_id(session, invoice).id)


def _amount(session: Session, record: InvoiceRecord, asked: int | None) -> int:
    worth = capacity(session, record)
    unfinished = [one for kind in REGISTERING for one in acts.unfinished_ids(session, kind)]
    waiting = sum(queries.used_by_waiting_drafts(session, one, unfinished) for one in worth.family)
    left = remaining_minor(worth.cap_minor, worth.used_minor, waiting)
    unit = currency(record.currency)
    if asked is not None and asked <= 0:
        raise AmountNotPositive(f"Take more than zero of invoice {record.number}.", invoice=record.id)
    if left == 0 or (asked is not None and asked > left):
        if worth.is_lowered:
            raise over_capacity(session, record, left)
        raise OverInvoiceCap(
            f"Of invoice {record.number} {Money(left, unit)} are left to use of {Money(record.cap_minor, unit)}.",
            invoice=record.id,
            left_minor=left,
            cap_minor=record.cap_minor,
        )
    return left if asked is None else asked


def _parts(identifiers: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(one["country"], one["value"]) for one in identifiers}
