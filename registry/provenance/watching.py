"""Following lots on a node: what was done to them, what was contested or suspended, and what was taken back.

Between two passes stands a ``Memory``. Where the node has another block at its trail's end, the chain was reorganized:
the watch goes back to the last block of the trail that the chain still has, says which of the acts it told are gone,
and reads anew from there. A pass moves on only if its last block stood before and after everything else was read, and
the trail's end in between: then all that it read is of one chain.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from registry.chain.artifact import registry_artifact
from registry.chain.node import Node
from registry.chain.words import FactsWord, LotWord
from registry.kit.errors import BadInput, NotFound, Unavailable
from registry.provenance.history import Act, acts_of
from registry.provenance.model import Broken, OutOfReach
from registry.provenance.reading import NodeReader, text
from registry.provenance.watch_memory import MAX_LOTS, Known, Memory, MemoryForeign, Point, Seen
from registry.provenance.watch_words import ACTS, Notice, act_text, state_notice, state_of

# How far back a new watch could still notice that the chain was reorganized.
FIRST_REACH = 64
MAX_BLOCKS = 50_000


class LotNotOnChain(NotFound):
    code = "lot_not_on_chain"
    title = "The contract knows no such lot"


class NoRegistryThere(BadInput):
    code = "no_registry_there"
    title = "At this address is no registry"


class TooManyLots(BadInput):
    code = "too_many_lots"
    title = "So many lots cannot be watched at once"


class WatchInterrupted(Unavailable):
    code = "watch_interrupted"
    title = "The node's answers do not hang together"


class Watch:
    """Lots (0x hex) of the registry at ``contract`` on a node: from the memory of an earlier watch, or from the block
    ``since`` on, or from now on. Raises LotNotOnChain, NoRegistryThere, TooManyLots, MemoryForeign, WatchInterrupted,
    ChainNotReachable, NodeRefused."""

    def __init__(
        self,
        node: Node,
        contract: str,
        lots: Sequence[str],
        memory: Memory | None = None,
        since: int | None = None,
    ) -> None:
        if len(lots) > MAX_LOTS:
            raise TooManyLots(f"Name at most {MAX_LOTS}, and begin another watch for the others.")
        self._node = node
        self._contract = contract.lower()
        with _hanging_together():
            self.memory = memory or self._begun(since)
            if (self.memory.chain_id, self.memory.contract) != (node.chain_id(), self._contract):
                raise MemoryForeign("It is of another chain or registry: name another file.")
            self._added = self._watch_only(lots)
        self._gone: list[Notice] = []
        # What happened shortly before a watch began is remembered, and no news.
        self._is_silent = memory is None and since is None
        self.is_at_head = False

    @property
    def block(self) -> int:
        """The last block that was read."""
        return self.memory.trail[-1].number

    def look(self) -> list[Notice]:
        """One pass over at most 50,000 blocks: what there is to tell, what was taken back first, then in the chain's
        order. ``memory`` has moved on with it; ``is_at_head`` says whether that was all there is. Raises MemoryForeign,
        WatchInterrupted, ChainNotReachable, NodeRefused: what was not told then is told by the next look."""
        with _hanging_together():
            self._gone += self._take_back()
            notices = self._go_on()
        notices = [*self._gone, *notices, *(state_notice(lot, self.memory.lots[lot]) for lot in self._added)]
        self._gone, self._added, self._is_silent = [], [], False
        return notices

    def _begun(self, since: int | None) -> Memory:
        if not registry_artifact().is_code(self._node.code(self._contract)):
            raise NoRegistryThere(f"The code at {self._contract} is not the registry contract's.")
        head = self._node.block_number()
        first = max(0, head - FIRST_REACH if since is None else min(since - 1, head))
        point = Point(number=first, hash=self._reader(first).block_hash_now(first))
        return Memory(chain_id=self._node.chain_id(), contract=self._contract, lots={}, trail=[point])

    def _watch_only(self, lots: Sequence[str]) -> list[str]:
        """Those that are new to the memory, which has no others than ``lots`` now."""
        known, reader = self.memory.lots, self._reader(self._node.block_number())
        added = {lot: _standing(reader, lot) for lot in lots if lot not in known}
        for lot, found in added.items():
            if not int(found.word, 16):
                raise LotNotOnChain(
                    f"{lot}: give all of its 64 digits, as the contract at {self._contract} has it."
                )
        self.memory.lots = {lot: known.get(lot) or added[lot] for lot in lots}
        self.memory.seen = [each for each in self.memory.seen if each.lot in self.memory.lots]
        return list(added)

    def _take_back(self) -> list[Notice]:
        """Go back to the last block of the trail that the chain still has."""
        memory, end = self.memory, self.memory.trail[-1]
        if self._hashes([end.number]) == {end.number: end.hash}:
            return []
        held = self._hashes(each.number for each in memory.trail)
        held |= self._hashes(each.block for each in memory.seen)
        trail = [each for each in memory.trail if held[each.number] == each.hash]
        if not trail:
            raise MemoryForeign(
                f"The node has none of the blocks from {memory.trail[0].number:,} to {end.number:,} that were seen "
                "before: begin anew, without the file."
            )
        gone = [each for each in memory.seen if held[each.block] != each.block_hash]
        memory.trail = trail
        memory.seen = [each for each in memory.seen if held[each.block] == each.block_hash]
        return [
            Notice("taken_back", each.lot, f"TAKEN BACK: {each.text}", each.event, each.block, each.tx)
            for each in reversed(gone)
        ]

    def _hashes(self, numbers: Iterable[int]) -> dict[int, str | None]:
        """The chain's blocks by number, None where it has none (yet)."""
        wanted = sorted(set(numbers))
        reader = self._reader(0)
        reader.prefetch([], wanted)
        return {number: _hash_of(reader, number) for number in wanted}

    def _go_on(self) -> list[Notice]:
        last, head = self.memory.trail[-1], self._node.block_number()
        end = min(head, last.number + MAX_BLOCKS)
        self.is_at_head = end >= head
        if end <= last.number:
            return []
        reader = self._reader(end, last.number + 1)
        end_hash = text(reader.block(end), "hash")
        acts, now = self._acts(reader), {lot: _standing(reader, lot) for lot in self.memory.lots}
        for point in (last, Point(number=end, hash=end_hash)):
            if reader.block_hash_now(point.number) != point.hash:
                raise WatchInterrupted("The chain was reorganized meanwhile: look again.")
        notices = self._told(acts, now)
        self.memory.move_on(Point(number=end, hash=end_hash))
        return notices

    def _acts(self, reader: NodeReader) -> list[Act]:
        """What happened to the lots and their receivables."""
        about = {each for lot, known in self.memory.lots.items() for each in (int(lot, 16), known.receivable)}
        return [act for act in acts_of(reader, reader.logs(sorted(about))) if act.name in ACTS]

    def _told(self, acts: Iterable[Act], now: dict[str, Known]) -> list[Notice]:
        """Each act on each lot; and of lots that stand otherwise than these leave them, how they stand."""
        lots, told = self.memory.lots, {each.place for each in self.memory.seen}
        notices: list[Notice] = []
        for act in acts:
            for lot in self._concerned(act):
                lots[lot] = known = _after(act, lot, lots[lot])
                seen = _seen(act, lot, known)
                if seen.place not in told:
                    self.memory.seen.append(seen)
                    notices.append(
                        Notice("act", lot, seen.text, act.name, act.block, act.tx, act.at, state_of(known))
                    )
        if self._is_silent:
            notices = []
        for lot, found in now.items():
            if not found.stands_as(lots[lot]) and lot not in self._added:
                notices.append(state_notice(lot, found))
            if int(found.word, 16):
                lots[lot] = found.model_copy(update={"corrections": lots[lot].corrections})
            else:
                lots[lot] = lots[lot].model_copy(update={"word": found.word})
        return notices

    def _concerned(self, act: Act) -> Iterator[str]:
        values = act.event.values
        about = {values.get(name) for name in ("receivable", "parent")}
        about |= {values.get("lot")} if act.name != "ReceivableContested" else set()
        return (lot for lot, known in self.memory.lots.items() if {int(lot, 16), known.receivable} & about)

    def _reader(self, at: int, since: int = 0) -> NodeReader:
        return NodeReader(self._node, self._contract, at, since)


