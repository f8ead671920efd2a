"""One act, one transaction: the only place that commits."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from threading import Lock
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.util.concurrency import await_only, greenlet_spawn, in_greenlet

from registry.storage.backend import Awaiting, Backend, Lead
from registry.storage.errors import DatabaseAway, DatabaseBusy, DatabaseUnsuitable
from registry.storage.postgresql import Postgresql
from registry.storage.questions import Question, answered, worded
from registry.storage.sight import Viewer, narrow
from registry.storage.sqlite import Sqlite
from registry.storage.storable import keep_to_what_is_storable, require_storable

BUSY_MS = 15_000
Found = TypeVar("Found")


class Database:
    """A database, SQLite or PostgreSQL by its URL, and the units of work on it.

    Whoever writes is alone and sees all that was committed; whoever reads sees one state throughout. Writers of one
    process queue here, so that each process waits in the database with one of them at most. ``info`` is what every
    session carries; ``witness`` sees what each unit of work is about to write, and may add to it. Raises
    DatabaseUnsuitable where the URL names neither.
    """

    def __init__(
        self,
        url: str,
        *,
        busy_ms: int = BUSY_MS,
        info: dict[str, Any] | None = None,
        witness: Callable[[Session], None] | None = None,
    ) -> None:
        self.url = url
        self.backend = _backend(url, busy_ms)
        self.engine: Engine = self.backend.engine
        for engine in {self.engine, self.backend.asking}:
            keep_to_what_is_storable(engine)
        self._awaited: Awaiting | None = None
        self.info = info or {}
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=True, info=self.info)
        if witness is not None:
            event.listen(self._sessions, "before_flush", lambda session, *_: witness(session))
        self._turn = Lock()
        self._busy_s = busy_ms / 1000
        self.viewer: Viewer | None = None
        self.last: Callable[[Session], None] | None = None

    def on_behalf(self, viewer: Viewer | None = None, last: Callable[[Session], None] | None = None) -> Self:
        """The same database as somebody's request sees it: ``read`` shows what the viewer may see (all, if
        None), and ``last`` is done at the end of each unit of work, within its transaction.
        """
        mine = object.__new__(
            type(self)
        )  # for each request one: copy.copy takes longer than all the rest of it
        mine.__dict__.update(self.__dict__)
        mine.viewer, mine.last = viewer, last
        return mine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A unit of work: commits at the end of the block, undoes everything on any exception.

        Raises DatabaseBusy when others write for longer than the bound, DatabaseAway, ValueNotStorable.
        """
        with self._in_turn(), self._sessions() as session:
            is_committing = False
            try:
                self.backend.begin_write(session)
                yield session
                if self.last is not None:
                    session.flush()
                    self.last(session)
                session.flush()
                is_committing = True
                session.commit()
            except BaseException as error:
                session.rollback()
                self._refuse(error, is_committing=is_committing)
                raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot for reading; whatever is changed in it is never written."""
        with self._sessions(autoflush=False) as session:
            is_well = False
            try:
                self.backend.begin_read(session)
                if self.viewer is not None:
                    narrow(session, self.viewer)
                yield session
                is_well = True
            except Exception as error:
                self._refuse(error)
                raise
            finally:
                session.expunge_all()  # records stay readable after the block
                if is_well and self.backend.keeps_readers_from_writing:
                    session.commit()  # after a ROLLBACK the driver would forget what it has had prepared
                else:
                    session.rollback()

    def ask(self, question: Question, **values: object) -> list[Any]:
        """The rows that one SELECT finds now, their values by name; narrowed as ``read`` is. Raises DatabaseBusy,
        DatabaseAway, ValueNotStorable."""
        try:
            if self._awaited is None or not in_greenlet():
                return answered(self.backend.asking.connect, question, self.viewer, values)
            words = worded(question, self.engine.dialect, self.viewer)
            given = {**words.given, **values}
            require_storable(tuple(given.values()))
            return words.read(await_only(self._awaited.rows(words.sql, given)))
        except Exception as error:
            self._refuse(error)
            raise

    @asynccontextmanager
    async def awaiting(self) -> AsyncIterator[None]:
        """Connections of this event loop's own, as long as the block lasts, where the database can be waited for so."""
        awaited = self.backend.awaitable()
        if awaited is None:
            yield
            return
        self._awaited = awaited
        try:
            yield
        finally:
            self._awaited = None
            await awaited.close()

    async def attend(self, work: Callable[[], Found]) -> Found:
        """Do in the event loop what reads by ``ask`` alone, and wait for the database without a thread. Only where
        ``is_attended``."""
        return await greenlet_spawn(work)

    @property
    def is_attended(self) -> bool:
        return self._awaited is not None

    def lead(self, name: str, wait_s: float = 0.0) -> AbstractContextManager[Lead | None]:
        """Be the one of all processes on this database that does what is named so, for the length of the block.

        Gives a function that says whether it is still so (a connection can break), or None where another does it,
        which is waited for ``wait_s`` seconds. That of a killed process is free at once. Raises DatabaseAway.
        """
        return self.backend.lead(name, wait_s)

    def close(self) -> None:
        self.backend.close()

    @contextmanager
    def migration(self) -> Iterator[Connection]:
        """A transaction that changes tables, alone like a unit of work, however long it takes."""
        self.backend.require_usable()
        with self.engine.connect() as connection:
            try:
                self.backend.begin_migration(connection)
                yield connection
                connection.commit()
            except Exception as error:
                connection.rollback()
                self._refuse(error)
                raise

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_s):
            raise DatabaseBusy("Others are writing. Try again in a few seconds.")
        try:
            yield
        finally:
            self._turn.release()

    def _refuse(self, error: BaseException, *, is_committing: bool = False) -> None:
        """Raises the refusal that a driver's error comes to, if it comes to one."""
        if isinstance(error, PoolExhausted):
            raise DatabaseBusy("Too many read at once. Try again in a few seconds.") from error
        refusal = self.backend.refusal_of(error)
        if is_committing and isinstance(refusal, DatabaseAway):
            raise DatabaseAway(
                "The database went away at the very end: it may have been done or not. Look at the record, or ask "
                "again with the same Idempotency-Key."
            ) from error
        if refusal is not None:
            raise refusal from error


def _backend(url: str, busy_ms: int) -> Backend:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnsuitable("`database_url` is no URL such as postgresql://user@host/name.") from None
    match parsed.get_backend_name():
        case "sqlite":
            return Sqlite(parsed, busy_ms)
        case "postgresql":
            return Postgresql(parsed, busy_ms)
        case other:
            raise DatabaseUnsuitable(f"A database is sqlite or postgresql, not {other}.")
