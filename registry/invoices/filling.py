"""Entering invoices under a key that came after them, from what was read of them then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices import entry_queries as queries
from registry.invoices.entries import Entry, enter
from registry.invoices.identity import content_tag, legal_keys
from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.invoices.records import official, to_invoice
from registry.invoices.registering import Uploader, scope_of
from registry.invoices.use_cases import MAX_ATTEMPTS
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.relay.context import LiveKeys
from registry.storage.unit_of_work import Database

BATCH = 100


@dataclass(frozen=True)
class Filled:
    """How far it is: invoices ``done`` of those that lacked entries, and ``left`` those that cannot be entered:
    what was read of them is no invoice to this version of the program."""

    done: int
    total: int
    left: tuple[str, ...] = ()


def fill_entries(uow: Database, fingerprint_keys: LiveKeys) -> Iterator[Filled]:
    """Enter every invoice under each live key that it is not entered under, and complete what older rows lack.

    A transaction for each hundred, so that it may end anywhere and be begun again. Until it is done duplicates are
    found by the older keys, under which all are entered. Raises KeyMissing, DatabaseBusy.
    """
    with uow.read() as session:
        keys = fingerprint_keys(session)
        total = sum(queries.count_unentered(session, key.version) for key in keys)
    done, left = 0, list[str]()
    for key in keys:
        after = ""
        while records := _batch(uow, key, keys, after, left):
            done, after = done + len(records), records[-1]
            yield Filled(done, total, tuple(left))
    yield Filled(done, max(done, total), tuple(left))


def _batch(
    uow: Database, key: FingerprintKey, keys: Sequence[FingerprintKey], after: str, left: list[str]
) -> list[str]:
    """The ids of the next invoices, entered under ``key`` in one transaction."""
    for attempt in range(MAX_ATTEMPTS):
        unreadable: list[str] = []
        try:
            with uow.write() as session:
                records = queries.unentered(session, key.version, after=after, limit=BATCH)
                for record in records:
                    try:
                        _enter(session, record, key, keys)
                    except (Refusal, ValueError):
                        unreadable.append(record.id)
        except IntegrityError:  # somebody registered one of the keys meanwhile
            if attempt + 1 == MAX_ATTEMPTS:
                raise
            continue
        left += unreadable
        return [record.id for record in records]
    raise AssertionError("every attempt returns or raises")


def _enter(
    session: Session, record: InvoiceRecord, key: FingerprintKey, keys: Sequence[FingerprintKey]
) -> None:
    invoice = to_invoice(record)
    entries = enter(legal_keys(invoice), content_tag(invoice), keys)
    rows = {row.key: row for row in queries.entries_of(session, record.id)}
    # A legal key keeps the scope it has under an older key; what its uploader is known by may have changed.
    scopes = {one.place: rows[one.key].scope for one in entries if one.key in rows}
    uploader = Uploader(record.uploader_party, parties.identifiers_of(session, record.uploader_party))
    new = [one for one in entries if one.version == key.version]
    for one in new:
        row = rows.get(one.key)
        if row is None:
            scope = scopes.get(one.place, scope_of([one.owner], uploader))
            row = _table(session, record, one, scope)(
                invoice_id=record.id, key=one.key, scope=scope, version=one.version
            )
            session.add(row)
        row.check_key, row.contents = one.check_key, one.contents
    known = record.fingerprints.get(str(key.version), [])
    added = [each for each in official(new).get(str(key.version), []) if each not in known]
    record.fingerprints = {**record.fingerprints, str(key.version): known + added}
    session.flush()


def _table(
    session: Session, record: InvoiceRecord, one: Entry, scope: int
) -> type[InvoiceKey] | type[InvoiceBlockedKey]:
    """Where an entry belongs: what is blocked, and what another invoice has already, blocks nothing."""
    if record.is_accepted and not queries.is_taken(session, scope, one.key):
        return InvoiceKey
    return InvoiceBlockedKey
