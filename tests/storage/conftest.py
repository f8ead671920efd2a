"""What holds of a database holds of both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, SQLITE, a_database


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def on(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(on: str, tmp_path: Path) -> Iterator[Database]:
    """With all tables."""
    made = a_database(tmp_path / "registry.db", on=on, busy_ms=200)
    yield made
    made.close()


@pytest.fixture
def empty(on: str, tmp_path: Path) -> Iterator[Database]:
    made = a_database(tmp_path / "empty.db", on=on, is_empty=True)
    yield made
    made.close()
