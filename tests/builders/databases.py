"""Where tests get their databases: on SQLite, or with COUNTERFOIL_TEST_DATABASE=postgresql on a private PostgreSQL.

A database is named by a path, as SQLite's files are; on PostgreSQL the path's hash is its name. Each is a copy of one
that was migrated once. What a test made is dropped at its end.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Table, make_url

import api.auth.sights  # noqa: F401 - knows every table
from registry.storage.base import Base
from registry.storage.migrate import upgrade
from registry.storage.unit_of_work import Database
from tests.builders.postgres import ROLE, Server

SQLITE, POSTGRESQL = "sqlite", "postgresql"
CHOSEN = "COUNTERFOIL_TEST_DATABASE"
_FOLDER = "COUNTERFOIL_TEST_SERVER"  # where the server's socket is, for processes that tests start
_MIGRATED, _EMPTY = "migrated", "template0"
_made: list[str] = []
_opened: list[Database] = []
_numbers = count(1)


def kind() -> str:
    """What tests run on that can run on either."""
    return os.environ.get(CHOSEN, SQLITE)


@cache
def server() -> Server:
    """This process's PostgreSQL, started when first asked for."""
    made = Server()
    os.environ[_FOLDER] = str(made.folder)
    return made


def stop_server() -> None:
    if server.cache_info().currsize:
        server().stop()
        server.cache_clear()
        _migrated.cache_clear()
        os.environ.pop(_FOLDER, None)


def a_database(
    path: Path | None = None,
    *,
    on: str | None = None,
    is_empty: bool = False,
    tables: Iterable[Any] | None = None,
    **given: Any,
) -> Database:
    """The database of this path, made where it is not there yet; without a path one of its own.

    With every table of the models (on SQLite only ``tables``, if given), or with none if ``is_empty``.
    """
    found = Database(url_of(path, on=on, is_empty=is_empty), **given)
    _opened.append(found)
    if not is_empty and found.engine.dialect.name == SQLITE:
        named: list[Table] | None = None if tables is None else list(tables)
        Base.metadata.create_all(found.engine, tables=named)
    return found


def url_of(path: Path | None, *, on: str | None = None, is_empty: bool = False) -> str:
    """What ``Database`` is opened with."""
    if (on or kind()) == SQLITE:
        return f"sqlite:///{path}" if path else "sqlite://"
    name = _name(path)
    folder = os.environ.get(_FOLDER)
    if folder is None or (path is None or not _is_there(name)):
        _make(name, _EMPTY if is_empty else _migrated())
    return f"postgresql://{ROLE}@/{name}?host={os.environ[_FOLDER]}"


def settings_url(path: Path) -> str | None:
    """What a registry's settings say of its database: nothing where it is the file in its folder."""
    return None if kind() == SQLITE else url_of(path)


def copied(source: Database, path: Path | None = None) -> Database:
    """Another database with the same rows."""
    if source.engine.dialect.name == SQLITE:
        target = Database(f"sqlite:///{path}" if path else "sqlite://")
        with closing(source.engine.raw_connection()) as one, closing(target.engine.raw_connection()) as other:
            assert isinstance(one.driver_connection, sqlite3.Connection)
            one.driver_connection.backup(other.driver_connection)  # type: ignore[arg-type]
        return target
    name = _name(path)
    _make(name, str(make_url(source.url).database))
    target = Database(server().url(name))
    _opened.append(target)
    return target


def kept(database: Database) -> Database:
    """Not dropped at the end of the test that made it: others copy it."""
    name = database.engine.url.database
    if name in _made:
        _made.remove(name)
    return database


def drop_made_since(mark: int) -> None:
    """What a test opened is closed with it; one that outlives it connects again. (On SQLite a database in memory would
    be gone.)"""
    while _opened:
        if (database := _opened.pop()).engine.dialect.name == POSTGRESQL:
            database.close()
    while len(_made) > mark:
        server().ask(f"DROP DATABASE IF EXISTS {_made.pop()} WITH (FORCE)")


def made() -> int:
    """How many there are on PostgreSQL: a mark for ``drop_made_since``."""
    return len(_made)


def _name(path: Path | None) -> str:
    if path is None:
        return f"own_{os.getpid()}_{next(_numbers)}"
    return f"at_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]}"


def _is_there(name: str) -> bool:
    with psycopg.connect(host=os.environ[_FOLDER], user=ROLE, dbname="postgres") as connection:
        return (
            connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        )


@cache
def _migrated() -> str:
    _make(_MIGRATED, _EMPTY)
    _made.remove(_MIGRATED)
    database = Database(server().url(_MIGRATED))
    upgrade(database)
    database.close()
    return _MIGRATED


def _make(name: str, template: str) -> None:
    """A template must stand still: whoever is connected to it is sent away, and comes back by itself."""
    is_in_use = template not in (_EMPTY, _MIGRATED)
    if is_in_use:
        server().ask(f"ALTER DATABASE {template} ALLOW_CONNECTIONS false")
        server().ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", template
        )
    server().ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    if is_in_use:
        server().ask(f"ALTER DATABASE {template} ALLOW_CONNECTIONS true")
    _made.append(name)
