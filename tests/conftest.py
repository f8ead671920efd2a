"""Fixtures for every test."""

import logging
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings

from registry.kit.clock import SystemClock
from tests.builders import databases
from tests.builders.office import Office, copy_office, found_office, open_office
from tests.builders.softhsm import SECRETS, SoftHsm

# A machine that is busy with something else is no fault, and every run sees the same cases.
settings.register_profile("here", deadline=None, derandomize=True)
if settings.get_current_profile_name() in ("default", "ci"):  # whoever judges mutants has chosen one
    settings.load_profile("here")


@pytest.fixture(scope="session", autouse=True)
def _databases_end() -> Iterator[None]:
    yield
    databases.stop_server()


@pytest.fixture(autouse=True)
def _databases_of_a_test_end_with_it() -> Iterator[None]:
    mark = databases.made()
    yield
    databases.drop_made_since(mark)


@pytest.fixture(scope="session", autouse=True)
def _keystores_open_at_once() -> Iterator[None]:
    """They are opened thousands of times, and nobody guesses their passwords."""
    with patch("registry.chain.keys.SCRYPT_ROUNDS", 2):
        yield


@pytest.fixture(scope="session")
def office_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded registry on disk: everybody admitted, one receivable of a million confirmed."""
    folder = tmp_path_factory.mktemp("office") / "registry"
    found_office(folder)
    return folder


@pytest.fixture
def office_folder(office_template: Path, tmp_path: Path) -> Path:
    return copy_office(office_template, tmp_path / "registry")


@pytest.fixture
def office(office_folder: Path) -> Iterator[Office]:
    """An open registry of this test's own."""
    with open_office(office_folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def live_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same by the machine's clock, for tests that start processes."""
    folder = tmp_path_factory.mktemp("live") / "registry"
    found_office(folder, SystemClock())
    return folder


@pytest.fixture
def live_folder(live_template: Path, tmp_path: Path) -> Path:
    return copy_office(live_template, tmp_path / "registry")


@pytest.fixture(scope="session")
def soft_hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """Where tests make tokens: SoftHSM with this process's own."""
    return SoftHsm(tmp_path_factory.mktemp("hsm"))


@pytest.fixture
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither a token's PIN nor a wrong one, at any level."""
    caplog.set_level(logging.DEBUG)
    yield
    for secret in SECRETS:
        assert secret not in caplog.text
