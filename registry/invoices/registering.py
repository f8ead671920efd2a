"""Documents become records, duplicates or conflicts: everything that is decided in their transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices import near, queries
from registry.invoices.at_hand import AtHand, Coming
from registry.invoices.chains import correcting
from registry.invoices.corrections import link_corrections
from registry.invoices.entries import Entry, enter
from registry.invoices.identity import is_official
from registry.invoices.model import (
    SELLERS_OWN,
    InvoiceBlock,
    InvoiceBlockedKey,
    InvoiceKey,
    InvoiceRecord,
    InvoiceSuspicion,
    InvoiceVerification,
    in_order,
)
from registry.invoices.near_score import Suspicion
from registry.invoices.records import Document, to_row
from registry.invoices.rules import Decision, Known, Outcome, decide
from registry.invoices.verification.checks import check
from registry.invoices.verification.records import doubts_of, examination_row
from registry.kit.clock import Clock
from registry.kit.identifiers import TaxId
from registry.storage.base import Base

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


# Of so many documents what they are compared with is held at once.
LOOK_AHEAD = 50


def register_all(
    session: Session,
    documents: Sequence[Document],
    uploader: Uploader,
    fingerprint_keys: Sequence[FingerprintKey],
    clock: Clock,
    ids: IdSource,
) -> list[Registered]:
    """Register documents in the caller's transaction, one after the other: each meets those before it as if it had
    come alone. What they are compared with is asked, and what becomes of them written, for many at once.

    Raises IntegrityError where others registered the same keys meanwhile: decide again in a new transaction.
    """
    done: list[Registered] = []
    while len(done) < len(documents):
        some = documents[len(done) : len(done) + LOOK_AHEAD]
        batch = [Coming.of(one, enter(one.legal, one.tag, fingerprint_keys)) for one in some]
        done += _Registrar(session, uploader, clock, ids, batch).register()
    return done


class _Registrar:
    """Registers one batch. Rows wait to be written together, until somebody has to find them in the database."""

    def __init__(
        self, session: Session, uploader: Uploader, clock: Clock, ids: IdSource, batch: Sequence[Coming]
    ) -> None:
        self._session, self._uploader, self._clock, self._ids = session, uploader, clock, ids
        self._batch = batch
        self._at_hand = AtHand(session, uploader.party, batch)
        self._waiting: dict[type[Base], list[dict[str, Any]]] = {table: [] for table in _WRITTEN}

    def register(self) -> list[Registered]:
        """What became of them, in order; it ends early where a record changed that others are compared with."""
        done = []
        for coming in self._batch:
            sharing = self._at_hand.sharing(coming)
            document = coming.document
            known = [one.known for one in sharing]
            decision = decide(document.tag, document.gist, document.sha256, known)
            if decision.outcome is not Outcome.DUPLICATE:
                done.append(self._keep(coming, decision))
                continue
            of = self._named(decision.of)
            done.append(
                Registered(decision.outcome, str(decision.reason), of=of, is_partial=decision.is_partial)
            )
            silent = [one.invoice_id for one in known if not one.gist.sellers]
            if document.gist.sellers and silent == [of] and self._complete(known, coming):
                break
        self._write()
        return done

    def _keep(self, coming: Coming, decision: Decision) -> Registered:
        """Put a document that is no duplicate among the rows to be written."""
        document, party = coming.document, self._uploader.party
        scope = scope_of(_official(document), self._uploader)
        raised = near.raise_suspicions(
            self._at_hand, coming, decision, party, is_sellers_own=scope == SELLERS_OWN
        )
        decision = near.with_suspicions(decision, raised)
        row = to_row(document, coming.entries, decision, party, scope)
        invoice_id, now = self._ids("inv"), self._clock.now()
        found = document.findings or check(document.invoice, now.date())
        row |= {"id": invoice_id, "created_at": now, "doubts": doubts_of(found)}
        blocks = near.block_rows(document.portrait, invoice_id, scope)
        wait = self._waiting
        wait[InvoiceRecord].append(row)
        wait[InvoiceVerification].append(
            examination_row(self._ids("ver"), invoice_id, document.sha256, found, now)
        )
        wait[InvoiceKey if decision.outcome.is_accepted else InvoiceBlockedKey] += _key_rows(
            invoice_id, coming.entries, self._uploader
        )
        wait[InvoiceSuspicion] += near.suspicion_rows(raised, invoice_id, party, now, self._ids)
        wait[InvoiceBlock] += blocks
        self._at_hand.take(coming, invoice_id, scope, decision.outcome, now, [one["block"] for one in blocks])
        if decision.outcome.is_accepted:
            self._link(coming, row)
        return Registered(
            decision.outcome,
            str(decision.reason),
            id=invoice_id,
            of=self._named(decision.of),
            fingerprints=tuple(in_order(row["fingerprints"])),
            doubts=tuple(row["doubts"]),
            suspicions=tuple(one.told for one in raised if not one.is_hidden),
        )

    def _link(self, coming: Coming, row: dict[str, Any]) -> None:
        """Corrections are looked for in the database, where one may be meant: by then all has to be there."""
        said = correcting(row["document_class"], row["gross_minor"], row["payable_minor"])
        if said is not None or self._at_hand.is_named(coming):
            self._write()
            record = InvoiceRecord(**row)
            link_corrections(self._session, record, self._uploader.identifiers, self._clock, self._ids)

    def _named(self, invoice_id: str | None) -> str | None:
        """An id only where the uploader brought that one too."""
        if invoice_id is None:
            return None
        (kept,) = self._at_hand.kept([invoice_id])
        return invoice_id if kept.party == self._uploader.party else None

    def _complete(self, sharing: Sequence[Known], coming: Coming) -> bool:
        """Let the uploader's record that names no seller (a QR code) say what the document does, which is its
        duplicate: so the record that is here is good for a receivable. Only where it is alone with its keys."""
        if len(sharing) > 1 or sharing[0].is_blocked:
            return False
        self._write()
        session, document, entries = self._session, coming.document, coming.entries
        record = queries.invoice_by_id(session, sharing[0].invoice_id)
        near.leave_blocks(session, record)
        decision = Decision(Outcome(record.outcome), record.reason, record.of_invoice_id)
        scope = scope_of(_official(document), self._uploader)
        fuller = to_row(document, entries, decision, self._uploader.party, scope)
        for column, value in fuller.items():
            setattr(record, column, value)
        keys = [one.key for one in entries]
        session.execute(
            delete(InvoiceKey).where(InvoiceKey.invoice_id == record.id, InvoiceKey.key.in_(keys))
        )
        session.flush()
        self._waiting[InvoiceKey] += _key_rows(record.id, entries, self._uploader)
        self._waiting[InvoiceBlock] += near.block_rows(document.portrait, record.id, scope)
        return True

    def _write(self) -> None:
        connection = self._session.connection()
        for table, rows in self._waiting.items():
            if rows:
                connection.execute(insert(table), rows)
                rows.clear()


# Each after what it refers to.
_WRITTEN = (InvoiceRecord, InvoiceVerification, InvoiceKey, InvoiceBlockedKey, InvoiceSuspicion, InvoiceBlock)


def scope_of(owners: Iterable[TaxId | None], uploader: Uploader) -> int:
    """0 where the uploader has every identifier of ``owners``, else its own party number.

    Another party's upload must never block the seller's own: were one identifier enough, a forged document
    that names both the forger and its victim as seller would occupy the victim's keys.
    """
    own = {one.parts for one in uploader.identifiers}
    named = [one is not None and one.parts in own for one in owners]
    return SELLERS_OWN if named and all(named) else uploader.party


def _key_rows(invoice_id: str, entries: Iterable[Entry], uploader: Uploader) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": invoice_id,
            "key": one.key,
            "scope": scope_of([one.owner], uploader),
            "version": one.version,
            "check_key": one.check_key,
            "contents": one.contents,
        }
        for one in entries
    ]


def _official(document: Document) -> list[TaxId]:
    return [one for one in document.invoice.seller.identifiers if is_official(one)]
