"""The embedded chain's key-value database: one SQLite file, one transaction a block."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from eth.db.backends.base import BaseAtomicDB

from registry.chain.errors import ChainUnreadable

FORMAT = 1
_CACHED_KEYS = 50_000

_TABLES = """
    CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS founding (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class ChainStore(BaseAtomicDB):
    """What py-evm writes is staged in memory until ``commit``, which writes it as one SQLite transaction.

    So a block's state, receipts, lookups and the new head are all there or none is, whatever kills the
    process. Not thread-safe: the chain's lock is around every use. Raises ChainUnreadable where the file
    is no chain of this format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._staged: dict[bytes, bytes | None] = {}
        self._staged_founding: dict[str, str] = {}
        self._cache: dict[bytes, bytes] = {}
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise ChainUnreadable(
                f"{path} cannot be opened as a chain ({error}); restore it from a backup or move it away.",
                path=str(path),
            ) from error
        except ChainUnreadable:
            self._db.close()
            raise
        self._seen_version = self._version()

    def _prepare(self) -> None:
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, FORMAT):
            raise ChainUnreadable(
                f"{self._path} has format {found}, this version reads {FORMAT}; upgrade the program.",
                path=str(self._path),
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        # FULL: a block that was answered for survives a power cut, not only a killed process.
        self._db.execute("PRAGMA synchronous=FULL")
        if not found:
            self._db.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version={FORMAT};COMMIT;")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def __getitem__(self, key: bytes) -> bytes:
        if key in self._staged:
            staged = self._staged[key]
            if staged is None:
                raise KeyError(key)
            return staged
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        row = self._db.execute("SELECT value FROM entry WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        value = bytes(row[0])
        self._remember(key, value)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._staged[bytes(key)] = bytes(value)

    def __delitem__(self, key: bytes) -> None:
        if key not in self:
            raise KeyError(key)
        self._staged[bytes(key)] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    @contextmanager
    def atomic_batch(self) -> Iterator[Any]:
        """py-evm's unit of atomic writing. The unit here is the block: a batch that fails makes the block
        fail, and ``rollback`` drops both."""
        yield self

    def founding(self, name: str) -> str | None:
        """A fact written when the chain was founded, or None."""
        row = self._db.execute("SELECT value FROM founding WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def found(self, name: str, value: str) -> None:
        """Stage a founding fact; the next commit writes it."""
        self._staged_founding[name] = value

    def commit(self) -> None:
        """Write everything staged as one durable transaction. On any error nothing is written and the
        staged writes are gone. Raises ChainUnreadable where the file was changed by somebody else."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._check_unchanged()
            self._write_staged()
            self._db.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            self.rollback()
            if isinstance(error, sqlite3.Error):
                raise ChainUnreadable(
                    f"{self._path} cannot be written ({error}); check free space and permissions.",
                    path=str(self._path),
                ) from error
            raise
        for key, value in self._staged.items():
            if value is None:
                self._cache.pop(key, None)
            else:
                self._remember(key, value)
        self._staged.clear()
        self._staged_founding.clear()

    def _check_unchanged(self) -> None:
        # Only the holder of the chain's lock may write; if someone removed the lock file, stop here.
        if self._version() != self._seen_version:
            raise ChainUnreadable(
                f"{self._path} was changed by another program while in use; restart.", path=str(self._path)
            )

    def _write_staged(self) -> None:
        upsert = "INSERT INTO entry VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._db.executemany(upsert, [pair for pair in self._staged.items() if pair[1] is not None])
        gone = [(key,) for key, value in self._staged.items() if value is None]
        if gone:
            self._db.executemany("DELETE FROM entry WHERE key = ?", gone)
        self._db.executemany("INSERT INTO founding VALUES (?, ?)", list(self._staged_founding.items()))

    def rollback(self) -> None:
        """Forget everything staged since the last commit."""
        self._staged.clear()
        self._staged_founding.clear()

    def close(self) -> None:
        """Drop what is staged and close the file."""
        self.rollback()
        self._cache.clear()
        self._db.close()

    def _remember(self, key: bytes, value: bytes) -> None:
        # Emptied when full: simpler than an LRU, and as fast where the working set fits.
        if len(self._cache) >= _CACHED_KEYS:
            self._cache.clear()
        self._cache[key] = value
