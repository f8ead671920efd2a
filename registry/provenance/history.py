"""The acts that made a lot what it is, from the registration of its receivable on, out of the contract's
logs.

A child's id is the hash of its parent and the parent's ``seq``, so the line from a lot to its root needs no
index: each lot's first ``Transfer`` log names the transaction, whose receipt holds the split or confirmation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from registry.chain.contract import Event, UndecodableLog, decode_event
from registry.chain.messages import child_lot
from registry.chain.node import Json
from registry.chain.words import LotWord
from registry.provenance.model import Broken, OutOfReach
from registry.provenance.reading import MAX_LOGS, Reader, is_contract, octets, quantity, text

MAX_HOPS = 256


@dataclass(frozen=True)
class Act:
    """One event and where it stands: ``at`` is its block's time in seconds since 1970."""

    event: Event
    block: int
    block_hash: str
    tx: str
    log_index: int
    at: int

    @property
    def place(self) -> tuple[int, int]:
        """Orders acts as the chain does."""
        return (self.block, self.log_index)

    @property
    def name(self) -> str:
        return self.event.name

    def number(self, name: str) -> int:
        """An integer of the event."""
        return int(self.event.values[name])

    def octets(self, name: str) -> bytes:
        """Bytes of the event."""
        return bytes(self.event.values[name])


@dataclass(frozen=True)
class LotActs:
    """What happened to one lot, oldest first: all of it, or for an ancestor up to the split that made the
    next."""

    lot: int
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class History:
    """``lots`` from the root down to the lot asked for."""

    registration: Act
    confirmation: Act
    lots: tuple[LotActs, ...]

    @property
    def is_canceled(self) -> bool:
        """Whether the receivable was undone, its lot with it."""
        return self.acts[-1].name == "ReceivableCanceled"

    @property
    def acts(self) -> list[Act]:
        """All of them, in the order of the path."""
        return [self.registration, self.confirmation, *(act for each in self.lots for act in each.acts)]


def lot_history(reader: Reader, lot: int) -> History:
    """Raises Broken with ``creation_missing``, ``split_missing``, ``confirmation_missing``,
    ``registration_missing``, ``too_many_hops``, ``log_differs``, ``log_unreadable`` or ``unreadable``, and
    OutOfReach with ``too_many_logs`` or ``node_lacks``."""
    line, confirmation = _line(reader, lot)
    found = [reader.logs(each) for each in line]
    receivable = confirmation.number("receivable")
    about = reader.logs(receivable)
    logs = [log for each in found for log in each] + about
    if len(logs) > MAX_LOGS:
        raise OutOfReach("too_many_logs", f"The lot's line has more than {MAX_LOGS:,} logs.")
    _prefetch(reader, logs)
    lots = []
    for position, (each, its) in enumerate(zip(line, found, strict=True)):
        acts = acts_of(reader, its)
        child = line[position + 1] if position + 1 < len(line) else None
        lots.append(LotActs(each, tuple(acts if child is None else _until_split(acts, each, child))))
    issue = acts_of(reader, about)
    registered, confirmed = _issue(issue, confirmation)
    if len(lots) == 1:
        # Only a root that was never split can be canceled, and nothing comes after.
        canceled = [act for act in issue if act.name == "ReceivableCanceled"]
        lots = [replace(lots[0], acts=(*lots[0].acts, *canceled))]
    return History(registered, confirmed, tuple(lots))


def _line(reader: Reader, lot: int) -> tuple[list[int], Act]:
    """The lots from the root to this one, and the confirmation that made the root."""
    line = [lot]
    for _ in range(MAX_HOPS + 1):
        birth = _birth(reader, line[0])
        if birth.name == "ReceivableConfirmed":
            return line, birth
        line.insert(0, birth.number("parent"))
    raise Broken("too_many_hops", f"The lot is more than {MAX_HOPS} splits away from a confirmed receivable.")


def _birth(reader: Reader, lot: int) -> Act:
    """The split or confirmation in the transaction that first announced the lot."""
    minted = [log for log in reader.logs(0, None, lot) if _decoded(log).name == "Transfer"]
    if len(minted) != 1:
        raise Broken(
            "creation_missing", f"{len(minted)} logs announce {lot_name(lot)} as new where there must be one."
        )
    tx = text(minted[0], "transactionHash")
    reader.prefetch([tx], [quantity(minted[0], "blockNumber")])
    for act in acts_in(reader, tx):
        if act.name == "LotSplit" and _child_of(act) == lot:
            return act
        if act.name == "ReceivableConfirmed" and act.number("rootLot") == lot:
            return act
    raise Broken(
        "split_missing",
        f"The transaction that announced {lot_name(lot)} holds neither a split whose parent and seq "
        "hash to it nor a confirmation.",
    )


