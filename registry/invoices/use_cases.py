"""The acts of the invoices area: read a file, register an invoice, screen a folder."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices import queries
from registry.invoices.detect import MAX_FILE_BYTES, Found, documents_in
from registry.invoices.errors import InvoiceRaced, SeveralInvoicesInside
from registry.invoices.identity import is_official
from registry.invoices.invoice import Invoice
from registry.invoices.model import SELLERS_OWN, TABLES, InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.invoices.records import Document, prepare, printable, to_known, to_record
from registry.invoices.rules import Decision, Known, Outcome, Reason, decide
from registry.kit.clock import Clock, SystemClock
from registry.kit.errors import Refusal, Unavailable
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


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one document of a file: ``done``, or ``refusal`` where it was not taken at all.

    ``document`` is its place in the file ``name``, from 0; ``inside`` its own name in an archive.
    """

    name: str
    document: int = 0
    inside: str = ""
    done: Registered | None = None
    refusal: Refusal | None = None

    @property
    def label(self) -> str:
        """What people call it: its file, in an archive its own name, else from the second on its place."""
        if self.inside:
            return f"{self.name}/{self.inside}"
        return f"{self.name} #{self.document + 1}" if self.document else self.name


def read_file(content: bytes, name: str) -> Iterator[Found]:
    """Every document of one file, in order, or why it cannot be read. ``name`` serves the refusals' text only.

    Each refusal is a subclass of UnreadableInvoice, with ``file`` among its fields; none is raised.
    """
    for found in documents_in(content):
        if found.refusal is not None:
            found.refusal.fields["file"] = _label(name, found)
        yield found


def read_invoice(content: bytes, name: str) -> list[Invoice]:
    """The invoices in one file, in order. Raises the first refusal of ``read_file``."""
    return [_readable(found) for found in read_file(content, name)]


def register_invoice(
    uow: Database,
    *,
    content: bytes,
    name: str,
    uploader: Uploader,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
) -> Registered:
    """Register the invoice of a file that has one: in one transaction with all its keys, or not at all.

    ``ids`` makes an id from a prefix. Raises the refusals of ``read_file``, of money, NoIdentity, InvoiceRaced where
    others keep registering the same keys, and SeveralInvoicesInside.
    """
    found = list(read_file(content, name))
    if len(found) > 1:
        raise SeveralInvoicesInside("Register the documents of this file one by one.", file=name)
    return _register_found(uow, found[0], name, uploader, fingerprint_key, clock, ids)


def register_file(
    uow: Database,
    *,
    content: bytes,
    name: str,
    uploader: Uploader,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
) -> list[Brought]:
    """Register every document of a file, each like ``register_invoice``: one that is refused stops no other.

    Raises Unavailable where the registry itself fails; what was registered before stays.
    """
    brought = []
    for place, found in enumerate(read_file(content, name)):
        one = Brought(name, place, found.name)
        try:
            done = _register_found(uow, found, name, uploader, fingerprint_key, clock, ids)
        except Unavailable:
            raise
        except Refusal as refusal:
            brought.append(replace(one, refusal=refusal))
        else:
            brought.append(replace(one, done=done))
    return brought


def _register_found(
    uow: Database,
    found: Found,
    name: str,
    uploader: Uploader,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
) -> Registered:
    return register_document(
        uow,
        invoice=_readable(found),
        content_sha256=found.sha256,
        name=_label(name, found),
        uploader=uploader,
        fingerprint_key=fingerprint_key,
        clock=clock,
        ids=ids,
    )


def _readable(found: Found) -> Invoice:
    """The invoice, or its refusal raised."""
    if found.invoice is None:
        assert found.refusal is not None
        raise found.refusal
    return found.invoice


def _label(name: str, found: Found) -> str:
    """What people call a document: the file's name, and in an archive its own."""
    return f"{name}/{found.name}" if found.name else name


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
) -> Registered:
    """Register an invoice that was read already. Raises the refusals of identity and money, and InvoiceRaced."""
    document = prepare(invoice, name, content_sha256, fingerprint_key)
    for _ in range(MAX_ATTEMPTS):
        try:
            with uow.write() as session:
                return _register(session, document, uploader, clock, ids)
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
            brought = register_file(
                registry,
                content=content,
                name=name,
                uploader=Uploader(party=1),
                fingerprint_key=key,
                clock=SystemClock(),
                ids=ids,
            )
            for one in brought:
                if one.done is None:
                    assert one.refusal is not None
                    yield _row(name, one.document, Outcome.REFUSED, one.refusal.code)
                    continue
                done = one.done
                if done.id:
                    places[done.id] = {"file": name, "document": one.document}
                yield _row(
                    name, one.document, done.outcome, done.reason, places[done.of] if done.of else None
                )
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
    session: Session, document: Document, uploader: Uploader, clock: Clock, ids: IdSource
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
        if document.gist.sellers and [one.invoice_id for one in sharing if not one.gist.sellers] == [of]:
            _complete(session, sharing, document, uploader)
        return Registered(decision.outcome, decision.reason.value, of=of, is_partial=decision.is_partial)
    record = to_record(document, decision, uploader.party, _scope(_official(document), uploader))
    record.id, record.created_at = ids("inv"), clock.now()
    session.add(record)
    session.flush()
    table = InvoiceKey if decision.outcome in _ACCEPTED else InvoiceBlockedKey
    _occupy(session, table, record.id, document, uploader)
    return Registered(
        decision.outcome,
        decision.reason.value,
        id=record.id,
        of=of,
        fingerprints=document.fingerprints,
        doubts=tuple(record.doubts),
    )


def _complete(session: Session, sharing: list[Known], document: Document, uploader: Uploader) -> None:
    """Let the uploader's record that names no seller (a QR code) say what the document does, which is its duplicate: so
    the record that is here is good for a receivable. Only where it is alone with its keys."""
    if len(sharing) > 1 or sharing[0].is_blocked:
        return
    record = queries.invoice_by_id(session, sharing[0].invoice_id)
    decision = Decision(Outcome(record.outcome), Reason(record.reason), record.of_invoice_id)
    fuller = to_record(document, decision, uploader.party, _scope(_official(document), uploader))
    for column in set(InvoiceRecord.__table__.columns.keys()) - {"id", "created_at"}:
        setattr(record, column, getattr(fuller, column))
    keys = [key for key, _ in document.keys]
    session.execute(delete(InvoiceKey).where(InvoiceKey.invoice_id == record.id, InvoiceKey.key.in_(keys)))
    _occupy(session, InvoiceKey, record.id, document, uploader)


def _occupy(
    session: Session,
    table: type[InvoiceKey | InvoiceBlockedKey],
    invoice_id: str,
    document: Document,
    uploader: Uploader,
) -> None:
    session.add_all(
        table(invoice_id=invoice_id, key=key, scope=_scope([owner], uploader)) for key, owner in document.keys
    )
    session.flush()


def _official(document: Document) -> list[TaxId]:
    return [one for one in document.invoice.seller.identifiers if is_official(one)]


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
