"""What a watch says, in words for people and as JSON for programs."""

from dataclasses import asdict, dataclass
from typing import Any

from registry.chain.words import LotStatus, ReceivableStatus
from registry.provenance.history import Act, lot_name
from registry.provenance.report import amount_text, instant_text
from registry.provenance.watch_memory import Known

SUSPENDED = 1

# What concerns whoever holds the lot more than others stands in capitals.
ACTS = {
    "LotTransferred": "passed on",
    "LotSplit": "a part was split off",
    "LotRejected": "given back",
    "LotLocked": "locked",
    "LotReleased": "released",
    "LotFinanced": "financed",
    "LotSettled": "a payment was recorded",
    "LotEnforced": "the pledge was enforced",
    "LotReassigned": "passed on by its funder",
    "LotPutBack": "put back",
    "LotForced": "MOVED BY THE ARBITER",
    "LotWrittenOff": "WRITTEN OFF",
    "ReceivableContested": "CONTESTED",
    "ReceivableCanceled": "CANCELED with its receivable",
    "SuspensionSet": "SUSPENDED by the arbiter",
}


@dataclass(frozen=True)
class Notice:
    """What a watch tells. ``kind``: ``state`` (how a lot stands), ``act``, ``taken_back`` (an act told before, whose
    block is of the chain no more) or ``corrected`` (an invoice behind the lot). Event, block, transaction and ``at``,
    seconds since 1970, are None where it is no act's; ``state`` is the lot's after it."""

    kind: str
    lot: str
    text: str
    event: str | None = None
    block: int | None = None
    tx: str | None = None
    at: int | None = None
    state: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def state_notice(lot: str, known: Known) -> Notice:
    """How a lot stands."""
    return Notice("state", lot, f"{lot_name(int(lot, 16))}: {_stands(known)}", state=state_of(known))


def state_of(known: Known) -> dict[str, Any]:
    """JSON-ready: amounts in minor units, parties by number, times in seconds since 1970."""
    word = known.lot_word
    return {
        "status": _status(word.status),
        "holder": word.holder,
        "peer": word.peer,
        "amount_minor": word.amount,
        "currency": known.currency,
        "until": word.until,
        "is_suspended": bool(known.flags & SUSPENDED),
        "is_canceled": known.status == ReceivableStatus.CANCELED,
    }


def act_text(act: Act, lot: str, known: Known) -> str:
    """What an act did to a lot, which stands as ``known`` after it."""
    done = ACTS[act.name]
    if act.name == "SuspensionSet" and not known.flags & SUSPENDED:
        done = "resumed by the arbiter"
    if act.name == "ReceivableContested":
        named = act.number("lot")
        what = {0: "the whole receivable", int(lot, 16): "this lot"}.get(named, f"{lot_name(named)} of it")
        done += f" by party {act.number('party')}, ground C{act.number('code'):02}: {what}"
    where = f"block {act.block:,}, {instant_text(act.at)}"
    return f"{lot_name(int(lot, 16))} {done} in {where}; now {_stands(known)}"


def _stands(known: Known) -> str:
    word = known.lot_word
    if not int(known.word, 16):
        return "on the chain no more"
    said = f"{amount_text(word.amount, known.currency)}, {_status(word.status)}, held by party {word.holder}"
    if word.status == LotStatus.LOCKED:
        said += f", for party {word.peer} until {instant_text(word.until)}"
    if word.status == LotStatus.PLEDGED:
        said += f", for party {word.peer}"
    if known.flags & SUSPENDED:
        said += ", SUSPENDED"
    return said + (", CANCELED" if known.status == ReceivableStatus.CANCELED else "")


def _status(number: int) -> str:
    return LotStatus(number).name.lower() if number in list(LotStatus) else str(number)
