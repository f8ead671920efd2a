"""Whatever three nodes go through, in random order: afterwards the mirror says what their chain says, and every act took
effect once or was refused."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

from registry.kit.clock import Stopwatch
from registry.kit.errors import Refusal
from registry.relay.model import ActStatus
from registry.relay.relay import STUCK_SECONDS
from tests.mirror.test_worker import minima_on_chain
from tests.mirror.three_nodes import ALL, DrivenLife

DEEPEST = 8
_LAST_BLOCKS = 12


class Chaos:
    """A walk over a network that is whole at first. ``steps`` counts what was done by name, ``healed`` how often all was
    well again, ``longest_s`` says how long the mirror took then at most."""

    def __init__(self, life: DrivenLife, seed: int) -> None:
        self.life, self.net = life, life.net
        self.random = Random(seed)
        self.alone: int | None = None
        self.steps: dict[str, int] = {}
        self.healed, self.longest_s = 0, 0.0
        self._acts: dict[int, str] = {}
        self._minimum = 1_000

    @property
    def count(self) -> int:
        return sum(self.steps.values())

    @property
    def acts(self) -> int:
        return len(self._acts)

    # Who is there

    def up(self) -> list[int]:
        return [place for place in ALL if self.net.nodes[place].is_up]

    def side(self, place: int) -> list[int]:
        """The nodes that hear of what one does."""
        return [each for each in self.up() if (each == self.alone) == (place == self.alone)]

    def majority(self) -> list[int]:
        return [place for place in ALL if place != self.alone]

    # What may happen

    def walk(self, steps: int) -> None:
        chances: list[tuple[Callable[[], bool], int]] = [
            (self.block, 8), (self.fork, 5), (self.part, 2), (self.heal, 3), (self.kill, 1), (self.restart, 2),
            (self.halt, 1), (self.go_on, 2), (self.finalize, 2), (self.finalize_alone, 1),
        ]  # fmt: skip
        moves, weights = [move for move, _ in chances], [weight for _, weight in chances]
        while self.count < steps:
            [move] = self.random.choices(moves, weights)
            if move():
                self.steps[move.__name__] = self.steps.get(move.__name__, 0) + 1
                with suppress(Refusal):  # of nodes that are away or at odds; healing must help
                    self.life.worker.run_once()
        self.heal()
        self._settle()

    def block(self) -> bool:
        """Up to three acts, and a block on some node."""
        for _ in range(self.random.randint(0, 3)):
            self._minimum += 1
            arguments = [365, 10, 5, 30, self._minimum]
            self._acts[self._minimum] = self.life.enqueue("setLimits", arguments, sender="operator")
        with suppress(Refusal):
            self.life.worker.run_once()
        place = self.random.choice(self.up())
        self.life.gossip(place)
        self._hand(place, self.net.make(place).hash)
        return True

    def fork(self) -> bool:
        """One to ``DEEPEST`` blocks are replaced, by fewer or more."""
        place = self.random.choice(self.up())
        final = self.net.number(self.net.finals[self.majority()[0]])
        # Not down to the final block itself: made head again, the client forgets its receipts.
        depth = min(self.random.randint(1, DEEPEST), self.net.number(self.net.heads[place]) - final - 1)
        if depth < 1 or (place == self.alone and not self._has_final(place)):
            return False
        self._hand(place, self.life.fork(depth, max(1, depth + self.random.randint(-1, 2)), on=place))
        return True

    def part(self) -> bool:
        if self.alone is not None:
            return False
        self.alone = self.random.choice(ALL)
        return True

    def kill(self) -> bool:
        return self._if_spared(lambda place: self.net.nodes[place].kill())

    def halt(self) -> bool:
        return self._if_spared(lambda place: self.net.nodes[place].halt())

    def restart(self) -> bool:
        for place in ALL:
            if not self.net.nodes[place].is_running:
                self.net.restart(place)
                return True
        return False

    def go_on(self) -> bool:
        for place in ALL:
            if self.net.nodes[place].is_running and not self.net.nodes[place].is_up:
                self.net.nodes[place].go_on()
                return True
        return False

    def finalize(self) -> bool:
        """Two of three agree, as they must."""
        places = [place for place in self.majority() if self.net.nodes[place].is_up]
        if len(places) < 2 or len({self.net.heads[place] for place in places}) > 1:
            return False
        head, final = self.net.heads[places[0]], self.net.finals[places[0]]
        number = self.random.randint(self.net.number(final), self.net.number(head))
        for place in self.majority():
            self.net.finals[place] = self.net.ancestor(head, self.net.number(head) - number)
        self.net.finalize(self.net.finals[places[0]], *places)
        return True

    def finalize_alone(self) -> bool:
        """One node that hears of no other calls its own head final."""
        if self.alone is None or not self.net.nodes[self.alone].is_up:
            return False
        self.net.finalize(self.net.heads[self.alone], self.alone)
        return True

    def heal(self) -> bool:
        """All up, on the longest branch of the majority; then the mirror is looked at."""
        for place in ALL:
            node = self.net.nodes[place]
            if not node.is_running:
                self.net.restart(place)
            elif not node.is_up:
                node.go_on()
        head = max(
            (self.net.heads[place] for place in self.majority() if self._has_final(place)),
            key=self.net.number,
        )
        self.net.finals = [self.net.finals[self.majority()[0]] for _ in ALL]
        self.alone = None
        self.net.hand(head, *ALL)
        watch = Stopwatch()
        self.life.mirror.catch_up()
        self.healed, self.longest_s = self.healed + 1, max(self.longest_s, watch.seconds)
        assert self.life.is_a_fresh_replay(), self.steps
        assert self.life.drifts() == [], self.steps
        return True

    # Helpers

    def _hand(self, place: int, tip: str) -> None:
        self.net.hand(tip, *(each for each in self.side(place) if each != place))

    def _if_spared(self, harm: Callable[[int], None]) -> bool:
        """One node at least stays up."""
        if len(self.up()) < 2:
            return False
        harm(self.random.choice(self.up()))
        return True

    def _has_final(self, place: int) -> bool:
        """Whether a node's branch has what the majority calls final."""
        return self.net.is_above(self.net.heads[place], self.net.finals[self.majority()[0]])

    def _settle(self) -> None:
        """All acts end, each that was included with its one effect, the refused ones with none. Time passes: what is
        left behind a gap of nonces or for its fee is seen to only when it has waited. Nodes take turns: the client's
        pool may keep what a reorganization made old, and then gives no block anything of that sender."""
        for turn in range(_LAST_BLOCKS):
            self.life.clock.at += timedelta(seconds=STUCK_SECONDS)
            self.life.worker.run_once()
            statuses = {minimum: self.life.act(one).status for minimum, one in self._acts.items()}
            if set(statuses.values()) <= {ActStatus.INCLUDED, ActStatus.REFUSED}:
                break
            place = turn % len(ALL)
            self.life.gossip(place)
            self.life.advance(on=place)
        assert self.life.is_a_fresh_replay()
        assert set(statuses.values()) <= {ActStatus.INCLUDED, ActStatus.REFUSED}, statuses
        on_chain = minima_on_chain(self.life)
        for minimum, status in statuses.items():
            assert on_chain.count(minimum) == (status == ActStatus.INCLUDED), (minimum, status)