def _standing(reader: NodeReader, lot: str) -> Known:
    """As of the reader's block. Raises OutOfReach where its state is gone."""
    word = _word(reader, "lotOf", int(lot, 16))
    receivable = LotWord.unpack(word).receivable
    facts = FactsWord.unpack(_word(reader, "facts", receivable) if word else 0)
    return Known(
        word=hex(word), receivable=receivable, currency=facts.currency, status=facts.status, flags=facts.flags
    )


def _word(reader: NodeReader, view: str, key: int) -> int:
    found = reader.word(view, key)
    if found is None:
        raise OutOfReach("state_gone", f"The node has the state of block {reader.at:,} no more.")
    return found


def _after(act: Act, lot: str, before: Known) -> Known:
    """How a lot stands after an act on it or its receivable."""
    values = act.event.values
    change: dict[str, str | int] = {}
    if int(lot, 16) in (values.get("lot"), values.get("rootLot")) and "lotWord" in values:
        change["word"] = hex(values["lotWord"])
    if values.get("parent") == int(lot, 16):
        change["word"] = hex(values["parentWord"])
    if "factsWord" in values:
        facts = FactsWord.unpack(values["factsWord"])
        change |= {"status": facts.status, "flags": facts.flags}
    return before.model_copy(update=change)


def _seen(act: Act, lot: str, after: Known) -> Seen:
    return Seen(
        lot=lot,
        event=act.name,
        block=act.block,
        block_hash=act.block_hash,
        tx=act.tx,
        log_index=act.log_index,
        text=act_text(act, lot, after),
    )


def _hash_of(reader: NodeReader, number: int) -> str | None:
    try:
        return text(reader.block(number), "hash")
    except OutOfReach:
        return None


@contextmanager
def _hanging_together() -> Iterator[None]:
    """What contradicts itself within a node's answers may be a chain that is just being reorganized."""
    try:
        yield
    except Broken as broken:
        raise WatchInterrupted(f"{broken.detail} Look again.", reason=broken.name) from broken
