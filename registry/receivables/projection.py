"""Receivables, invoice uses, obligations and lots as the chain's events tell them: a pure fold, called by the
mirror only."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from registry.chain.contract import Event
from registry.chain.messages import InvoiceEntry, Terms, child_lot, unpack_invoices
from registry.chain.place import Place, receivable_hex, word_hex
from registry.chain.words import (
    FactsWord,
    InvoiceUseWord,
    LotStatus,
    LotWord,
    ObligationWord,
    ReceivableStatus,
    RegisteredWord,
    facts_status,
)
from registry.receivables.model import (
    Contest,
    InvoiceUse,
    Lot,
    LotHop,
    Obligation,
    Receivable,
    ReceivableInvoice,
)
from registry.receivables.projection_queries import invoices_of, uses_of_same_invoice


def apply(session: Session, event: Event, at: Place) -> bool:
    """Bring the tables to the state after ``event``; False where it is none of this area's."""
    handler = _HANDLERS.get(event.name)
    if handler is None:
        return False
    handler(session, event, at)
    return True


def handled() -> set[str]:
    """Names of the events this area's tables follow from."""
    return set(_HANDLERS)


# ---------------------------------------------------------------------- words as columns


def holds_terms(word: int) -> bool:
    """Whether a facts word has the layout of a confirmed receivable, which it keeps when canceled."""
    return facts_status(word) in (ReceivableStatus.CONFIRMED, ReceivableStatus.CANCELED)


def receivable_columns(word: int) -> dict[str, int | str]:
    """Columns of ``receivable`` that stand in its facts word; which ones depends on its status."""
    if not holds_terms(word):
        registered = RegisteredWord.unpack(word)
        return {"expires": registered.expires, "status": registered.status, "flags": registered.flags}
    facts = FactsWord.unpack(word)
    return {
        "face": facts.face,
        "settled": facts.settled,
        "maturity": facts.maturity,
        "obligor": facts.obligor,
        "settler": facts.settler,
        "currency": facts.currency,
        "status": facts.status,
        "flags": facts.flags,
    }


def lot_columns(word: int) -> dict[str, int | str]:
    """Columns of ``lot`` that stand in its packed word."""
    lot = LotWord.unpack(word)
    return {
        "receivable": receivable_hex(lot.receivable),
        "holder": lot.holder,
        "peer": lot.peer,
        "amount": lot.amount,
        "until": lot.until,
        "seq": lot.seq,
        "hops": lot.hops,
        "status": lot.status,
    }


def obligation_columns(word: int) -> dict[str, int | str]:
    """Columns of ``obligation`` that stand in its packed word."""
    found = ObligationWord.unpack(word)
    return {"outstanding": found.outstanding, "quota": found.quota, "count": found.count}


def use_columns(word: int) -> dict[str, int | str]:
    """Columns of ``invoice_use`` that stand in its packed word."""
    use = InvoiceUseWord.unpack(word)
    return {
        "receivable": receivable_hex(use.receivable),
        "cap": use.cap,
        "used": use.used,
        "uses": use.uses,
        "currency": use.currency,
        "place": use.place,
        "fingerprints": use.fingerprints,
    }


# ---------------------------------------------------------------------- receivables


def _registered(session: Session, event: Event, at: Place) -> None:
    values = event.values
    terms = Terms.of_event(values)
    word = RegisteredWord.unpack(values["factsWord"])
    session.add(
        Receivable(
            id=receivable_hex(values["receivable"]),
            commitment=word_hex(values["receivable"] << 192 | word.commitment_low),
            status=word.status,
            flags=word.flags,
            expires=word.expires,
            settled=0,
            **terms.as_json(),
            owed=None,
            reason=None,
            block_number=at.block_number,
        )
    )
    for place, entry in enumerate(unpack_invoices(values["invoices"])):
        _use_invoice(session, receivable_hex(values["receivable"]), terms.currency, place, entry, at)


