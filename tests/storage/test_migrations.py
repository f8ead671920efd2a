"""Migrations give the tables the models describe, from wherever they start, in every database."""

import importlib
import pkgutil

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import registry
from registry.kit.clock import FixedClock
from registry.rules.pack import packaged
from registry.rules.use_cases import choose_packs
from registry.storage.base import Base
from registry.storage.migrate import (
    DatabaseOutdated,
    _config,
    newest_revision,
    require_newest,
    revision_of,
    upgrade,
)
from registry.storage.unit_of_work import Database
from tests.builders.databases import SQLITE


def revisions() -> list[str]:
    """All of them, oldest first."""
    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def downgrade(database: Database, revision: str) -> None:
    config = _config()
    with database.migration() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def differences(database: Database) -> list[object]:
    for module in pkgutil.walk_packages(registry.__path__, "registry."):
        if module.name.endswith(".model"):
            importlib.import_module(module.name)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def partial_indexes(database: Database) -> set[str]:
    """Those over some rows only, which comparing does not look at."""
    key = f"{database.engine.dialect.name}_where"
    looked = inspect(database.engine)
    return {
        str(index["name"])
        for table in looked.get_table_names()
        for index in looked.get_indexes(table)
        if index.get("dialect_options", {}).get(key) is not None
    }


def partial_in_models(dialect: str) -> set[str]:
    return {
        str(index.name)
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options[dialect]["where"] is not None
    }


def test_step_by_step_there_back_and_at_once_the_tables_are_those_of_the_models(empty: Database) -> None:
    for revision in revisions():
        upgrade(empty, revision)
    assert differences(empty) == []
    for revision in [*revisions()[-2::-1], "base"]:
        downgrade(empty, revision)
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    upgrade(empty)
    assert differences(empty) == []
    assert partial_indexes(empty) == partial_in_models(empty.engine.dialect.name)


def test_what_is_unique_among_some_rows_is_so_in_both_databases() -> None:
    assert partial_in_models("sqlite") == partial_in_models("postgresql") != set()


def test_no_number_has_less_than_64_bits(database: Database, on: str) -> None:
    small = "integer" if on == SQLITE else "INTEGER"
    looked = inspect(database.engine)
    narrow = {
        (table, column["name"])
        for table in looked.get_table_names()
        for column in looked.get_columns(table)
        if str(column["type"]) == small or str(column["type"]) == "SMALLINT"
    }
    assert narrow == set()


def test_the_newest_revision_is_the_one_that_nothing_follows() -> None:
    assert newest_revision() == revisions()[-1] == ScriptDirectory.from_config(_config()).get_current_head()


def test_an_empty_database_is_outdated_until_it_is_upgraded(empty: Database) -> None:
    with pytest.raises(DatabaseOutdated):
        require_newest(empty)
    upgrade(empty)
    assert revision_of(empty) == newest_revision()
    upgrade(empty)


def test_a_database_of_the_first_revision_is_brought_up_to_date(empty: Database) -> None:
    upgrade(empty, "0001")
    upgrade(empty)
    choose_packs(empty, FixedClock(), [packaged("generic")])


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Database) -> None:
    upgrade(empty, "0012")

    def half() -> None:
        with empty.migration() as connection:
            connection.execute(text("DROP TABLE invoice_verification"))
            raise KeyError

    with pytest.raises(KeyError):
        half()
    upgrade(empty)
    assert differences(empty) == []


def test_invoices_of_one_fingerprint_key_are_carried_into_the_table_of_several(empty: Database) -> None:
    upgrade(empty, "0010")
    blank = {"String": "'{}'", "Text": "'{}'", "Date": "'2026-09-01'", "DateTime": "'2026-09-01 09:00:00'"}
    columns = inspect(empty.engine).get_columns("invoice")
    with empty.engine.begin() as connection:
        for name, outcome, prints, version in (("a", "new", '["ab","cd"]', 1), ("b", "conflict", "[]", 3)):
            given = {
                "id": repr(name),
                "outcome": repr(outcome),
                "fingerprints": repr(prints),
                "fingerprint_key_version": repr(version),
            }
            values = [
                given.get(one["name"])
                or ("NULL" if one["nullable"] else blank.get(type(one["type"].as_generic()).__name__, "1"))
                for one in columns
            ]
            connection.exec_driver_sql(f"INSERT INTO invoice VALUES ({', '.join(values)})")
        for table, row in (("invoice_key", ("a", b"\xab", 0)), ("invoice_blocked_key", ("b", b"\xef", 7))):
            connection.execute(
                text(f"INSERT INTO {table} (invoice_id, key, scope) VALUES (:invoice, :key, :scope)"),
                dict(zip(("invoice", "key", "scope"), row, strict=True)),
            )
    upgrade(empty)
    with empty.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id, fingerprints FROM invoice ORDER BY id").all() == [
            ("a", '{"1":["ab","cd"]}'),
            ("b", '{"3":[]}'),
        ]
        entries = "SELECT invoice_id, key, scope, version, check_key FROM "
        assert connection.exec_driver_sql(entries + "invoice_key").all() == [("a", b"\xab", 0, 1, None)]
        assert connection.exec_driver_sql(entries + "invoice_blocked_key").all() == [
            ("b", b"\xef", 7, 3, None)
        ]
    downgrade(empty, "0008")
    with empty.engine.connect() as connection:
        before = "SELECT id, fingerprints, fingerprint_key_version FROM invoice ORDER BY id"
        assert connection.exec_driver_sql(before).all() == [("a", '["ab","cd"]', 1), ("b", "[]", 3)]
