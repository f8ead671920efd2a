"""The acts of the invoices area: read a file, register an invoice, screen a folder."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices import queries
from registry.invoices.detect import MAX_FILE_BYTES, read_document
from registry.invoices.errors import InvoiceRaced, SeveralInvoicesInside
from registry.invoices.identity import is_official
from registry.invoices.invoice import Invoice
from registry.invoices.model import SELLERS_OWN, TABLES, InvoiceBlockedKey, InvoiceKey
from registry.invoices.records import Document, prepare, printable, to_known, to_record
from registry.invoices.rules import Outcome, decide
from registry.invoices.verification.checks import check
from registry.invoices.verification.examine import Examiner
from registry.invoices.verification.findings import Finding
from registry.invoices.verification.records import keep_examination
from registry.kit.clock import Clock, SystemClock
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.kit.money import currency
from registry.storage.base import Base
from registry.storage.unit_of_work import Database

MAX_ATTEMPTS = 5
_ACCEPTED = (Outcome.NEW, Outcome.REVIEW)

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
    ``doubts`` what looks wrong in it, in stable words.
    """

    outcome: Outcome
    reason: str
    id: str | None = None
    of: str | None = None
    is_partial: bool = False
    fingerprints: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def read_invoice(content: bytes, name: str) -> list[Invoice]:
    """The invoices in one file, in order: one per document. ``name`` serves the refusal's text only.

    Raises a subclass of UnreadableInvoice, with ``file`` among its fields.
    """
    try:
        return [read_document(content)]
    except Refusal as refusal:
        refusal.fields["file"] = name
        raise


def register_invoice(
    uow: Database,
    *,
    content: bytes,
    name: str,
    uploader: Uploader,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None = None,
) -> Registered:
    """Read one invoice and register it: in one transaction with all its keys, or not at all.

    ``ids`` makes an id from a prefix; ``examiner`` looks at the file while it is at hand, by default without trust
    list and official rules. Raises the refusals of ``read_invoice``, of money, NoIdentity, and
    InvoiceRaced where others keep registering the same keys.
    """
    found = read_invoice(content, name)
    if len(found) > 1:
        raise SeveralInvoicesInside("Register the documents of this file one by one.", file=name)
    return register_document(
        uow,
        invoice=found[0],
        content_sha256=sha256(content).hexdigest(),
        name=name,
        uploader=uploader,
        fingerprint_key=fingerprint_key,
        clock=clock,
        ids=ids,
        findings=(examiner or Examiner()).examine(content, found[0], clock.now()),
    )


def register_document(
    uow: Database,
    *,
    invoice: Invoice,
    content_sha256: str,
    name: str,
    uploader: Uploader,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
    findings: tuple[Finding, ...] = (),
) -> Registered:
    """Register an invoice that was read already, with what was found of its file; without, its fields are checked.
    Same refusals as ``register_invoice``."""
    document = prepare(invoice, name, content_sha256, fingerprint_key)
    for _ in range(MAX_ATTEMPTS):
        try:
            with uow.write() as session:
                return _register(session, document, uploader, clock, ids, findings)
        except IntegrityError:
            continue  # somebody else was first with one of the keys: decide again, now knowing it
    raise InvoiceRaced("Try again in a few seconds.", file=name)


def screen(files: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
    """Try documents in order against an empty registry, by the same path as registration; nothing is kept.

    Yields one row per document: ``file``, ``document`` (place in the file, from 0), ``outcome``, ``of``
    (``file`` and ``document`` of the earlier one, or None), ``reason``. To be consumed in one thread.
    """
    places: dict[str, dict[str, Any]] = {}
    numbers = count(1)
    registry = Database("sqlite://")
    key = FingerprintKey.create()

    def ids(prefix: str) -> str:
        return f"{prefix}_{next(numbers):026d}"

    try:
        Base.metadata.create_all(registry.engine, tables=list(TABLES))  # type: ignore[arg-type]
        for name, content in files:
            digest = sha256(content).hexdigest()
            try:
                invoices = read_invoice(content, name)
            except Refusal as refusal:
                yield _row(name, 0, Outcome.REFUSED, refusal.code)
                continue
            for place, invoice in enumerate(invoices):
                try:
                    done = register_document(
                        registry,
                        invoice=invoice,
                        content_sha256=digest,
                        name=name,
                        uploader=Uploader(party=1),
                        fingerprint_key=key,
                        clock=SystemClock(),
                        ids=ids,
                    )
                except Refusal as refusal:
                    yield _row(name, place, Outcome.REFUSED, refusal.code)
                    continue
                if done.id:
                    places[done.id] = {"file": name, "document": place}
                yield _row(name, place, done.outcome, done.reason, places[done.of] if done.of else None)
    finally:
        registry.close()


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file under ``folder``, by relative path in order; no hidden ones, no links.

    Of a file beyond the limit only so much is read that it is refused as too large.
    """
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name in sorted(found):
        path = found[name]
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not path.is_symlink() and not is_hidden:
            with path.open("rb") as file:
                yield printable(name), file.read(MAX_FILE_BYTES + 1)


def _row(
    name: str, place: int, outcome: Outcome, reason: str, of: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"file": name, "document": place, "outcome": outcome.value, "of": of, "reason": reason}


def _register(
    session: Session,
    document: Document,
    uploader: Uploader,
    clock: Clock,
    ids: IdSource,
    findings: tuple[Finding, ...],
) -> Registered:
    scopes = {SELLERS_OWN, uploader.party}
    keys = [key for key, _ in document.keys]
    sharing = [to_known(one) for one in queries.sharing_a_key(session, scopes, keys)]
    alike = queries.near(
        session,
        scopes,
        currency=currency(document.tag.currency).numeric,
        payable_minor=document.gist.payable_minor,
        issued_on=document.gist.issued_on,
        number=document.gist.number,
    )
    decision = decide(document.tag, document.gist, document.sha256, sharing, map(to_known, alike))
    of = _named(session, decision.of, uploader)
    if decision.outcome is Outcome.DUPLICATE:
        return Registered(decision.outcome, decision.reason.value, of=of, is_partial=decision.is_partial)
    official = [one for one in document.invoice.seller.identifiers if is_official(one)]
    record = to_record(document, decision, uploader.party, _scope(official, uploader))
    record.id, record.created_at = ids("inv"), clock.now()
    examination = keep_examination(
        record, ids("ver"), findings or check(document.invoice, clock.now().date())
    )
    session.add(record)
    session.flush()
    session.add(examination)
    table = InvoiceKey if decision.outcome in _ACCEPTED else InvoiceBlockedKey
    session.add_all(
        table(invoice_id=record.id, key=key, scope=_scope([owner], uploader)) for key, owner in document.keys
    )
    session.flush()
    return Registered(
        decision.outcome,
        decision.reason.value,
        id=record.id,
        of=of,
        fingerprints=document.fingerprints,
        doubts=tuple(record.doubts),
    )


def _scope(owners: Iterable[TaxId | None], uploader: Uploader) -> int:
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