def _use_invoice(
    session: Session, receivable: str, currency: int, place: int, entry: InvoiceEntry, at: Place
) -> None:
    """One invoice's use rises in all of its fingerprints; those known held one word, new ones none."""
    names = ["0x" + each.hex() for each in entry.fingerprints]
    known = {name: session.get(InvoiceUse, name) for name in names}
    before = next((use for use in known.values() if use is not None), None)
    columns: dict[str, int | str] = {
        "receivable": receivable,
        "cap": entry.cap,
        "used": entry.amount + (before.used if before else 0),
        "uses": 1 + (before.uses if before else 0),
        "currency": currency,
        "place": place,
        "fingerprints": len(names),
        "block_number": at.block_number,
    }
    for name in names:
        use = known[name]
        if use is None:
            session.add(InvoiceUse(fingerprint=name, **columns))
        else:
            _assign(use, columns)
        session.add(
            ReceivableInvoice(
                receivable=receivable, fingerprint=name, place=place, cap=entry.cap, amount=entry.amount
            )
        )


def _ended(session: Session, event: Event, at: Place) -> None:
    """Declined, withdrawn or expired: it was never confirmed."""
    values = event.values
    receivable = _set_facts(session, receivable_hex(values["receivable"]), values["factsWord"], at)
    receivable.owed = values.get("owed")
    receivable.reason = _hash(values.get("reason"))
    _release_invoices(session, receivable.id, at)


def _canceled(session: Session, event: Event, at: Place) -> None:
    values = event.values
    receivable = _set_facts(session, receivable_hex(values["receivable"]), values["factsWord"], at)
    receivable.reason = _hash(values["reason"])
    _set_obligation(session, receivable.obligor, receivable.currency, values["obligationWord"], at)
    lot = _set_lot(session, values["rootLot"], values["lotWord"], at)
    _hop(session, lot, "canceled", receivable.face, receivable.reason, at)
    _release_invoices(session, receivable.id, at)


def _contested(session: Session, event: Event, at: Place) -> None:
    values = event.values
    session.add(
        Contest(
            receivable=receivable_hex(values["receivable"]),
            block_number=at.block_number,
            log_index=at.log_index,
            party=values["party"],
            lot=word_hex(values["lot"]) if values["lot"] else None,
            code=values["code"],
            evidence="0x" + values["evidence"].hex(),
            at=at.time,
            tx_hash=at.tx_hash,
        )
    )


def _suspension_set(session: Session, event: Event, at: Place) -> None:
    values = event.values
    receivable = _set_facts(session, receivable_hex(values["receivable"]), values["factsWord"], at)
    receivable.reason = _hash(values["reason"])


def _release_invoices(session: Session, receivable: str, at: Place) -> None:
    """One use fewer of each invoice, also in fingerprints that later registrations added to it."""
    done: set[int] = set()
    for named in invoices_of(session, receivable):
        if named.place in done:
            continue
        done.add(named.place)
        use = session.get_one(InvoiceUse, named.fingerprint)
        for each in uses_of_same_invoice(session, use):
            if each.uses == 1:
                session.delete(each)
                continue
            each.used -= named.amount
            each.uses -= 1
            each.block_number = at.block_number
        # A later registration of the same fingerprints must not meet rows that are on their way out.
        session.flush()


def _confirmed(session: Session, event: Event, at: Place) -> None:
    values = event.values
    receivable = _set_facts(session, receivable_hex(values["receivable"]), values["factsWord"], at)
    _set_obligation(session, receivable.obligor, receivable.currency, values["obligationWord"], at)
    lot = _new_lot(session, values["rootLot"], None, values["lotWord"], at)
    _hop(session, lot, "confirmed", lot.amount, None, at)


def _set_facts(session: Session, identity: str, word: int, at: Place) -> Receivable:
    receivable = session.get_one(Receivable, identity)
    _assign(receivable, receivable_columns(word))
    receivable.block_number = at.block_number
    return receivable


def _quota_set(session: Session, event: Event, at: Place) -> None:
    values = event.values
    _set_obligation(session, values["party"], values["currency"], values["obligationWord"], at)


def _set_obligation(session: Session, obligor: int, currency: int, word: int, at: Place) -> None:
    columns = {**obligation_columns(word), "block_number": at.block_number}
    obligation = session.get(Obligation, (obligor, currency))
    if obligation is None:
        session.add(Obligation(obligor=obligor, currency=currency, **columns))
    else:
        _assign(obligation, columns)


