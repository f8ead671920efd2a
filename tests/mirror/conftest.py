"""One life for all tests that only look at it, and a fresh chain for those that change something."""

from random import Random

import pytest

from tests.builders.databases import a_database
from tests.mirror.branches import BranchingNode, logs_of
from tests.mirror.life import embedded_life


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A chain with a whole life on it, mirrored; look, do not touch."""
    with embedded_life(tmp_path_factory.mktemp("lived")) as (life, _):
        life.lived = life.live()
        yield life


@pytest.fixture
def fresh(tmp_path):
    """A chain with the contract on it, and nothing else."""
    with embedded_life(tmp_path) as (life, _):
        yield life


@pytest.fixture(scope="module")
def logs(lived):
    """All logs of that life, in chain order."""
    return logs_of(lived.node, lived.address)


@pytest.fixture
def node(logs):
    """A node in memory that can emit them, on any branch."""
    return BranchingNode(logs, Random(7))


@pytest.fixture
def database():
    """Without rows."""
    database = a_database()
    yield database
    database.close()


@pytest.fixture
def target(lived, tmp_path):
    """An empty database for another mirror of the lived chain."""
    home, lived.folder = lived.folder, tmp_path
    database = lived.open_database("target.db")
    lived.folder = home
    yield database
    database.close()
