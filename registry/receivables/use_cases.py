"""The acts that bring a receivable about: prepare, register, confirm, issue. How it ends is in ``endings``."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.chain.messages import (
    Confirmation,
    Consent,
    InvoiceEntry,
    Registration,
    Terms,
    keccak256,
    pack_invoices,
    unpack_invoices,
)
from registry.chain.words import GradedState, ReceivableStatus, Role, Scope
from registry.kit.clock import midnight
from registry.parties import queries as parties
from registry.parties.consents import require_active, require_consent, require_role
from registry.receivables import queries
from registry.receivables.checks import (
    DraftRequest,
    ResolvedUse,
    Use,
    require_dates,
    require_obligor,
    require_settler,
    resolve_uses,
)
from registry.receivables.errors import (
    AlreadySubmitted,
    ConfirmationPeriodOver,
    DatesDisagree,
    DraftOutdated,
    NotAwaitingConfirmation,
)
from registry.receivables.exposure import require_uncorrected
from registry.receivables.model import Draft, DraftInvoice, Receivable
from registry.receivables.rules import document_leaves, leaf_hash, merkle_root
from registry.receivables.rulings import judge_receivable
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.model import Act
from registry.relay.refusals import refusal
from registry.relay.use_cases import enqueue_act
from registry.rules.evaluate import Finding

FIRST_YEAR = 1970  # the chain counts seconds from there


@dataclass(frozen=True)
class Prepared:
    """A draft: its id (0x, 16 digits), the terms that supplier and obligor will sign, and what soft rules say."""

    receivable: str
    terms: Terms
    warnings: tuple[Finding, ...] = ()


def prepare_receivable(context: Context, request: DraftRequest) -> Prepared:
    """Check a receivable against every rule and keep it as a draft for its supplier to sign.

    Every invoice's seller must be the originator, its buyer the obligor, its currency the receivable's; it is no
    credit note and not blocked; together they are the face; maturity lies ahead. One code for each refusal;
    rule_blocks where a hard rule of the chosen packs forbids it.
    """
    with context.database.write() as session:
        require_open(session)
        originator = require_active(session, context, request.originator)
        require_role(originator, Role.SUPPLIER)
        require_obligor(session, context, request)
        require_settler(session, context, request)
        require_dates(session, context, request)
        uses = resolve_uses(
            session, originator=request.originator, obligor=request.obligor, uses=list(request.uses)
        )
        documents = _documents(context, uses)
        packed = pack_invoices([_entry(use) for use in uses])
        terms = _terms(context, request, uses, documents, packed)
        draft = Draft(
            receivable=receivable_id(terms),
            commitment="0x" + terms.struct_hash.hex(),
            originator=request.originator,
            obligor=request.obligor,
            terms=terms.as_json(),
            packed_invoices="0x" + packed.hex(),
            documents=[[salt.hex(), field, value] for salt, field, value in documents],
            created_at=context.clock.now(),
        )
        session.add(draft)
        session.flush()
        for use in uses:
            session.add(
                DraftInvoice(
                    receivable=draft.receivable, invoice=use.record.id, amount_minor=use.amount_minor
                )
            )
        session.flush()
        warnings = judge_receivable(session, context, "prepare", draft.receivable, terms)
        return Prepared(draft.receivable, terms, warnings)


def registration_message(session: Session, receivable: str) -> Registration:
    """What the originator signs."""
    return Registration(Terms.from_json(queries.draft(session, receivable).terms))


def register_receivable(context: Context, receivable: str, consents: list[Consent]) -> Act:
    """Hand a prepared receivable in with its originator's signature. The invoices' caps are checked again here,
    under the write lock, and once more on chain."""
    with context.database.write() as session:
        require_open(session)
        draft = open_draft(session, receivable)
        terms = Terms.from_json(draft.terms)
        originator = require_active(session, context, terms.originator)
        require_consent(
            session,
            context,
            originator,
            scope=Scope.REGISTER,
            currency=terms.currency,
            amount=terms.face,
            message=Registration(terms),
            consents=consents,
        )
        resolve_draft(session, draft, terms)
        judge_receivable(session, context, "register", receivable, terms)
        act = enqueue_act(
            session,
            context,
            "register",
            f"receivable:{receivable}",
            [terms.as_argument(), bytes.fromhex(draft.packed_invoices[2:])],
            consents,
            actor=terms.originator,
        )
        draft.registered_act = act.id
        return act


def issue_messages(session: Session, receivable: str) -> tuple[Registration, Confirmation]:
    """What the originator and what the obligor signs of a prepared receivable that is issued in one act."""
    terms = registration_message(session, receivable).terms
    return Registration(terms), Confirmation(terms)


def issue_receivable(context: Context, receivable: str, consents: list[Consent]) -> Act:
    """Register and confirm a prepared receivable in one act, led by its obligor: both signatures come together,
    and the originator's is its acceptance (State Council Order 802, art. 11: never without the supplier).

    Raises what ``register_receivable`` and ``confirm_receivable`` raise of a prepared one.
    """
    with context.database.write() as session:
        require_open(session)
        draft = open_draft(session, receivable)
        messages = issue_messages(session, receivable)
        terms = messages[0].terms
        signing = ((terms.originator, Scope.REGISTER), (terms.obligor, Scope.CONFIRM))
        for (number, scope), message in zip(signing, messages, strict=True):
            require_consent(
                session,
                context,
                require_active(session, context, number),
                scope=scope,
                currency=terms.currency,
                amount=terms.face,
                message=message,
                consents=consents,
            )
        resolve_draft(session, draft, terms)
        for act in ("register", "confirm"):
            judge_receivable(session, context, act, receivable, terms)
        issued = enqueue_act(
            session,
            context,
            "registerConfirmed",
            f"receivable:{receivable}",
            [terms.as_argument(), bytes.fromhex(draft.packed_invoices[2:])],
            consents,
            actor=terms.obligor,
        )
        draft.registered_act = issued.id
        return issued


def open_draft(session: Session, receivable: str) -> Draft:
    """A draft that was not handed in, or was refused. Raises ReceivableNotFound, AlreadySubmitted."""
    draft = queries.draft(session, receivable)
    if draft.registered_act is not None and not acts.is_refused(session, draft.registered_act):
        raise AlreadySubmitted(f"Receivable {receivable} was handed in before.", receivable=receivable)
    return draft


def resolve_draft(session: Session, draft: Draft, terms: Terms) -> None:
    """Whether a draft's invoices still give what it takes, and are named by all their entries. Raises as
    ``resolve_uses``, and DraftOutdated."""
    uses = [Use(row.invoice, row.amount_minor) for row in queries.draft_invoices(session, draft.receivable)]
    found = resolve_uses(session, originator=terms.originator, obligor=terms.obligor, uses=uses)
    named = {frozenset(one.fingerprints) for one in unpack_invoices(bytes.fromhex(draft.packed_invoices[2:]))}
    if named != {frozenset(_entry(one).fingerprints) for one in found}:
        raise DraftOutdated(
            "The registry's fingerprint key was exchanged meanwhile; prepare it again.",
            receivable=draft.receivable,
        )


def require_open(session: Session) -> None:
    """Raises no_new_receivables while the ledger takes none."""
    limits = parties.limits(session)
    if limits is not None and limits.state != GradedState.OPEN:
        raise refusal("NoNewReceivables")


def terms_of(record: Receivable) -> Terms:
    """The terms as the chain's registration event showed them."""
    return Terms(
        record.obligor,
        record.originator,
        record.settler,
        record.face,
        record.currency,
        record.maturity,
        record.issued_on,
        record.delivered_on,
        record.accepted_on,
        bytes.fromhex(record.documents_root[2:]),
        bytes.fromhex(record.invoices_hash[2:]),
        bytes.fromhex(record.salt[2:]),
    )