# ---------------------------------------------------------------------- lots


def _moved(kind: str) -> Callable[[Session, Event, Place], None]:
    """A handler for acts that change one lot and whose amount is the whole lot's."""

    def handler(session: Session, event: Event, at: Place) -> None:
        values = event.values
        lot = _set_lot(session, values["lot"], values["lotWord"], at)
        _hop(session, lot, kind, lot.amount, _hash(values.get("termsHash") or values.get("reason")), at)

    return handler


def _financed(session: Session, event: Event, at: Place) -> None:
    """Sold or pledged, which the lot's status tells; of a pledged lot title stays."""
    is_pledge = LotWord.unpack(event.values["lotWord"]).status == LotStatus.PLEDGED
    _moved("pledged" if is_pledge else "financed")(session, event, at)


def _split(session: Session, event: Event, at: Place) -> None:
    values = event.values
    lot = _set_lot(session, values["parent"], values["parentWord"], at)
    # The act raised seq; the child's id is made of what it was before.
    number = child_lot(values["parent"], lot.seq - 1)
    child = _new_lot(session, number, lot.id, values["childWord"], at)
    _hop(session, lot, "split", child.amount, child.id, at)
    _hop(session, child, "transferred", child.amount, lot.id, at)


def _reduced(kind: str, detail: str) -> Callable[[Session, Event, Place], None]:
    """A handler for payment and write-off, by which lot, receivable and obligation fall together."""

    def handler(session: Session, event: Event, at: Place) -> None:
        values = event.values
        before = session.get_one(Lot, word_hex(values["lot"])).amount
        lot = _set_lot(session, values["lot"], values["lotWord"], at)
        receivable = _set_facts(session, lot.receivable, values["factsWord"], at)
        _set_obligation(session, receivable.obligor, receivable.currency, values["obligationWord"], at)
        _hop(session, lot, kind, before - lot.amount, _hash(values[detail]), at)

    return handler


def _new_lot(session: Session, number: int, parent: str | None, word: int, at: Place) -> Lot:
    lot = Lot(id=word_hex(number), parent=parent, block_number=at.block_number, **lot_columns(word))
    session.add(lot)
    return lot


def _set_lot(session: Session, number: int, word: int, at: Place) -> Lot:
    lot = session.get_one(Lot, word_hex(number))
    _assign(lot, lot_columns(word))
    lot.block_number = at.block_number
    return lot


def _hop(session: Session, lot: Lot, kind: str, amount: int, detail: str | None, at: Place) -> None:
    session.add(
        LotHop(
            lot=lot.id,
            block_number=at.block_number,
            log_index=at.log_index,
            kind=kind,
            holder=lot.holder,
            peer=lot.peer,
            amount=amount,
            status=lot.status,
            detail=detail,
            at=at.time,
            tx_hash=at.tx_hash,
        )
    )


def _hash(value: bytes | None) -> str | None:
    return None if value is None else "0x" + value.hex()


def _assign(row: object, columns: dict[str, int | str]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)


_HANDLERS: dict[str, Callable[[Session, Event, Place], None]] = {
    "ReceivableRegistered": _registered,
    "ReceivableConfirmed": _confirmed,
    "ReceivableDeclined": _ended,
    "ReceivableWithdrawn": _ended,
    "ReceivableExpired": _ended,
    "ReceivableCanceled": _canceled,
    "ReceivableContested": _contested,
    "SuspensionSet": _suspension_set,
    "QuotaSet": _quota_set,
    "LotTransferred": _moved("transferred"),
    "LotSplit": _split,
    "LotRejected": _moved("rejected"),
    "LotLocked": _moved("locked"),
    "LotReleased": _moved("released"),
    "LotFinanced": _financed,
    "LotEnforced": _moved("enforced"),
    "LotReassigned": _moved("reassigned"),
    "LotPutBack": _moved("put_back"),
    "LotForced": _moved("forced"),
    "LotSettled": _reduced("settled", "payment"),
    "LotWrittenOff": _reduced("written_off", "reason"),
}