def _child_of(split: Act) -> int | None:
    """The id a split gave its child: the parent's seq before the act is one less than after it."""
    seq = LotWord.unpack(split.number("parentWord")).seq
    return child_lot(split.number("parent"), seq - 1) if seq else None


def _until_split(acts: list[Act], parent: int, child: int) -> list[Act]:
    for position, act in enumerate(acts):
        if act.name == "LotSplit" and _child_of(act) == child:
            return acts[: position + 1]
    raise Broken(
        "split_missing", f"The logs of {lot_name(parent)} lack the split that made {lot_name(child)}."
    )


def _issue(acts: list[Act], confirmation: Act) -> tuple[Act, Act]:
    registered = [act for act in acts if act.name == "ReceivableRegistered"]
    confirmed = [act for act in acts if act.name == "ReceivableConfirmed"]
    if len(confirmed) != 1 or confirmed[0] != confirmation:
        raise Broken("confirmation_missing", f"{len(confirmed)} confirmations where there must be this one.")
    if len(registered) != 1:
        raise Broken("registration_missing", f"{len(registered)} registrations where there must be one.")
    return registered[0], confirmed[0]


def acts_of(reader: Reader, logs: Iterable[Json]) -> list[Act]:
    """The logs decoded, dated and in chain order, each found again in its transaction's receipt. Raises
    Broken with ``log_differs`` or ``log_unreadable``."""
    logs = list(logs)
    _prefetch(reader, logs)
    acts = []
    for log in logs:
        block = quantity(log, "blockNumber")
        tx = text(log, "transactionHash")
        act = Act(
            event=_decoded(log),
            block=block,
            block_hash=text(log, "blockHash"),
            tx=tx,
            log_index=quantity(log, "logIndex"),
            at=quantity(reader.block(block), "timestamp"),
        )
        places = {act.block_hash, text(reader.block(block), "hash"), text(reader.receipt(tx), "blockHash")}
        if len(places) > 1 or not any(_is_same(log, other) for other in _contract_logs(reader, tx)):
            raise Broken(
                "log_differs",
                f"The {act.name} log of block {block} does not stand so in its transaction's receipt.",
            )
        acts.append(act)
    return sorted(acts, key=lambda act: act.place)


def acts_in(reader: Reader, tx: str) -> list[Act]:
    """The contract's events in one transaction, in their order. Raises what ``acts_of`` raises."""
    return acts_of(reader, _contract_logs(reader, tx))


def _prefetch(reader: Reader, logs: list[Json]) -> None:
    reader.prefetch(
        dict.fromkeys(text(log, "transactionHash") for log in logs),
        dict.fromkeys(quantity(log, "blockNumber") for log in logs),
    )


def _contract_logs(reader: Reader, tx: str) -> list[Json]:
    logs = reader.receipt(tx).get("logs")
    if not isinstance(logs, list):
        raise Broken("unreadable", f"The node's receipt of transaction {tx} has no logs.")
    return [log for log in logs if isinstance(log, dict) and is_contract(reader, log.get("address"))]


def _is_same(log: Json, other: Json) -> bool:
    names = ("address", "blockHash", "transactionHash", "data")
    return (
        quantity(log, "logIndex") == quantity(other, "logIndex")
        and all(text(log, name) == text(other, name) for name in names)
        and _topics(log) == _topics(other)
    )


def _topics(log: Json) -> list[bytes]:
    topics = log.get("topics")
    return [octets({"topic": topic}, "topic") for topic in topics] if isinstance(topics, list) else []


def _decoded(log: Json) -> Event:
    try:
        return decode_event(_topics(log), octets(log, "data"))
    except UndecodableLog as error:
        raise Broken("log_unreadable", error.detail) from error


def lot_name(lot: int) -> str:
    """A lot's id short enough to read: its first and last four hex digits."""
    digits = f"{lot:064x}"
    return f"lot {digits[:4]}…{digits[-4:]}"
