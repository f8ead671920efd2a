"""Reaching back from a pack's block to the older blocks it reads, in as few headers as the chain allows.

A chain under prague keeps the hashes of its last 8,191 blocks in its state (EIP-2935): one storage proof each, and
from the oldest of them as far back again. Where it does not, or its old state is gone, headers are chained by their
parents over short gaps. What neither reaches stays in the pack untied, and a node has to be asked for it.
"""

from collections.abc import Callable, Iterable, Sequence

from registry.chain.history import HISTORY_SLOTS
from registry.chain.node import Json, Node
from registry.provenance.binding import HISTORY, HISTORY_WINDOW
from registry.provenance.reading import NodeReader, text

MAX_WAYPOINTS = 64
MAX_GAP = 64
MAX_CHAINED = 512

ProveState = Callable[[str, Sequence[int], int], list[int] | None]


class Reach:
    """One pack's headers."""

    def __init__(self, node: Node, reader: NodeReader, prove_state: ProveState) -> None:
        self._node = node
        self._reader = reader
        self._prove_state = prove_state
        self._blocks: dict[int, Json] = {}
        self._keepers: dict[int, int] = {}

    def headers(self, read: Iterable[int]) -> list[tuple[Json, int | None]]:
        """The blocks read, and those between that tie them together, latest first; with each the number of the
        later block whose state holds its hash."""
        wanted = sorted({*read, self._reader.at}, reverse=True)
        self._fetch(wanted)
        lonely = [number for number in wanted[1:] if number + 1 not in self._blocks]
        self._chain(self._remember(lonely), wanted)
        return [
            # Where the next header is here, it names this one as its parent.
            (block, None if number + 1 in self._blocks else self._keepers.get(number))
            for number, block in sorted(self._blocks.items(), reverse=True)
        ]

    def _fetch(self, numbers: Sequence[int]) -> None:
        self._reader.prefetch([], numbers)
        self._blocks.update({number: self._reader.block(number) for number in numbers})

    def _remember(self, lonely: list[int]) -> list[int]:
        """Prove by the state of later blocks what can be; answers the others."""
        keeper, left = self._reader.at, list(lonely)
        for _ in range(MAX_WAYPOINTS):
            near = [number for number in left if keeper - number <= HISTORY_WINDOW]
            further = left[len(near) :]
            waypoint = [keeper - HISTORY_WINDOW] if further else []
            if not self._kept(keeper, [*near, *waypoint]):
                return left
            if not waypoint:
                return []
            left, keeper = further, waypoint[0]
        return left

    def _kept(self, keeper: int, numbers: list[int]) -> bool:
        """Whether the state of ``keeper`` holds the hashes of all of these, which then is proven."""
        if not numbers:
            return True
        found = self._prove_state(HISTORY, [number % HISTORY_SLOTS for number in numbers], keeper)
        self._fetch(numbers)
        is_kept = found == [int(text(self._blocks[number], "hash"), 16) for number in numbers]
        if is_kept:
            self._keepers.update(dict.fromkeys(numbers, keeper))
        return is_kept

    def _chain(self, lonely: list[int], wanted: list[int]) -> None:
        """Close short gaps by the headers between."""
        spent = 0
        for number in lonely:
            above = min(each for each in wanted if each > number)
            spent += above - number
            if above - number <= MAX_GAP and spent <= MAX_CHAINED:
                self._fetch(range(number + 1, above))
