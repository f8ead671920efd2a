"""One script and one style sheet, named after their content, the same bytes from the same pins."""

import re
import subprocess
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import Response

from api.portal import files
from tests.portal.browsing import ROOT, Site

TEMPLATES = ROOT / "api/portal/templates"


def test_the_bundle_is_reproducible(tmp_path: Path) -> None:
    made = tmp_path / "again.js"
    subprocess.run([ROOT / "scripts/bundle", made], check=True)
    assert sha256(made.read_bytes()).hexdigest() == sha256(files.SCRIPT.read_bytes()).hexdigest(), (
        "api/portal/static is not what the sources give: run scripts/bundle"
    )


def test_pages_load_just_that_file_and_may_keep_it_for_good(site: Site) -> None:
    with site.person() as visitor:
        loaded: list[Response] = []
        visitor.page.on("response", lambda answer: loaded.append(answer))  # noqa: PLW0108 - it cannot bind a builtin
        visitor.go("/sign-in")
        script = files.script()
        assert script is not None
        assert sha256(script.content).hexdigest()[:16] in script.name
        kept = [(one.url.removeprefix(site.url), one.header_value("cache-control")) for one in loaded]
        assert ("/static/" + script.name, files.FOREVER) in kept
        assert [url for url, _ in kept if not url.startswith("/static/")] == ["/sign-in"]
        assert visitor.page.locator("script").count() == 1


def test_no_template_holds_script_or_style_of_its_own() -> None:
    text = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    assert len(re.findall(r"<script", text)) == 1
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|\|safe\b|javascript:", text) == []


def test_without_the_bundle_pages_read_and_say_so(site: Site, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(files, "SCRIPT", ROOT / "no-such-file.js")
    files.script.cache_clear()
    try:
        with site.person() as visitor:
            visitor.go("/sign-in")
            visitor.sees("This installation was made without its script")
    finally:
        files.script.cache_clear()
