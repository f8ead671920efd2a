"""A child that inherited a lock is replaced before it has done anything, and nobody waits for one without end."""

import time
from functools import partial
from pathlib import Path

import pytest

from tests.builders import dying

BOUND_S = 0.5
LONG_S = 60.0


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A file that holds a mark for each time the work was done."""
    return tmp_path / "done"


def work(done: Path) -> None:
    with done.open("a") as file:
        file.write("!")


def stand_still(once: Path) -> None:
    """As with a lock taken for good, the first time."""
    if not once.exists():
        once.touch()
        time.sleep(LONG_S)


def test_a_child_that_stands_still_is_replaced_and_the_work_done_once(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dying, "USABLE_SECONDS", BOUND_S)
    monkeypatch.setattr(dying, "use_sqlite", partial(stand_still, tmp_path / "once"))
    assert not dying.is_killed(partial(work, done))
    assert done.read_text() == "!"


def test_where_every_child_stands_still_it_is_said(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dying, "USABLE_SECONDS", BOUND_S / dying.TRIES)
    monkeypatch.setattr(dying, "use_sqlite", partial(time.sleep, LONG_S))
    with pytest.raises(AssertionError, match="stood still"):
        dying.is_killed(partial(work, done))
    assert not done.exists()


def test_work_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dying, "WORK_SECONDS", BOUND_S)
    with pytest.raises(AssertionError, match="never ended"):
        dying.is_killed(partial(time.sleep, LONG_S))