def confirmation_message(session: Session, receivable: str) -> Confirmation:
    """What the obligor signs: the whole terms."""
    return Confirmation(terms_of(queries.receivable(session, receivable)))


def confirm_receivable(context: Context, receivable: str, consents: list[Consent]) -> Act:
    """The obligor confirms that it owes exactly these terms. Raises NotAwaitingConfirmation,
    ConfirmationPeriodOver, InvoiceCorrected, consent refusals, rule_blocks, obligor_barred, quota_exceeded (by the
    chain)."""
    with context.database.write() as session:
        require_open(session)
        record = awaiting(session, context, receivable)
        require_uncorrected(session, record.id)
        terms = terms_of(record)
        obligor = require_active(session, context, terms.obligor)
        require_consent(
            session,
            context,
            obligor,
            scope=Scope.CONFIRM,
            currency=terms.currency,
            amount=terms.face,
            message=Confirmation(terms),
            consents=consents,
        )
        judge_receivable(session, context, "confirm", receivable, terms)
        return enqueue_act(
            session,
            context,
            "confirm",
            f"receivable:{receivable}",
            [terms.as_argument()],
            consents,
            actor=terms.obligor,
        )


def receivable_id(terms: Terms) -> str:
    """A receivable's id as people and tables write it: 0x and 16 hex digits."""
    return f"0x{terms.receivable:016x}"


