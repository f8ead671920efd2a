"""One server and one browser for all tests of the pages: each makes the records it needs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from registry.kit.clock import SystemClock
from tests.builders.office import copy_office, open_office
from tests.portal.browsing import FLAGS, Site, serving

CHROMIUM = os.environ.get("COUNTERFOIL_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(live_template: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    folder = copy_office(live_template, tmp_path_factory.mktemp("site") / "registry")
    with open_office(folder, SystemClock()) as office, serving(office, browser) as opened:
        yield opened
