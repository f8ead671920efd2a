"""The only place that reads the time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import monotonic, sleep
from typing import Protocol


class Clock(Protocol):
    """Wall time in UTC; injected everywhere, so that tests can set it."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that moves only when told to."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        """Move forward by ``timedelta(**by)``."""
        self.at += timedelta(**by)


def unix(at: datetime) -> int:
    """Whole seconds since 1970 in UTC, as block time counts them."""
    return int(at.timestamp())


def from_unix(seconds: int) -> datetime:
    """The instant of a block time in seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def midnight(on: date) -> int:
    """The block time at which a business date begins, in UTC seconds."""
    return unix(datetime(on.year, on.month, on.day, tzinfo=UTC))


class Stopwatch:
    """Counts real seconds from when it is made."""

    def __init__(self) -> None:
        self._start = monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self._start


class Deadline:
    """A bound on waiting: counts down in real seconds, whatever the injected clock says."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return monotonic() >= self._end

    @property
    def left_s(self) -> float:
        """Seconds until then; 0 once it has passed."""
        return max(0.0, self._end - monotonic())

    def pause(self, seconds: float) -> None:
        """Sleep for ``seconds``, at most until the deadline."""
        sleep(min(seconds, self.left_s))
