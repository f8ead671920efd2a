"""One registry for all tests of the API: each makes the records it needs."""

from collections.abc import Iterator

import pytest

from tests.api.http_world import Http, World, a_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("registry") / "data") as made:
        yield made


@pytest.fixture
def http(world: World) -> Http:
    return world.http
