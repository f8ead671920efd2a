"""One document becomes a record, a duplicate or a conflict: everything that is decided in its transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices import near, queries
from registry.invoices.corrections import link_corrections
from registry.invoices.entries import Entry, enter
from registry.invoices.identity import is_official
from registry.invoices.model import SELLERS_OWN, InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.invoices.near_score import Suspicion
from registry.invoices.records import Document, to_known, to_record
from registry.invoices.rules import Decision, Known, Outcome, decide
from registry.invoices.verification.checks import check
from registry.invoices.verification.findings import Finding
from registry.invoices.verification.records import keep_examination
from registry.kit.clock import Clock
from registry.kit.identifiers import TaxId

IdSource = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who brings the document: ``party`` its number, ``identifiers`` those the registry knows it by."""

    party: int
    identifiers: tuple[TaxId, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a document.

    ``id`` of the record kept (None for a duplicate: nothing is stored) · ``of`` the record it duplicates,
    contradicts or resembles, named only where the uploader brought that one too · ``reason`` a stable code ·
    ``is_partial`` only some fields could be compared · ``fingerprints`` hex of 32 bytes each, for the chain.
    ``doubts`` what looks wrong in it, in stable words · ``suspicions`` why it may be another invoice once more, best
    first; ``of`` is empty there for what somebody else brought.
    """

    outcome: Outcome
    reason: str
    id: str | None = None
    of: str | None = None
    is_partial: bool = False
    fingerprints: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()


def register_within(
    session: Session,
    document: Document,
    uploader: Uploader,
    fingerprint_keys: Sequence[FingerprintKey],
    clock: Clock,
    ids: IdSource,
    findings: tuple[Finding, ...] = (),
) -> Registered:
    """Register one document in the caller's transaction; may be called for several, one after the other.

    Raises IntegrityError where others registered the same keys meanwhile: decide again in a new transaction.
    """
    scopes = [SELLERS_OWN, uploader.party]
    entries = enter(document.legal, document.tag, fingerprint_keys)
    keys = [one.key for one in entries]
    sharing = [to_known(one) for one in queries.sharing_a_key(session, scopes, keys)]
    decision = decide(document.tag, document.gist, document.sha256, sharing)
    if decision.outcome is Outcome.DUPLICATE:
        of = _named(session, decision.of, uploader)
        if document.gist.sellers and [one.invoice_id for one in sharing if not one.gist.sellers] == [of]:
            _complete(session, sharing, document, entries, uploader)
        return Registered(decision.outcome, str(decision.reason), of=of, is_partial=decision.is_partial)
    scope = scope_of(_official(document), uploader)
    raised = near.raise_suspicions(
        session, document, decision, uploader.party, is_sellers_own=scope == SELLERS_OWN
    )
    decision = near.with_suspicions(decision, raised)
    record = to_record(document, entries, decision, uploader.party, scope)
    record.id, record.created_at = ids("inv"), clock.now()
    found = findings or check(document.invoice, clock.now().date())
    examination = keep_examination(record, ids("ver"), found)
    session.add(record)
    session.flush()
    session.add(examination)
    _occupy(session, InvoiceKey if record.is_accepted else InvoiceBlockedKey, record.id, entries, uploader)
    near.keep(session, record, document, raised, ids)
    session.flush()
    link_corrections(session, record, uploader.identifiers, clock, ids)
    return Registered(
        decision.outcome,
        str(decision.reason),
        id=record.id,
        of=_named(session, decision.of, uploader),
        fingerprints=tuple(record.entries),
        doubts=tuple(record.doubts),
        suspicions=tuple(one.told for one in raised if not one.is_hidden),
    )


def scope_of(owners: Iterable[TaxId | None], uploader: Uploader) -> int:
    """0 where the uploader has every identifier of ``owners``, else its own party number.

    Another party's upload must never block the seller's own: were one identifier enough, a forged document
    that names both the forger and its victim as seller would occupy the victim's keys.
    """
    own = {one.parts for one in uploader.identifiers}
    named = [one is not None and one.parts in own for one in owners]
    return SELLERS_OWN if named and all(named) else uploader.party


def _named(session: Session, invoice_id: str | None, uploader: Uploader) -> str | None:
    if invoice_id is None or queries.invoice_by_id(session, invoice_id).uploader_party != uploader.party:
        return None
    return invoice_id


def _complete(
    session: Session, sharing: list[Known], document: Document, entries: list[Entry], uploader: Uploader
) -> None:
    """Let the uploader's record that names no seller (a QR code) say what the document does, which is its duplicate: so
    the record that is here is good for a receivable. Only where it is alone with its keys."""
    if len(sharing) > 1 or sharing[0].is_blocked:
        return
    record = queries.invoice_by_id(session, sharing[0].invoice_id)
    near.leave_blocks(session, record)
    decision = Decision(Outcome(record.outcome), record.reason, record.of_invoice_id)
    fuller = to_record(document, entries, decision, uploader.party, scope_of(_official(document), uploader))
    fuller.doubts = record.doubts
    for column in set(InvoiceRecord.__table__.columns.keys()) - {"id", "created_at"}:
        setattr(record, column, getattr(fuller, column))
    keys = [one.key for one in entries]
    session.execute(delete(InvoiceKey).where(InvoiceKey.invoice_id == record.id, InvoiceKey.key.in_(keys)))
    _occupy(session, InvoiceKey, record.id, entries, uploader)
    near.enter_blocks(session, record, document)


def _occupy(
    session: Session,
    table: type[InvoiceKey | InvoiceBlockedKey],
    invoice_id: str,
    entries: list[Entry],
    uploader: Uploader,
) -> None:
    session.add_all(
        table(
            invoice_id=invoice_id,
            key=one.key,
            scope=scope_of([one.owner], uploader),
            version=one.version,
            check_key=one.check_key,
            contents=one.contents,
        )
        for one in entries
    )
    session.flush()


def _official(document: Document) -> list[TaxId]:
    return [one for one in document.invoice.seller.identifiers if is_official(one)]
