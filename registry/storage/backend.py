"""What the unit of work asks of a database; SQLite and PostgreSQL each answer it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from registry.kit.errors import Refusal

Lead = Callable[[], bool]  # whether it is still held
POLL_S = 0.03  # between two attempts at a lock


class Awaiting(Protocol):
    """Single SELECTs for an event loop, which waits for them."""

    async def rows(self, sql: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Raises the driver's errors, DatabaseBusy."""

    async def close(self) -> None: ...


class Backend(Protocol):
    """One database, its transactions and its locks. ``asking``: for single SELECTs, each a transaction of its own."""

    engine: Engine
    asking: Engine
    keeps_readers_from_writing: bool

    def require_usable(self) -> None:
        """Raises DatabaseAway, DatabaseUnsuitable, each saying what to do."""

    def awaitable(self) -> Awaiting | None:
        """As ``asking``, for one event loop, which closes it; None where a thread has to wait."""

    def begin_write(self, session: Session) -> None:
        """From here to the end of the transaction nobody else writes, and all that was committed is seen."""

    def begin_read(self, session: Session) -> None:
        """From here to the end of the transaction one state is seen."""

    def begin_migration(self, connection: Connection) -> None:
        """Like ``begin_write``, and however long it takes."""

    def refusal_of(self, error: BaseException) -> Refusal | None:
        """What the driver's error, or SQLAlchemy's of it, means to people; None for what is a fault of the program."""

    def lead(self, name: str, wait_s: float) -> AbstractContextManager[Lead | None]:
        """A lock that one holder has of all processes on this database; None where another holds it."""

    def close(self) -> None: ...
