"""How much is asked of a node at a time: less where it refuses, more again where it does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from registry.chain.errors import ChainNotReachable, NodeRefused

T = TypeVar("T")


@dataclass
class Pace:
    """``size`` at a time now, ``most`` at best."""

    most: int
    size: int = 0

    def __post_init__(self) -> None:
        self.size = self.size or self.most

    def ask(self, count: int, request: Callable[[int], T]) -> tuple[T, int]:
        """The answer to ``request(n)`` for as many of ``count`` as the node takes, and that number.

        Limits are told in as many ways as there are nodes, so any refusal halves; of one alone it is raised. A node
        that does not answer is given up sooner, since each try may take its whole time."""
        while True:
            asked = min(count, self.size)
            try:
                answer = request(asked)
            except NodeRefused:
                if asked == 1:
                    raise
            except ChainNotReachable:
                if asked == 1 or self.size * 4 <= self.most:
                    raise
            else:
                self.size = min(self.most, self.size + max(1, self.size // 4))
                return answer, asked
            self.size = max(1, asked // 2)


def in_batches(pace: Pace, batch: Callable[[Sequence[Any]], list[Any]], requests: Sequence[Any]) -> list[Any]:
    """The answers to all requests, in their order."""
    answers: list[Any] = []
    while len(answers) < len(requests):
        done = len(answers)
        some, _ = pace.ask(len(requests) - done, lambda n, at=done: batch(requests[at : at + n]))  # type: ignore[misc]
        answers += some
    return answers
