"""Another process that is killed at a commit of its choice."""

import os
import select
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from registry.kit.clock import Deadline

TRIES = 5
USABLE_SECONDS, WORK_SECONDS = 15.0, 300.0
BEFORE, AFTER = "before", "after"


def is_killed(work: Callable[[], object]) -> bool:
    """Let a child do this work, to its end or until it is killed.

    What another thread of this process holds at the fork, the child finds locked for good, and registries that tests
    share have threads: SQLite's own locks are such. A child that cannot use SQLite has done nothing yet, and another
    is made.
    """
    for _ in range(TRIES):
        child = _usable_child(work)
        if child is not None:
            return _was_killed(child)
    raise AssertionError(f"{TRIES} children in turn stood still")


def use_sqlite() -> None:
    """What stands still where one of SQLite's locks is taken for good."""
    with TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/any.db")) as database:
        database.execute("CREATE TABLE any (number INTEGER)")


def _usable_child(work: Callable[[], object]) -> int | None:
    """A child at work; None where it stood still before it began."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            use_sqlite()
            os.write(writing, b"!")
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        is_usable = bool(select.select([told], [], [], USABLE_SECONDS)[0])
    if is_usable:
        return child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _was_killed(child: int) -> bool:
    deadline = Deadline(WORK_SECONDS)
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if deadline.has_passed:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the child never ended")
        deadline.pause(0.02)
    status = ended[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def die_at(number: int, when: str) -> None:
    """From here on this process is killed at its ``number``-th commit that writes."""
    commits, commit = count(1), Session.commit

    def counted(session: Session) -> None:
        # What only read ends so too.
        is_write = not session.connection().get_execution_options().get("postgresql_readonly")
        is_last = is_write and next(commits) == number
        if is_last and when == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(session)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    Session.commit = counted  # type: ignore[method-assign, assignment]
