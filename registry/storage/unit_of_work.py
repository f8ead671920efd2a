"""One act, one transaction: the only place that commits."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from registry.kit.errors import Unavailable
from registry.storage.sight import Viewer, narrow

BUSY_MS = 15_000


class DatabaseBusy(Unavailable):
    code = "database_busy"
    title = "The database is locked by another process"


class Database:
    """An engine and the units of work on it.

    SQLite: write-ahead log, foreign keys on, and every writing transaction begins IMMEDIATE, so that two
    writers queue at the start instead of failing in the middle. ``info`` is what every session carries.
    """

    def __init__(self, url: str, *, busy_ms: int = BUSY_MS, info: dict[str, Any] | None = None) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        if self.engine.dialect.name == "sqlite":
            _tune_sqlite(self.engine, busy_ms)
        self.info = info or {}
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=True, info=self.info)
        self.viewer: Viewer | None = None
        self.last: Callable[[Session], None] | None = None

    def on_behalf(self, viewer: Viewer | None = None, last: Callable[[Session], None] | None = None) -> Self:
        """The same database as somebody's request sees it: ``read`` shows what the viewer may see (all, if
        None), and ``last`` is done at the end of each unit of work, within its transaction.
        """
        mine = copy.copy(self)
        mine.viewer, mine.last = viewer, last
        return mine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A unit of work: commits at the end of the block, undoes everything on any exception.

        Raises DatabaseBusy when another process holds the database for longer than the bound.
        """
        with self._sessions() as session:
            try:
                if self.engine.dialect.name == "sqlite":
                    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                yield session
                if self.last is not None:
                    session.flush()
                    self.last(session)
                session.commit()
            except OperationalError as error:
                session.rollback()
                raise _as_refusal(error) from error
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot for reading; whatever is written in it is thrown away."""
        with self._sessions() as session:
            try:
                if self.engine.dialect.name == "sqlite":
                    session.connection().exec_driver_sql("BEGIN")
                if self.viewer is not None:
                    narrow(session, self.viewer)
                yield session
            except OperationalError as error:
                raise _as_refusal(error) from error
            finally:
                session.expunge_all()  # records stay readable after the block
                session.rollback()

    def close(self) -> None:
        self.engine.dispose()


def _as_refusal(error: OperationalError) -> BaseException:
    if "locked" in str(error.orig) or "busy" in str(error.orig):
        return DatabaseBusy("Another process holds the database. Try again in a few seconds.")
    return error


def _tune_sqlite(engine: Engine, busy_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(busy_ms)}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
