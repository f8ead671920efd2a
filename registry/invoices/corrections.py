"""Corrections find the invoices they name, whichever of the two comes first, and a person decides what is unclear."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from sqlalchemy.orm import Session

from registry.invoices import correction_queries as queries
from registry.invoices import queries as invoices
from registry.invoices.chains import (
    MAX_REFERENCES,
    Candidate,
    Doubt,
    Kind,
    Resolved,
    Standing,
    correcting,
    resolve,
)
from registry.invoices.errors import CorrectionUnclear
from registry.invoices.model import SELLERS_OWN, CorrectionDecision, InvoiceCorrection, InvoiceRecord
from registry.kit.clock import Clock
from registry.kit.identifiers import TaxId, normalize
from registry.relay.context import Context

WITNESS = "corrections"  # in a database's info: called for what comes to stand, within the same unit of work
AUTHORITY = "authority"

IdSource = Callable[[str], str]
Witness = Callable[[Session, InvoiceCorrection], object]


def link_corrections(
    session: Session, record: InvoiceRecord, owners: Iterable[TaxId], clock: Clock, ids: IdSource
) -> None:
    """A document was just taken in: link it to those it corrects, and those to it that named it before it came.

    ``owners``: the uploader's identifiers. Only its seller's own corrections count; a stranger's is kept for a person
    to look at. Belongs into the unit of work that takes the document in.
    """
    if not record.is_accepted:
        return
    references = list(_references(record, owners, clock, ids))
    known = {one.reference: one for one in queries.made_by(session, record.id)} if references else {}
    for made in references:
        found = known.get(made.reference)
        if found is None:
            session.add(made)
            found = made
        if not found.is_decided:
            _settle(session, found, record)
    names = {record.number_plain, record.official_plain} - {""}
    for named in queries.open_references(session, names, record.uploader_party):
        if named.correcting is not None and named.correcting != record.id:
            _settle(session, named, invoices.invoice_by_id(session, named.correcting))


def unlink_corrections(session: Session, record: InvoiceRecord) -> None:
    """A document was found to be another one once more: what it corrects is corrected already. Accepted again, it
    is linked again; what a person decided of its corrections stays."""
    for made in queries.made_by(session, record.id):
        if not made.is_decided:
            _apply(session, made, Resolved(Standing.DISMISSED, made.corrected))


def correct_by_finding(
    session: Session, invoice: str, *, finding: str, number: str = "", clock: Clock, ids: IdSource
) -> InvoiceCorrection:
    """An authority says that an invoice is void or was reversed (``void``, ``red_letter``): nothing rests on it any
    more. ``number`` is what people call it. Told twice, it is kept once. Raises InvoiceUnknown."""
    record = invoices.invoice_by_id(session, invoice)
    origin = f"{AUTHORITY}:{finding}"
    known = queries.by_origin(session, origin, record.id)
    if known is not None:
        if not known.is_decided:
            _apply(session, known, Resolved(Standing.STANDS, record.id))
        return known
    found = InvoiceCorrection(
        id=ids("cor"),
        origin=origin,
        reference=record.id,
        number=number or finding,
        correcting=None,
        corrected=None,
        party=0,
        is_own=False,
        kind=Kind.CANCELLATION.value,
        amount_minor=None,
        currency=record.currency,
        issued_on=clock.now().date(),
        standing=Standing.WAITING.value,
        doubt=Doubt.NONE.value,
        is_decided=False,
        created_at=clock.now(),
    )
    session.add(found)
    _apply(session, found, Resolved(Standing.STANDS, record.id))
    return found


def withdraw_finding(session: Session, invoice: str, finding: str) -> None:
    """The authority says otherwise now; what a person decided of its earlier word stays."""
    known = queries.by_origin(session, f"{AUTHORITY}:{finding}", invoice)
    if known is not None and not known.is_decided:
        _apply(session, known, Resolved(Standing.DISMISSED, known.corrected))


def decide_correction(
    context: Context, correction_id: str, *, stands: bool, why: str, by: str, invoice: str | None = None
) -> InvoiceCorrection:
    """The operator records that a correction concerns something else, or that it does stand, of ``invoice`` where
    that was not clear. Either can be taken back by deciding anew; every decision is kept.

    Raises CorrectionNotFound, InvoiceUnknown, CorrectionUnclear.
    """
    with context.database.write() as session:
        found = queries.correction(session, correction_id, to_change=True)
        target = _target(session, found, invoice) if stands else found.corrected
        verdict = Standing.STANDS if stands else Standing.DISMISSED
        session.add(
            CorrectionDecision(
                correction=found.id,
                number=queries.last_decision(session, found.id) + 1,
                standing=verdict.value,
                invoice=target,
                why=why,
                by=by,
                at=context.clock.now(),
            )
        )
        found.is_decided = True
        _apply(session, found, Resolved(verdict, target))
        return found


def _target(session: Session, found: InvoiceCorrection, invoice: str | None) -> str:
    named = invoice or found.corrected
    if named is None:
        raise CorrectionUnclear("Name the invoice that it corrects.", correction=found.id)
    record = invoices.invoice_by_id(session, named)
    if record.id == found.correcting or not record.is_accepted:
        raise CorrectionUnclear(f"It cannot correct {record.number}.", correction=found.id, invoice=record.id)
    if record.currency != found.currency and found.amount_minor is not None:
        raise CorrectionUnclear(
            f"Invoice {record.number} is in another currency: its amount cannot be taken off.",
            correction=found.id,
            invoice=record.id,
        )
    return record.id


def _references(
    record: InvoiceRecord, owners: Iterable[TaxId], clock: Clock, ids: IdSource
) -> Iterator[InvoiceCorrection]:
    """One for each number the document says it corrects; a credit note that names none has one without."""
    said = correcting(record.document_class, record.gross_minor, record.payable_minor)
    if said is None:
        return
    numbers = {normalize(one) for one in record.parsed["preceding"][:MAX_REFERENCES]}
    named = sorted(numbers - {""})
    if not named and said.kind is Kind.CREDIT_NOTE:
        named = [""]
    own = {one.parts for one in owners}
    is_own = record.scope == SELLERS_OWN or any(
        (one["country"], one["value"]) in own for one in record.seller_ids
    )
    for number in named:
        yield InvoiceCorrection(
            id=ids("cor"),
            origin=record.id,
            reference=number,
            number=record.number,
            correcting=record.id,
            corrected=None,
            party=record.uploader_party,
            is_own=is_own,
            kind=said.kind.value,
            amount_minor=said.amount_minor,
            currency=record.currency,
            issued_on=record.issued_on,
            standing=Standing.WAITING.value,
            doubt=Doubt.NONE.value,
            is_decided=False,
            created_at=clock.now(),
        )


def _settle(session: Session, found: InvoiceCorrection, by: InvoiceRecord) -> None:
    """Find what a correction means among what is here by now."""
    if not found.reference:
        _apply(session, found, Resolved(Standing.DOUBTFUL, doubt=Doubt.NAMES_NONE))
        return
    sellers = set(by.gist["sellers"])
    candidates = [
        Candidate(one.id, one.document_class == "credit_note", one.issued_on, one.currency)
        for one in queries.with_number(session, found.reference, party=found.party if found.is_own else None)
        if one.id != by.id and sellers & set(one.gist["sellers"])
    ]
    linked = found.corrected if found.standing == Standing.STANDS.value else None
    resolved = resolve(candidates, found.issued_on, found.currency, linked)
    if not found.is_own and resolved.standing is Standing.STANDS:
        resolved = Resolved(Standing.DOUBTFUL, resolved.corrected, Doubt.STRANGER)
    _apply(session, found, resolved)


def _apply(session: Session, found: InvoiceCorrection, resolved: Resolved) -> None:
    """Write down what a correction means, and tell the witness where it now lowers something."""
    is_new = (found.standing, found.corrected) != (resolved.standing.value, resolved.corrected)
    if resolved.corrected is not None:
        queries.hold(session, [resolved.corrected])
    found.standing = resolved.standing.value
    found.corrected = resolved.corrected
    found.doubt = resolved.doubt.value
    session.flush()
    witness = cast("Witness | None", session.info.get(WITNESS))
    if witness is not None and is_new and resolved.standing is Standing.STANDS:
        witness(session, found)
