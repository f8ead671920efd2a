"""The rules of the house that a linter cannot hold: who may read time, commit, select; sizes; documents."""

import ast
import importlib
import os
import pkgutil
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

import api
import registry
from api.settings import Settings
from registry.kit.errors import every_refusal

ROOT = Path(__file__).parents[1]
REFUSALS = ROOT / "docs/refusals.md"
SETTINGS_PAGE = ROOT / "docs/settings.md"
MODULES = sorted(
    path
    for folder in ("registry", "api")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)


def tracked_files() -> list[Path]:
    """What git tracks and what it would: everything not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in found.split("\0") if name and (ROOT / name).is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_so_are_its_functions(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    long = [one.name for one in functions(path) if (one.end_lineno or 0) - one.lineno + 1 > 60]
    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_places_for_it_commit_select_and_read_the_time(path: Path) -> None:
    text = path.read_text()
    # The embedded chain's file has commits of its own: its blocks.
    if not name_of(path).startswith(
        ("registry/storage/unit_of_work", "registry/storage/migrate", "registry/chain/embedded")
    ):
        assert not re.search(r"(?<!_)\bcommit\(\)", text), "only the unit of work commits"
    if name_of(path) != "registry/kit/clock.py":
        assert not re.search(r"datetime\.now|utcnow|time\.time\(|monotonic\(|date\.today", text), (
            "time is injected"
        )
    if not path.name.endswith(("queries.py", "sight.py")):
        assert not re.search(r"^from sqlalchemy import .*\bselect\b", text, re.MULTILINE), (
            "SELECTs stand in queries"
        )


def test_nothing_names_a_registry_host_or_a_machine() -> None:
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "registry.npm" + "js",
        "deb.deb" + "ian",
        "/wo" + "rk/",
        "/ro" + "ot/",
    ]
    found = [
        f"{name_of(path)}: {needle}"
        for path in tracked_files()
        for needle in hosts
        if needle.encode() in path.read_bytes()
    ]
    assert found == []


def import_everything() -> None:
    for package in (registry, api):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)


def test_a_code_stands_for_one_refusal() -> None:
    import_everything()
    counts = Counter(refusal.code for refusal in every_refusal())
    assert [code for code, count in counts.items() if count > 1] == []


def test_each_refusal_is_documented() -> None:
    import_everything()
    table = "".join(
        f"| `{code}` | {status} | {title} |\n"
        for code, status, title in sorted(
            (one.code, one.status, one.title)
            for one in every_refusal()
            if one.__module__.startswith(("registry", "api"))
        )
    )
    text = (
        "# Refusals\n\n"
        "Every way Counterfoil says no. `code` never changes; over HTTP it stands in the problem document\n"
        "(RFC 9457) with the status below, on the command line in parentheses on standard error.\n"
        "`COUNTERFOIL_UPDATE_SNAPSHOTS=1 scripts/test tests/test_house.py` writes this table anew.\n\n"
        "| code | status | meaning |\n|---|---|---|\n" + table
    )
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS"):
        REFUSALS.write_text(text)
    assert REFUSALS.read_text() == text


def test_each_setting_is_documented() -> None:
    rows = "".join(
        f"| `{name}` | `COUNTERFOIL_{name.upper()}` | {shown_default(field)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    text = (
        "# Settings\n\n"
        "They stand in `counterfoil.toml` in the data folder, which `counterfoil init` writes; an environment variable\n"
        "overrides the file, lists and tables in it as JSON. An unknown name is refused (`settings_unreadable`).\n"
        "`COUNTERFOIL_UPDATE_SNAPSHOTS=1 scripts/test tests/test_house.py` writes this table anew.\n\n"
        "| in the file | in the environment | default | meaning |\n|---|---|---|---|\n" + rows
    )
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS"):
        SETTINGS_PAGE.write_text(text)
    assert SETTINGS_PAGE.read_text() == text


def shown_default(field: FieldInfo) -> str:
    if field.is_required():
        return "written by `init`"
    return "none" if field.default in (None, [], {}) else f"`{field.default}`"
