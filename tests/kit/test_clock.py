"""Time is injected; waits end."""

from datetime import UTC, date, datetime

from registry.kit.clock import Deadline, FixedClock, SystemClock, from_unix, midnight, unix


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(days=1, seconds=30)
    assert clock.now() == datetime(2026, 1, 6, 9, 0, 30, tzinfo=UTC)


def test_block_times_are_whole_seconds_in_utc() -> None:
    assert from_unix(unix(datetime(2026, 1, 5, tzinfo=UTC))) == datetime(2026, 1, 5, tzinfo=UTC)
    assert midnight(date(1970, 1, 2)) == 86_400
    assert SystemClock().now().tzinfo is UTC


def test_a_deadline_passes_and_never_sleeps_past_itself() -> None:
    deadline = Deadline(0.01)
    deadline.pause(60)
    assert deadline.has_passed
