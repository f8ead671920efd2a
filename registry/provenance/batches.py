"""Batches: several acts under one signature, taken apart into the entry that made one event.

The contract works through a batch in its order, so that the nth entry made the nth event of its kind. What is signed
of each entry beyond the call's arguments, a lot's seq and amount when its turn came, stands in that event's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.chain.messages import (
    Confirmations,
    Move,
    Payment,
    Registrations,
    Settlements,
    Signed,
    Terms,
    Transfers,
)
from registry.chain.words import LotWord
from registry.provenance.demands import Said
from registry.provenance.history import Act
from registry.provenance.model import Broken

_MOVES = ("LotTransferred", "LotSplit")


@dataclass(frozen=True)
class Entry:
    """``values``: what the batch gave for one act, named as in the call for it alone. ``message``: what was signed
    for all, ``amount_minor``: their sum, which a mandate must cover."""

    values: dict[str, Any]
    message: Signed
    amount_minor: int


def registration(act: Act, said: Said) -> Entry | None:
    """None where the call was for this registration alone. Raises Broken with ``call``, as all here."""
    if said.call is None or not said.is_call_of("registerMany"):
        return None
    batch, lists = said.call.values["terms"], said.call.values["invoices"]
    place = _place(act, said, ("ReceivableRegistered",), batch)
    if len(lists) != len(batch):
        raise Broken("call", "The batch has another number of terms than of invoice lists.")
    terms = _terms(batch)
    values = {"terms": batch[place], "invoices": lists[place]}
    return Entry(values, Registrations(terms), sum(each.face for each in terms))


def confirmation(act: Act, said: Said) -> Entry | None:
    """None where the call was for this confirmation alone."""
    if said.call is None or not said.is_call_of("confirmMany"):
        return None
    batch = said.call.values["terms"]
    place = _place(act, said, ("ReceivableConfirmed",), batch)
    terms = _terms(batch)
    return Entry({"terms": batch[place]}, Confirmations(terms), sum(each.face for each in terms))


def transfer(act: Act, said: Said) -> Entry | None:
    """None where the call was for this transfer alone."""
    if said.call is None or not said.is_call_of("transferMany"):
        return None
    batch = said.call.values["moves"]
    place = _place(act, said, _MOVES, batch)
    events = [each for each in said.events if each.name in _MOVES]
    moves = tuple(_move(entry, event) for entry, event in zip(batch, events, strict=True))
    lot, to, amount = batch[place]
    values = {"id": lot, "to": to, "amount": amount}
    return Entry(values, Transfers(moves), sum(each.amount for each in moves))


def settlement(act: Act, said: Said) -> Entry | None:
    """None where the call was for this payment alone."""
    if said.call is None or not said.is_call_of("settleMany"):
        return None
    batch = said.call.values["payments"]
    place = _place(act, said, ("LotSettled",), batch)
    events = [each for each in said.events if each.name == "LotSettled"]
    payments = tuple(
        Payment(lot, LotWord.unpack(event.number("lotWord")).seq, before, payee, amount, payment)
        for (lot, payee, before, amount, payment), event in zip(batch, events, strict=True)
    )
    lot, payee, before, amount, payment = batch[place]
    values = {
        "id": lot, "by": said.call.values["settler"], "payee": payee, "lotAmount": before, "amount": amount,
        "payment": payment,
    }  # fmt: skip
    return Entry(values, Settlements(payments), sum(each.amount for each in payments))


def _place(act: Act, said: Said, names: Sequence[str], batch: Sequence[Any]) -> int:
    """Which entry of the batch made the event."""
    events = [each.place for each in said.events if each.name in names]
    if len(events) != len(batch) or act.place not in events:
        raise Broken(
            "call", f"The batch has {len(batch)} entries, its transaction {len(events)} such events."
        )
    return events.index(act.place)


def _terms(batch: Sequence[Any]) -> tuple[Terms, ...]:
    return tuple(Terms(*each) for each in batch)


def _move(entry: Sequence[int], event: Act) -> Move:
    lot, to, amount = entry
    if event.name == "LotSplit":
        rest, part = (LotWord.unpack(event.number(name)) for name in ("parentWord", "childWord"))
        seq, before = rest.seq - 1, rest.amount + part.amount
    else:
        word = LotWord.unpack(event.number("lotWord"))
        seq, before = word.seq - 1, word.amount
    # Within their types whatever a node made up, so that it is the signature that does not fit.
    return Move(lot, seq % (1 << 16), before % (1 << 64), to, amount)
