"""Which of some amounts come to a total: how one invoice that was cut in parts shows. Pure."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

ROUNDING_MINOR = 2  # tax is rounded on each part


class HasAmount(Protocol):
    @property
    def payable_minor(self) -> int: ...


T = TypeVar("T", bound=HasAmount)


class Sums(Generic[T]):
    """Ones, twos and threes of a pool that come to a total, give or take ROUNDING_MINOR; each group once, the smaller
    amounts first. Made once for a pool: a question then costs a look-up for each one, or pair, below the total."""

    def __init__(self, pool: Iterable[T]) -> None:
        self._pool = sorted(pool, key=lambda one: one.payable_minor)
        self._amounts = [one.payable_minor for one in self._pool]
        self._places: dict[int, list[int]] = {}
        for place, amount in enumerate(self._amounts):
            for near in range(amount - ROUNDING_MINOR, amount + ROUNDING_MINOR + 1):
                self._places.setdefault(near, []).append(place)

    def ones(self, total: int) -> Iterator[T]:
        return (self._pool[place] for place in self._places.get(total, ()))

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
        amounts, places = self._amounts, self._places
        for first in range(start, len(amounts)):
            rest = total - amounts[first]
            if rest + ROUNDING_MINOR < amounts[first]:
                return
            for last in places.get(rest, ()):
                if last > first:
                    yield first, last
