"""Search by any number, name or tax id, over all kinds of records."""

import re
from collections.abc import Iterator

from sqlalchemy.orm import Session

from api import ids
from api.sentences import day
from api.views import View
from registry.invoices import queries as invoices
from registry.invoices.model import InvoiceRecord
from registry.kit.identifiers import normalize
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.model import PartyProfile
from registry.receivables import queries as receivables
from registry.receivables.model import Lot, Receivable
from registry.receivables.rules import LOT_STATUS_NAMES, RECEIVABLE_STATUS_NAMES
from registry.relay import queries as acts

MIN_DIGITS = 4
_HEX = frozenset("0123456789abcdef")


def search(session: Session, text: str, limit: int) -> list[View]:
    """The first hits, at most ``limit`` of each kind: parties by name, identifier or number, invoices by
    number, each followed by the receivables over it, receivables and lots by the first four or more digits of
    their ids, an act by its transaction."""
    found = [
        *_parties(session, text, limit),
        *_invoices(session, text, limit),
        *_claims(session, text, limit),
        *_acts(session, text),
    ]
    return list({(one["kind"], one["id"]): one for one in found}.values())


def _parties(session: Session, text: str, limit: int) -> Iterator[View]:
    found = list(parties.profiles_like(session, text, normalize(text), limit))
    if text.isascii() and text.isdigit() and len(text) <= 10:
        found += [one for one in parties.profiles(session, int(text) - 1, 1) if one.number == int(text)]
    for one in {each.number: each for each in found}.values():
        yield _party(session, one)


def _party(session: Session, one: PartyProfile) -> View:
    named = ", ".join(str(each) for each in parties.identifiers_of(session, one.number))
    return _hit("party", str(one.number), one.name, named)


def _invoices(session: Session, text: str, limit: int) -> Iterator[View]:
    number = normalize(text)
    for one in invoices.invoices_like(session, number, limit) if number else []:
        yield _invoice(one)
        prints = ["0x" + each for each in one.entries]
        for over in receivables.with_fingerprints(session, prints, limit) if prints else []:
            yield _receivable(session, receivables.receivable(session, over))


def _invoice(one: InvoiceRecord) -> View:
    payable = Money(one.payable_minor, currency(one.currency))
    return _hit("invoice", one.id, one.number, f"{payable}, {one.issued_on.isoformat()}", one.outcome)


def _claims(session: Session, text: str, limit: int) -> Iterator[View]:
    for kind in (ids.RECEIVABLE, ids.LOT):
        digits = kind.loosely(text).removeprefix("0x")
        if not MIN_DIGITS <= len(digits) <= kind.digits or set(digits) - _HEX:
            continue
        if kind is ids.RECEIVABLE:
            for one in receivables.receivables_like(session, "0x" + digits, limit):
                yield _receivable(session, one)
        else:
            for lot in receivables.lots_like(session, "0x" + digits, limit):
                yield _lot(session, lot)


def _receivable(session: Session, one: Receivable) -> View:
    names = parties.names(session, [one.obligor])
    face = Money(one.face, currency(one.currency))
    detail = f"{face}, {names.get(one.obligor, one.obligor)}, {day(one.maturity)}"
    written = ids.RECEIVABLE.outside(one.id)
    return _hit("receivable", written, written, detail, RECEIVABLE_STATUS_NAMES[one.status])


def _lot(session: Session, one: Lot) -> View:
    of = receivables.receivable(session, one.receivable)
    names = parties.names(session, [one.holder])
    detail = f"{Money(one.amount, currency(of.currency))}, {names.get(one.holder, one.holder)}"
    written = ids.LOT.outside(one.id)
    return _hit("lot", written, f"{written[:16]}…", detail, LOT_STATUS_NAMES[one.status])


def _acts(session: Session, text: str) -> Iterator[View]:
    digits = text.strip().lower().removeprefix("0x")
    act = acts.by_tx_hash(session, "0x" + digits) if re.fullmatch("[0-9a-f]{64}", digits) else None
    if act is not None:
        yield _hit("act", act.id, act.kind, f"{act.created_at:%Y-%m-%d %H:%M} UTC", act.status)


def _hit(kind: str, record: str, title: str, detail: str, status: str = "") -> View:
    return {"kind": kind, "id": record, "title": title, "detail": detail, "status": status}
