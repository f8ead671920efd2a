"""Bring a database to the newest revision."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from registry.kit.errors import Unavailable
from registry.storage.unit_of_work import Database


class DatabaseOutdated(Unavailable):
    code = "database_outdated"
    title = "The database is not at this version's revision"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@cache
def newest_revision() -> str:
    """The revision this version of the program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_of(database: Database) -> str | None:
    """The revision a database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, revision: str = "head") -> None:
    """Run every missing revision, all in one transaction. Raises DatabaseAway, DatabaseBusy, DatabaseUnsuitable."""
    config = _config()
    with database.migration() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def require_newest(database: Database) -> None:
    """Raises DatabaseOutdated, DatabaseAway, DatabaseUnsuitable."""
    database.backend.require_usable()
    with database.engine.connect() as connection:
        require_revision(connection)


def require_revision(connection: Connection) -> None:
    """Raises DatabaseOutdated."""
    found = _revision(connection)
    if found != newest_revision():
        raise DatabaseOutdated(
            f"The database is at revision {found}, this version needs {newest_revision()}; run `counterfoil init`.",
            found=found,
        )
