"""PostgreSQL: one writer at a time by an advisory lock, readers on snapshots of their own.

What use cases rely on is what SQLite gives them: whoever writes sees all that was committed and is alone until it
commits. So each unit of work first takes one lock and then reads statement by statement (READ COMMITTED): the lock of
the one before is freed only after what it wrote is visible. Readers take no lock.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from registry.kit.clock import Deadline
from registry.kit.errors import Refusal
from registry.storage.backend import POLL_S, Awaiting, Lead
from registry.storage.errors import DatabaseAway, DatabaseBusy, DatabaseUnsuitable, ValueNotStorable

log = logging.getLogger(__name__)

OLDEST = 15
COPY = "COPY "
CONNECTIONS = 10  # kept open by a process
MORE_CONNECTIONS = 30  # beyond these, while there is need
CONNECT_S = 5
STATEMENT_MS = 60_000
# A process that stands still within a transaction keeps all others from writing for so long, no longer.
IDLE_MS = 60_000
_BYTEWISE = ("C", "POSIX", "C.UTF-8", "C.utf8")

# By the first characters of SQLSTATE, the longest match counts (PostgreSQL's appendix A).
_BUSY = ("55P03", "40001", "40P01", "57014", "53")
_AWAY = ("08", "57P", "58", "53100", "25006", "25P03", "XX")
_NOT_STORABLE = ("22001", "22003", "22021", "22P05")


class Postgresql:
    """Server and network may be away: every wait has a bound, and every connection is tried before it is used."""

    keeps_readers_from_writing = True

    def __init__(self, url: URL, busy_ms: int) -> None:
        url = url.set(drivername="postgresql+psycopg")
        self._wait_s = max(busy_ms / 1000, 0.01)
        self.engine = create_engine(
            url,
            hide_parameters=True,  # an error's text, which may be logged, is not to quote what records hold
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
            pool_timeout=self._wait_s,
            connect_args=_arguments(
                statement_timeout=STATEMENT_MS,
                lock_timeout=max(busy_ms, 1),  # 0 would mean: for ever
                idle_in_transaction_session_timeout=IDLE_MS,
            ),
        )
        _let_copy(self.engine)
        self._url = url
        self.asking = create_engine(
            url,
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=self._wait_s,
            isolation_level="AUTOCOMMIT",
            connect_args=_ASKING,
        )
        # Locks that outlive transactions stand on connections of their own, on which nothing else is done.
        self._locking = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=2,
            max_overflow=MORE_CONNECTIONS,
            pool_timeout=CONNECT_S,
            isolation_level="AUTOCOMMIT",
            connect_args=_arguments(
                statement_timeout=1000 * CONNECT_S, lock_timeout=1000 * CONNECT_S, idle_session_timeout=0
            ),
        )

    def require_usable(self) -> None:
        try:
            with self.engine.connect() as connection:
                _require_suitable(connection)
        except DBAPIError as error:
            url = self.engine.url
            where = f"{url.database} at {url.host or url.query.get('host', 'its socket')}"
            said = str(error.orig).strip().splitlines()[-1] if str(error.orig).strip() else "no answer"
            raise DatabaseAway(
                f"PostgreSQL does not let us in to {where}: {said}. Start it, or correct `database_url`."
            ) from error

    def awaitable(self) -> Awaiting:
        from registry.storage.awaited import Awaited  # noqa: PLC0415 - only here is the driver sure to be wanted

        _, named = self.asking.dialect.create_connect_args(self._url)
        return Awaited({**named, **_ASKING}, CONNECTIONS, self._wait_s)

    def begin_write(self, session: Session) -> None:
        session.connection().execute(_ONE_WRITER)

    def begin_read(self, session: Session) -> None:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        session.connection(execution_options=options)

    def begin_migration(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute(_ONE_WRITER)

    def refusal_of(self, error: BaseException) -> Refusal | None:
        said = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(said, "sqlstate", None) or ("08" if self._is_lost(error, said) else "")
        length = max(
            (len(one) for one in (*_BUSY, *_AWAY, *_NOT_STORABLE) if state.startswith(one)), default=0
        )
        kind = state[:length]
        if kind in _BUSY:
            return DatabaseBusy("The database has too much to do. Try again in a few seconds.")
        if kind in _AWAY:
            log.warning("the database does not answer: %s", said)
            return DatabaseAway("The database does not answer. Try again in a few seconds.")
        if kind in _NOT_STORABLE:
            log.warning("a value was not storable (%s)", state)  # the driver's words may quote it
            return ValueNotStorable("A text or number is larger than what its place in the database holds.")
        return None

    def _is_lost(self, error: BaseException, said: BaseException | None) -> bool:
        """Without SQLSTATE: the server could not be reached, or the connection broke."""
        driver = self.engine.dialect.loaded_dbapi
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return True
        return isinstance(said, (driver.OperationalError, driver.InterfaceError))

    @contextmanager
    def lead(self, name: str, wait_s: float) -> Iterator[Lead | None]:
        """An advisory lock of a session; the server frees it when the session's process or machine is gone."""
        key = {"key": _key(name)}
        deadline = Deadline(wait_s)
        try:
            connection = self._locking.connect()
        except PoolExhausted:
            yield None
            return
        except DBAPIError as error:
            refusal = self.refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error
        with connection:
            while not (is_held := self._asked(connection, "SELECT pg_try_advisory_lock(:key)", key)):
                if deadline.has_passed:
                    break
                deadline.pause(POLL_S)
            if not is_held:
                yield None
                return
            try:
                yield lambda: self._asked(connection, "SELECT true", {})
            finally:
                if not self._asked(connection, "SELECT pg_advisory_unlock(:key)", key):
                    connection.invalidate()

    @staticmethod
    def _asked(connection: Connection, question: str, values: dict[str, int]) -> bool:
        """The answer; no where the connection is lost, and with it the lock."""
        if connection.invalidated:
            return False
        try:
            return bool(connection.scalar(text(question), values))
        except DBAPIError as error:
            log.warning("a lock's connection is lost: %s", error.orig)
            connection.invalidate()
            return False

    def close(self) -> None:
        self.engine.dispose()
        self.asking.dispose()
        self._locking.dispose()


