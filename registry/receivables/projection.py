"""Receivables, invoice uses, obligations and lots as the chain's events tell them: a pure fold, called by the
mirror only."""

from collections.abc import Callable, Iterator

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
from registry.storage.many import Row
from registry.storage.rows import Key, Kind, Rows


def apply(rows: Rows, event: Event, at: Place) -> bool:
    """Bring the tables to the state after ``event``; False where it is none of this area's."""
    handler = _HANDLERS.get(event.name)
    if handler is None:
        return False
    handler(rows, event, at)
    return True


def rows_read(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Rows that ``apply`` will ask for, as far as the event alone tells."""
    values = event.values
    lot = values.get("lot") or values.get("parent")
    if lot:
        yield Lot, (word_hex(lot),)
    if event.name == "ReceivableRegistered":
        for entry in unpack_invoices(values["invoices"]):
            for name in entry.fingerprints:
                yield InvoiceUse, ("0x" + name.hex(),)
    elif "factsWord" in values:
        number = (
            values["receivable"] if "receivable" in values else LotWord.unpack(values["lotWord"]).receivable
        )
        yield Receivable, (receivable_hex(number),)


def handled() -> set[str]:
    """Names of the events this area's tables follow from."""
    return set(_HANDLERS)


# ---------------------------------------------------------------------- words as columns


def holds_terms(word: int) -> bool:
    """Whether a facts word has the layout of a confirmed receivable, which it keeps when canceled."""
    return facts_status(word) in (ReceivableStatus.CONFIRMED, ReceivableStatus.CANCELED)


def receivable_columns(word: int) -> dict[str, int | str]:
    """Columns of ``receivable`` that stand in its facts word; which ones depends on its status."""
    if holds_terms(word):
        return {**FactsWord.values_in(word)}
    registered = RegisteredWord.values_in(word)
    return {name: registered[name] for name in ("expires", "status", "flags")}


def lot_columns(word: int) -> dict[str, int | str]:
    """Columns of ``lot`` that stand in its packed word."""
    found = LotWord.values_in(word)
    return {**found, "receivable": receivable_hex(found["receivable"])}


def obligation_columns(word: int) -> dict[str, int | str]:
    """Columns of ``obligation`` that stand in its packed word."""
    return {**ObligationWord.values_in(word)}


def use_columns(word: int) -> dict[str, int | str]:
    """Columns of ``invoice_use`` that stand in its packed word."""
    found = InvoiceUseWord.values_in(word)
    return {**found, "receivable": receivable_hex(found["receivable"])}


# ---------------------------------------------------------------------- receivables


def _registered(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    terms = Terms.of_event(values)
    word = RegisteredWord.unpack(values["factsWord"])
    receivable = receivable_hex(values["receivable"])
    rows.add(
        Receivable,
        {
            "id": receivable,
            "commitment": word_hex(values["receivable"] << 192 | word.commitment_low),
            "status": word.status,
            "flags": word.flags,
            "expires": word.expires,
            "settled": 0,
            **terms.as_json(),
            "owed": None,
            "reason": None,
            "block_number": at.block_number,
        },
    )
    for place, entry in enumerate(unpack_invoices(values["invoices"])):
        _use_invoice(rows, receivable, terms.currency, place, entry, at)


def _use_invoice(
    rows: Rows, receivable: str, currency: int, place: int, entry: InvoiceEntry, at: Place
) -> None:
    """One invoice's use rises in all of its fingerprints; those known held one word, new ones none."""
    names = ["0x" + each.hex() for each in entry.fingerprints]
    before = next((use for name in names if (use := rows.get(InvoiceUse, name)) is not None), None)
    columns = {
        "receivable": receivable,
        "cap": entry.cap,
        "used": entry.amount + (before["used"] if before else 0),
        "uses": 1 + (before["uses"] if before else 0),
        "currency": currency,
        "place": place,
        "fingerprints": len(names),
        "block_number": at.block_number,
    }
    for name in names:
        rows.put(InvoiceUse, {"fingerprint": name, **columns})
        rows.add(
            ReceivableInvoice,
            {
                "receivable": receivable,
                "fingerprint": name,
                "place": place,
                "cap": entry.cap,
                "amount": entry.amount,
            },
        )


def _ended(rows: Rows, event: Event, at: Place) -> None:
    """Declined, withdrawn or expired: it was never confirmed."""
    values = event.values
    more = {"owed": values.get("owed"), "reason": _hash(values.get("reason"))}
    receivable = _set_facts(rows, receivable_hex(values["receivable"]), values["factsWord"], at, **more)
    _release_invoices(rows, receivable["id"], at)


def _canceled(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    reason = _hash(values["reason"])
    receivable = _set_facts(
        rows, receivable_hex(values["receivable"]), values["factsWord"], at, reason=reason
    )
    _set_obligation(rows, receivable["obligor"], receivable["currency"], values["obligationWord"], at)
    lot = _set_lot(rows, values["rootLot"], values["lotWord"], at)
    _hop(rows, lot, "canceled", receivable["face"], reason, at)
    _release_invoices(rows, receivable["id"], at)


def _contested(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    rows.add(
        Contest,
        {
            "receivable": receivable_hex(values["receivable"]),
            "block_number": at.block_number,
            "log_index": at.log_index,
            "party": values["party"],
            "lot": word_hex(values["lot"]) if values["lot"] else None,
            "code": values["code"],
            "evidence": "0x" + values["evidence"].hex(),
            "at": at.time,
            "tx_hash": at.tx_hash,
        },
    )


def _suspension_set(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    receivable = receivable_hex(values["receivable"])
    _set_facts(rows, receivable, values["factsWord"], at, reason=_hash(values["reason"]))


def _release_invoices(rows: Rows, receivable: str, at: Place) -> None:
    """One use fewer of each invoice, also in fingerprints that later registrations added to it."""
    invoices = {named["place"]: named for named in rows.where(ReceivableInvoice, receivable=receivable)}
    for named in invoices.values():
        # All of an invoice's fingerprints hold one word, and its latest receivable with the place there names it.
        use = rows.at(InvoiceUse, named["fingerprint"])
        for each in rows.where(InvoiceUse, receivable=use["receivable"], place=use["place"]):
            if each["uses"] == 1:
                rows.remove(InvoiceUse, each["fingerprint"])
                continue
            rows.change(
                InvoiceUse,
                each["fingerprint"],
                used=each["used"] - named["amount"],
                uses=each["uses"] - 1,
                block_number=at.block_number,
            )


def _confirmed(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    receivable = _set_facts(rows, receivable_hex(values["receivable"]), values["factsWord"], at)
    _set_obligation(rows, receivable["obligor"], receivable["currency"], values["obligationWord"], at)
    lot = _new_lot(rows, values["rootLot"], None, values["lotWord"], at)
    _hop(rows, lot, "confirmed", lot["amount"], None, at)


def _set_facts(rows: Rows, identity: str, word: int, at: Place, **more: int | str | None) -> Row:
    columns = receivable_columns(word)
    return rows.change(Receivable, identity, **columns, **more, block_number=at.block_number)


def _quota_set(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    _set_obligation(rows, values["party"], values["currency"], values["obligationWord"], at)


def _set_obligation(rows: Rows, obligor: int, currency: int, word: int, at: Place) -> None:
    named = {"obligor": obligor, "currency": currency}
    rows.put(Obligation, {**named, **obligation_columns(word), "block_number": at.block_number})


# ---------------------------------------------------------------------- lots


def _moved(kind: str) -> Callable[[Rows, Event, Place], None]:
    """A handler for acts that change one lot and whose amount is the whole lot's."""

    def handler(rows: Rows, event: Event, at: Place) -> None:
        values = event.values
        lot = _set_lot(rows, values["lot"], values["lotWord"], at)
        _hop(rows, lot, kind, lot["amount"], _hash(values.get("termsHash") or values.get("reason")), at)

    return handler


def _financed(rows: Rows, event: Event, at: Place) -> None:
    """Sold or pledged, which the lot's status tells; of a pledged lot title stays."""
    is_pledge = LotWord.unpack(event.values["lotWord"]).status == LotStatus.PLEDGED
    _moved("pledged" if is_pledge else "financed")(rows, event, at)


def _split(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    lot = _set_lot(rows, values["parent"], values["parentWord"], at)
    # The act raised seq; the child's id is made of what it was before.
    number = child_lot(values["parent"], lot["seq"] - 1)
    child = _new_lot(rows, number, lot["id"], values["childWord"], at)
    _hop(rows, lot, "split", child["amount"], child["id"], at)
    _hop(rows, child, "transferred", child["amount"], lot["id"], at)


def _reduced(kind: str, detail: str) -> Callable[[Rows, Event, Place], None]:
    """A handler for payment and write-off, by which lot, receivable and obligation fall together."""

    def handler(rows: Rows, event: Event, at: Place) -> None:
        values = event.values
        before = rows.at(Lot, word_hex(values["lot"]))
        lot = _set_lot(rows, values["lot"], values["lotWord"], at)
        receivable = _set_facts(rows, lot["receivable"], values["factsWord"], at)
        _set_obligation(rows, receivable["obligor"], receivable["currency"], values["obligationWord"], at)
        _hop(rows, lot, kind, before["amount"] - lot["amount"], _hash(values[detail]), at)

    return handler


def _new_lot(rows: Rows, number: int, parent: str | None, word: int, at: Place) -> Row:
    named = {"id": word_hex(number), "parent": parent}
    return rows.add(Lot, {**named, **lot_columns(word), "block_number": at.block_number})


def _set_lot(rows: Rows, number: int, word: int, at: Place) -> Row:
    return rows.change(Lot, word_hex(number), **lot_columns(word), block_number=at.block_number)


def _hop(rows: Rows, lot: Row, kind: str, amount: int, detail: str | None, at: Place) -> None:
    rows.add(
        LotHop,
        {
            "lot": lot["id"],
            "block_number": at.block_number,
            "log_index": at.log_index,
            "receivable": lot["receivable"],
            "kind": kind,
            "holder": lot["holder"],
            "peer": lot["peer"],
            "amount": amount,
            "status": lot["status"],
            "detail": detail,
            "at": at.time,
            "tx_hash": at.tx_hash,
        },
    )


def _hash(value: bytes | None) -> str | None:
    return None if value is None else "0x" + value.hex()


_HANDLERS: dict[str, Callable[[Rows, Event, Place], None]] = {
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
