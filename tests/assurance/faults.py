"""Deaths and races at full counts: of processes at each commit, of PostgreSQL under load, for the same invoices."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.assurance.warm_compiler import ROOT
from tests.builders import databases
from tests.builders.databases import POSTGRESQL, SQLITE
from tests.builders.dying import AFTER, BEFORE
from tests.mirror.kills import kill_at_each_commit, patient_life
from tests.storage.crowds import KEYS, WRITERS, a_crowd, kill_under_load, race_for_invoices

SEEDS, DEATHS = 20, 20
OF = (
    *("registry/mirror/*.py", "registry/relay/*.py", "registry/storage/*.py", "registry/chain/node.py"),
    *("tests/mirror/kills.py", "tests/storage/crowds.py", "tests/builders/dying.py"),
)


def basis(patterns: Sequence[str] = OF) -> str:
    """What verdicts rest on: these files, as they are."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def campaign(
    path: Path, seeds: int = SEEDS, deaths: int = DEATHS, invoices: int = KEYS
) -> Iterator[dict[str, Any]]:
    """Each piece's figures, those that stand in ``path`` already left out."""
    done = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    names = {one["name"] for one in done}
    for name, run in _pieces(seeds, deaths, invoices):
        if name not in names:
            mark = databases.made()
            figures = {"name": name, **run()}
            databases.drop_made_since(mark)
            with path.open("a") as file:
                file.write(json.dumps(figures) + "\n")
            yield figures


Piece = tuple[str, Callable[[], dict[str, int]]]


def _pieces(seeds: int, deaths: int, invoices: int) -> Iterator[Piece]:
    for seed in range(seeds):
        for database in (SQLITE, POSTGRESQL):
            for when in (BEFORE, AFTER):
                name = f"killed {when} commits, {database}, {seed}"
                yield name, partial(_kills, database, when, seed)
    yield "postgresql killed", lambda: {"deaths": deaths, "answered": kill_under_load(deaths)}
    yield "race", lambda: _race(invoices)


def _kills(database: str, when: str, seed: int) -> dict[str, int]:
    with TemporaryDirectory() as folder, patient_life(Path(folder), database) as life:
        return {"kills": kill_at_each_commit(life, when, seed)}


def _race(invoices: int) -> dict[str, int]:
    with TemporaryDirectory() as folder, a_crowd(Path(folder)) as crowd:
        race_for_invoices(crowd, invoices)
    return {"writers": WRITERS, "invoices": invoices}


def rows(done: list[dict[str, Any]]) -> str:
    """Their rows in the table of campaigns."""
    text = ""
    killed = [one["kills"] for one in done if "kills" in one]
    if killed:
        text += (
            f"| relay and mirror killed at each commit | {sum(killed)} deaths in {len(killed)} runs on both databases, "
            "the chain reorganized each time: nothing lost, nothing twice, no drift |\n"
        )
    for one in done:
        if "deaths" in one:
            text += (
                f"| PostgreSQL killed under load | {one['deaths']} deaths, {one['answered']:,} acts answered, "
                "none lost, none twice |\n"
            )
        if "writers" in one:
            text += (
                f"| writers at once | {one['writers']} for the same {one['invoices']} invoices: each registered once "
                "|\n"
            )
    return text
