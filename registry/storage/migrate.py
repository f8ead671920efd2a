"""Bring a database to the newest revision.

Alembic is taken up by who upgrades: looking whether all is in place is part of every command, and importing it takes
longer than that.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from registry.kit.errors import Unavailable
from registry.storage.unit_of_work import Database

if TYPE_CHECKING:
    from alembic.config import Config


MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseOutdated(Unavailable):
    code = "database_outdated"
    title = "The database is not at this version's revision"


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@cache
def newest_revision() -> str:
    """The revision this version of the program needs: their files are numbered."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*_*.py"))


def revision_of(database: Database) -> str | None:
    """The revision a database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def upgrade(database: Database, revision: str = "head") -> None:
    """Run every missing revision, all in one transaction. Raises DatabaseAway, DatabaseBusy, DatabaseUnsuitable."""
    from alembic import command  # noqa: PLC0415

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
