"""Which of some amounts come to a total: how one invoice that was cut in parts shows. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

ROUNDING_MINOR = 2  # tax is rounded on each part


class HasAmount(Protocol):
    @property
    def payable_minor(self) -> int: ...


T = TypeVar("T", bound=HasAmount)


class Sums(Generic[T]):
    """Ones, twos and threes of a pool that come to a total, give or take ROUNDING_MINOR; each group once, the smaller
    amounts first. A question for twos costs a step for each amount below the total, one for threes for each two."""

    def __init__(self, pool: Iterable[T]) -> None:
        self._pool = sorted(pool, key=lambda one: one.payable_minor)
        self._amounts = [one.payable_minor for one in self._pool]

    def ones(self, total: int) -> Iterator[T]:
        start = bisect_left(self._amounts, total - ROUNDING_MINOR)
        yield from self._pool[start : bisect_right(self._amounts, total + ROUNDING_MINOR)]

    def twos(self, total: int) -> Iterator[tuple[T, T]]:
        for first, last in self._pairs(0, total):
            yield self._pool[first], self._pool[last]

    def threes(self, total: int) -> Iterator[tuple[T, T, T]]:
        for first, amount in enumerate(self._amounts):
            if 3 * amount > total + ROUNDING_MINOR:
                return
            for second, last in self._pairs(first + 1, total - amount):
                yield self._pool[first], self._pool[second], self._pool[last]

    def _pairs(self, start: int, total: int) -> Iterator[tuple[int, int]]:
        """Two places each: the first moves up and with it the end of those that are not too large moves down."""
        amounts, end = self._amounts, len(self._amounts)
        for first in range(start, len(amounts)):
            most = total - amounts[first] + ROUNDING_MINOR
            if most < amounts[first]:
                return
            while end and amounts[end - 1] > most:
                end -= 1
            least = most - 2 * ROUNDING_MINOR
            if end > first + 1 and amounts[end - 1] >= least:
                for last in range(bisect_left(amounts, least, first + 1, end), end):
                    yield first, last
