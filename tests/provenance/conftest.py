"""Registries on chains in the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.provenance.pack import Pack
from tests.provenance.pack_story import Told
from tests.provenance.pack_story import tell as tell_told
from tests.provenance.provenance_remedies import Remedied, tell_remedies
from tests.provenance.provenance_story import Story, tell
from tests.provenance.provenance_world import World


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Read only: tests that act take ``world``."""
    world = World(tmp_path_factory.mktemp("story"))
    yield tell(world)
    world.close()


@pytest.fixture(scope="session")
def remedied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remedied]:
    """Read only."""
    world = World(tmp_path_factory.mktemp("remedied"))
    yield tell_remedies(world)
    world.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Read only."""
    world = World(tmp_path_factory.mktemp("told"))
    yield tell_told(world)
    world.close()


@pytest.fixture(scope="session")
def pack(told: Told) -> Pack:
    return told.pack()
