"""Another process that is killed at a commit of its choice."""

import os
import signal
from collections.abc import Callable
from itertools import count

from sqlalchemy.orm import Session

BEFORE, AFTER = "before", "after"


def is_killed(work: Callable[[], object]) -> bool:
    """Let a child do this work, to its end or until it is killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
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
