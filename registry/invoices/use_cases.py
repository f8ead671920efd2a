"""The acts of the invoices area: read a file, register an invoice, screen a folder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.detect import MAX_FILE_BYTES, Found, documents_in
from registry.invoices.errors import InvoiceRaced, SeveralInvoicesInside
from registry.invoices.invoice import Invoice
from registry.invoices.model import TABLES
from registry.invoices.records import prepare, printable
from registry.invoices.registering import IdSource, Registered, Uploader, register_all
from registry.invoices.rules import Outcome
from registry.invoices.verification.examine import Examiner
from registry.invoices.verification.findings import Finding
from registry.kit.clock import Clock, SystemClock
from registry.kit.errors import Refusal, Unavailable
from registry.relay.context import LiveKeys
from registry.storage.base import Base
from registry.storage.unit_of_work import Database

MAX_ATTEMPTS = 5


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
    fingerprint_keys: LiveKeys,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None = None,
) -> Registered:
    """Register the invoice of a file that has one: in one transaction with all its keys, or not at all.

    ``ids`` makes an id from a prefix. Raises the refusals of ``read_file``, of money, NoIdentity, InvoiceRaced where
    others keep registering the same keys, and SeveralInvoicesInside. ``examiner`` looks at the file while it is at
    hand, by default without trust list and official rules.
    """
    found = list(read_file(content, name))
    if len(found) > 1:
        raise SeveralInvoicesInside("Register the documents of this file one by one.", file=name)
    return _register_found(uow, found[0], name, uploader, fingerprint_keys, clock, ids, examiner)


def register_file(
    uow: Database,
    *,
    content: bytes,
    name: str,
    uploader: Uploader,
    fingerprint_keys: LiveKeys,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None = None,
) -> list[Brought]:
    """Register every document of a file, each like ``register_invoice``: one that is refused stops no other.

    Raises Unavailable where the registry itself fails; what was registered before stays.
    """
    brought = []
    for place, found in enumerate(read_file(content, name)):
        one = Brought(name, place, found.name)
        try:
            done = _register_found(uow, found, name, uploader, fingerprint_keys, clock, ids, examiner)
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
    fingerprint_keys: LiveKeys,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None,
) -> Registered:
    invoice = _readable(found)
    return register_document(
        uow,
        invoice=invoice,
        content_sha256=found.sha256,
        name=_label(name, found),
        uploader=uploader,
        fingerprint_keys=fingerprint_keys,
        clock=clock,
        ids=ids,
        findings=(examiner or Examiner()).examine(found.content, invoice, clock.now()),
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
    fingerprint_keys: LiveKeys,
    clock: Clock,
    ids: IdSource,
    findings: tuple[Finding, ...] = (),
) -> Registered:
    """Register an invoice that was read already, with what was found of its file; without, its fields are checked.

    Raises the refusals of identity and money, and InvoiceRaced.
    """
    document = prepare(invoice, name, content_sha256, findings)
    for _ in range(MAX_ATTEMPTS):
        try:
            with uow.write() as session:
                (done,) = register_all(session, [document], uploader, fingerprint_keys(session), clock, ids)
                return done
        except IntegrityError:
            continue  # somebody else was first with one of the keys: decide again, now knowing it
    raise InvoiceRaced("Try again in a few seconds.", file=name)


def screen(files: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
    """Try documents in order against an empty registry, by the same path as registration; nothing is kept.
    Who signed a file and what its pages show does not matter for that and is not looked at.

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
            for place, found in enumerate(read_file(content, name)):
                try:
                    done = register_document(
                        registry,
                        invoice=_readable(found),
                        content_sha256=found.sha256,
                        name=_label(name, found),
                        uploader=Uploader(party=1),
                        fingerprint_keys=lambda _: (key,),
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
