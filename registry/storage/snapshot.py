"""Copies of SQLite files while others write them, all as of one moment."""

import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

from registry.kit.errors import Conflict


class CopyDamaged(Conflict):
    code = "copy_damaged"
    title = "A copy of the database is not whole"


def copy_files(files: Mapping[Path, Path], alone: AbstractContextManager[object]) -> None:
    """Copy each file, by SQLite's online backup, to its target as it stood while ``alone`` was held.

    ``alone`` is entered for the milliseconds in which all are begun to be read, so that whoever writes several of these
    files one after the other is not caught between. Raises CopyDamaged, and what entering ``alone`` raises.
    """
    with ExitStack() as stack:
        opened = {
            target: stack.enter_context(
                closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))
            )
            for path, target in files.items()
        }
        with alone:
            for source in opened.values():
                # From its first read to its end a transaction sees one state, and the backup is made in it.
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        for target, source in opened.items():
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
                require_whole(copy)


def require_whole(copy: sqlite3.Connection) -> None:
    """Raises CopyDamaged."""
    try:
        found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise CopyDamaged(f"SQLite says of it: {found}.")
