"""One server and one browser for all tests of the pages: each makes the records it needs."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from api.app import create_app
from registry.kit.clock import SystemClock
from tests.builders.office import Office, copy_office, open_office, work_when_woken
from tests.portal.browsing import FLAGS, PATIENCE_MS, Site, serving

CHROMIUM = os.environ.get("COUNTERFOIL_CHROMIUM", "/usr/bin/chromium-headless-shell")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(live_template: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    folder = copy_office(live_template, tmp_path_factory.mktemp("site") / "registry")
    work_when_woken(folder)
    with open_office(folder, SystemClock()) as office, serving(office, browser) as opened:
        yield opened


@pytest.fixture
def desk(office: Office) -> Site:
    """The pages without server and window, by a clock that the test moves."""
    return Site(office, create_app(office.service), "http://127.0.0.1", cast("Any", None))
