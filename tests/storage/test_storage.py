"""Migrations give the tables the models describe; a unit of work is all or nothing."""

import importlib
import pkgutil
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

import registry
from registry.kit.clock import SystemClock
from registry.parties.model import PartyProfile
from registry.storage.base import Base
from registry.storage.migrate import (
    DatabaseOutdated,
    _config,
    newest_revision,
    require_newest,
    revision_of,
    upgrade,
)
from registry.storage.unit_of_work import Database, DatabaseBusy


def profile(number: int) -> PartyProfile:
    return PartyProfile(
        number=number, name="A", country="CN", account=f"0x{number:040x}", created_at=SystemClock().now()
    )


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'registry.db'}", busy_ms=200)
    upgrade(made)
    return made


def test_the_migrated_tables_are_those_of_the_models(database: Database) -> None:
    for module in pkgutil.walk_packages(registry.__path__, "registry."):
        if module.name.endswith(".model"):
            importlib.import_module(module.name)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_invoices_of_one_fingerprint_key_are_carried_into_the_table_of_several(tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(old, "0010")
    blank = {"TEXT": "'{}'", "DATE": "'2026-09-01'", "DATETIME": "'2026-09-01 09:00:00'"}
    with old.engine.begin() as connection:
        for name, outcome, prints, version in (("a", "new", '["ab","cd"]', 1), ("b", "conflict", "[]", 3)):
            given = {
                "id": name,
                "outcome": outcome,
                "fingerprints": prints,
                "fingerprint_key_version": version,
            }
            columns = connection.exec_driver_sql("PRAGMA table_info(invoice)").all()
            values = [
                repr(given[one[1]]) if one[1] in given else blank.get(one[2], "NULL" if not one[3] else "1")
                for one in columns
            ]
            connection.exec_driver_sql(f"INSERT INTO invoice VALUES ({', '.join(values)})")
        connection.exec_driver_sql("INSERT INTO invoice_key (invoice_id, key, scope) VALUES ('a', x'ab', 0)")
        connection.exec_driver_sql(
            "INSERT INTO invoice_blocked_key (invoice_id, key, scope) VALUES ('b', x'ef', 7)"
        )
    upgrade(old)
    with old.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id, fingerprints FROM invoice ORDER BY id").all() == [
            ("a", '{"1":["ab","cd"]}'),
            ("b", '{"3":[]}'),
        ]
        entries = "SELECT invoice_id, key, scope, version, check_key FROM "
        assert connection.exec_driver_sql(entries + "invoice_key").all() == [("a", b"\xab", 0, 1, None)]
        assert connection.exec_driver_sql(entries + "invoice_blocked_key").all() == [
            ("b", b"\xef", 7, 3, None)
        ]
    with old.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        columns = "SELECT id, fingerprints, fingerprint_key_version FROM invoice ORDER BY id"
        assert connection.exec_driver_sql(columns).all() == [("a", '["ab","cd"]', 1), ("b", "[]", 3)]
    old.close()


def test_an_empty_database_is_outdated_until_it_is_upgraded(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(DatabaseOutdated):
        require_newest(empty)
    upgrade(empty)
    assert revision_of(empty) == newest_revision()
    upgrade(empty)
    empty.close()


def test_a_unit_of_work_is_all_or_nothing(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            session.add(profile(1))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with database.read() as session:
        assert session.get(PartyProfile, 1) is None
    with database.write() as session:
        session.add(profile(1))
    with database.read() as session:
        assert session.get(PartyProfile, 1) is not None


def test_what_is_written_while_reading_is_thrown_away(database: Database) -> None:
    with database.read() as session:
        session.add(profile(2))
        session.flush()
    with database.read() as session:
        assert session.get(PartyProfile, 2) is None


def test_a_database_that_is_held_too_long_is_said_to_be_busy(database: Database) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.execute(text("select 1"))
            holding.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(5)
    try:
        with pytest.raises(DatabaseBusy), database.write():
            pass
    finally:
        done.set()
        holder.join()
    with database.write() as session:
        session.add(profile(3))
