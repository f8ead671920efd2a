"""SQLite: one file, one writer at a time, readers beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.kit.errors import Refusal
from registry.storage.backend import POLL_S, Lead
from registry.storage.errors import DatabaseAway, DatabaseBusy

# Of 4 KiB, kept in the log before they are copied into the file. A step of the mirror writes a thousand, most of them
# written again by the next.
WAL_PAGES = 10_000
# A step's pages stay in memory until it ends: with SQLite's 2 MiB they are written and read again meanwhile.
CACHE_KIB = 16 * 1024

_AWAY = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Sqlite:
    """Write-ahead log, foreign keys on, and every writing transaction begins IMMEDIATE, so that two writers queue
    at the start instead of failing in the middle."""

    keeps_readers_from_writing = False

    def __init__(self, url: URL, busy_ms: int) -> None:
        self.engine = create_engine(url, hide_parameters=True)  # what records hold is in no error's text
        self.asking = self.engine  # without a BEGIN each statement is alone
        self._busy_ms = busy_ms
        event.listen(self.engine, "connect", self._tune)

    def _tune(self, connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(self._busy_ms)}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        cursor.execute(f"PRAGMA cache_size={-CACHE_KIB}")
        cursor.close()

    def require_usable(self) -> None:
        """A file is there or is made."""

    def awaitable(self) -> None:
        return None

    def begin_write(self, session: Session) -> None:
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")

    def begin_read(self, session: Session) -> None:
        session.connection().exec_driver_sql("BEGIN")

    def begin_migration(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def refusal_of(self, error: BaseException) -> Refusal | None:
        said = error.orig if isinstance(error, DBAPIError) else error
        code = getattr(said, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return DatabaseBusy("Another process holds the database. Try again in a few seconds.")
        if code in _AWAY:
            return DatabaseAway("The database's file cannot be read or written.")
        return None

    @contextmanager
    def lead(self, name: str, wait_s: float) -> Iterator[Lead | None]:
        """A lock file beside the database's; that of a killed process is free at once."""
        lock = FileLock(f"{self.engine.url.database}.{name}.lock")
        try:
            lock.acquire(timeout=wait_s, poll_interval=POLL_S)
        except Timeout:
            yield None
            return
        try:
            yield lambda: True
        finally:
            lock.release()

    def close(self) -> None:
        self.engine.dispose()