def _let_copy(engine: Engine) -> None:
    """A COPY's rows go to the server as the driver's own way of it has it; errors come as of any statement."""

    @event.listens_for(engine, "do_executemany")
    def copied_many(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]], _: Any) -> bool:
        if not statement.startswith(COPY):
            return False
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return True

    @event.listens_for(engine, "do_execute")
    def copied_one(cursor: Any, statement: str, row: tuple[Any, ...], context: Any) -> bool:
        return bool(copied_many(cursor, statement, [row], context))


def _arguments(**settings: int) -> dict[str, object]:
    """What a connection is opened with. The server notices within half a minute that our machine is gone."""
    told = {**settings, "tcp_keepalives_idle": 15, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
    options = [*(f"-c {name}={value}" for name, value in told.items()), "-c timezone=UTC"]
    return {
        "connect_timeout": CONNECT_S,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "application_name": "counterfoil",
        "client_encoding": "utf8",
        "options": " ".join(options),
    }


def _key(name: str) -> int:
    """Advisory locks are numbers: eight bytes of a name's hash."""
    return int.from_bytes(hashlib.sha256(f"counterfoil:{name}".encode()).digest()[:8], signed=True)


_ONE_WRITER = text(
    # An answer stands only when it is on disk, whatever the server was told by default.
    "SELECT pg_advisory_xact_lock(:key), CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"
).bindparams(key=_key("writer"))


def _require_suitable(connection: Connection) -> None:
    version, encoding, order = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int, pg_encoding_to_char(encoding), datcollate"
            " FROM pg_database WHERE datname = current_database()"
        )
    ).one()
    if version < OLDEST * 10_000:
        raise DatabaseUnsuitable(
            f"This is PostgreSQL {version // 10_000}; Counterfoil needs {OLDEST} or newer.", version=version
        )
    if encoding != "UTF8" or order not in _BYTEWISE or not _is_bytewise(connection):
        raise DatabaseUnsuitable(
            f"The database has encoding {encoding} and collation {order}; make one that orders text by its bytes: "
            "CREATE DATABASE counterfoil TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'.",
            encoding=encoding,
            collation=order,
        )


def _is_bytewise(connection: Connection) -> bool:
    """Seen, not only said: an ICU locale stands elsewhere."""
    return bool(connection.scalar(text("SELECT 'B' < 'a' AND 'a-b' < 'aa' AND 'z' < 'é'")))


_ASKING = _arguments(statement_timeout=STATEMENT_MS, default_transaction_read_only=1)
