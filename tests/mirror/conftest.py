"""One life for all tests that only look at it, and a fresh chain for those that change something."""

import pytest

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