def lot_id(number: int) -> str:
    """A lot's id as people and tables write it: 0x and 64 hex digits."""
    return f"0x{number:064x}"


def awaiting(session: Session, context: Context, receivable: str, *, even_late: bool = False) -> Receivable:
    """A receivable that its obligor may still decide on. Raises NotAwaitingConfirmation, ConfirmationPeriodOver."""
    record = queries.receivable(session, receivable)
    if record.status != ReceivableStatus.REGISTERED:
        raise NotAwaitingConfirmation(
            f"Receivable {receivable} is {ReceivableStatus(record.status).name.lower()} already.",
            receivable=receivable,
            status=ReceivableStatus(record.status).name.lower(),
        )
    if not even_late and context.now >= record.expires:
        raise ConfirmationPeriodOver(
            f"Receivable {receivable} was to be confirmed earlier; its supplier may register it anew.",
            receivable=receivable,
            expires=record.expires,
        )
    return record


# ---------------------------------------------------------------------- private


def _entry(use: ResolvedUse) -> InvoiceEntry:
    prints = tuple(bytes.fromhex(one) for one in use.record.entries)
    return InvoiceEntry(use.record.cap_minor, use.amount_minor, prints)


def _documents(context: Context, uses: list[ResolvedUse]) -> list[tuple[bytes, str, str]]:
    fields = [
        (f"{place}.{name}", value)
        for place, use in enumerate(uses)
        for name, value in (
            ("sha256", use.record.sha256),
            ("number", use.record.number),
            ("issued_on", use.record.issued_on.isoformat()),
            ("currency", str(use.record.currency)),
            ("payable_minor", str(use.record.payable_minor)),
        )
    ]
    return document_leaves(fields, context.random)


def _terms(
    context: Context,
    request: DraftRequest,
    uses: list[ResolvedUse],
    documents: list[tuple[bytes, str, str]],
    packed: bytes,
) -> Terms:
    issued_on = request.issued_on or max(use.record.issued_on for use in uses)
    delivered_on = request.delivered_on or issued_on
    accepted_on = request.accepted_on or delivered_on
    if min(issued_on, delivered_on).year < FIRST_YEAR or max(issued_on, accepted_on) >= request.maturity:
        raise DatesDisagree(
            f"Invoices of {issued_on} do not back a receivable due {request.maturity}.",
            issued_on=issued_on.isoformat(),
            maturity=request.maturity.isoformat(),
        )
    return Terms(
        obligor=request.obligor,
        originator=request.originator,
        settler=request.settler,
        face=sum(use.amount_minor for use in uses),
        currency=uses[0].record.currency,
        maturity=midnight(request.maturity),
        issued_on=midnight(issued_on),
        delivered_on=midnight(delivered_on),
        accepted_on=midnight(accepted_on),
        documents_root=merkle_root([leaf_hash(*leaf) for leaf in documents]),
        invoices_hash=keccak256(packed),
        salt=context.random(32),
    )
