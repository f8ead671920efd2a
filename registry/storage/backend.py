"""What the unit of work asks of a database; SQLite and PostgreSQL each answer it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from registry.kit.errors import Refusal
from registry.storage.errors import ValueNotStorable

Lead = Callable[[], bool]  # whether it is still held
POLL_S = 0.03  # between two attempts at a lock


class Backend(Protocol):
    """One database, its transactions and its locks. ``asking``: for single SELECTs, each a transaction of its own."""

    engine: Engine
    asking: Engine
    keeps_readers_from_writing: bool

    def require_usable(self) -> None:
        """Raises DatabaseAway, DatabaseUnsuitable, each saying what to do."""

    def awaitable(self) -> AsyncEngine | None:
        """As ``asking``, for an event loop, which disposes of it; None where a thread has to wait."""

    def begin_write(self, session: Session) -> None:
        """From here to the end of the transaction nobody else writes, and all that was committed is seen."""

    def begin_read(self, session: Session) -> None:
        """From here to the end of the transaction one state is seen."""

    def begin_migration(self, connection: Connection) -> None:
        """Like ``begin_write``, and however long it takes."""

    def refusal_of(self, error: DBAPIError) -> Refusal | None:
        """What the driver's error means to people; None for what is a fault of the program."""

    def lead(self, name: str, wait_s: float) -> AbstractContextManager[Lead | None]:
        """A lock that one holder has of all processes on this database; None where another holds it."""

    def close(self) -> None: ...


def keep_to_what_is_storable(engine: Engine) -> None:
    """Refuse text with NUL and numbers beyond 64 bits before a driver sees them, so that both databases hold the
    same and nobody outside reads a driver's error."""

    @event.listens_for(engine, "before_cursor_execute")
    def checked(_c: Any, _cursor: Any, _sql: str, given: Any, *_: Any) -> None:
        # Of many rows a list, looked at column by column; many rows in one statement come as the values of one.
        rows = given if isinstance(given, list) else [given]
        for column in zip(*(row.values() if isinstance(row, Mapping) else row for row in rows), strict=True):
            _check_column(column)


def _check_column(column: Sequence[object]) -> None:
    kinds = set(map(type, column))
    if kinds == {int}:
        _check((min(column), max(column)))  # type: ignore[type-var]
    elif kinds == {str}:
        _check(("".join(column),))  # type: ignore[arg-type]
    else:
        _check(column)


def _check(values: Iterable[object]) -> None:
    for value in values:
        kind = type(value)
        if kind is str:
            if "\0" in value:  # type: ignore[operator]
                raise ValueNotStorable("Take the NUL character (U+0000) out of the text.")
        elif kind is int:
            if not -(2**63) <= value < 2**63:  # type: ignore[operator]
                raise ValueNotStorable("Numbers have at most 64 bits.", value=str(value)[:100])
        elif kind is list:
            _check_column(value)  # type: ignore[arg-type]
