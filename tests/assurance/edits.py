"""A thousand edits of the database behind the registry's back, on both databases."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.assurance.faults import basis
from tests.builders.databases import CHOSEN, POSTGRESQL, SQLITE, copied
from tests.mirror.edits import edit_one_by_one
from tests.mirror.life import embedded_life

RUNS, EDITS = 5, 100
OF = (
    *("registry/mirror/*.py", "registry/*/projection.py", "registry/storage/*.py", "registry/chain/node.py"),
    "tests/mirror/edits.py",
)


def kept(state: Path) -> Path:
    """Where the edits of this mirror are kept: of others they say nothing."""
    return state / f"edits-{basis(OF)}.jsonl"


def campaign(path: Path, runs: int = RUNS, edits: int = EDITS) -> Iterator[dict[str, Any]]:
    """Each run's figures, those that stand in ``path`` already left out."""
    done = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    names = {one["name"] for one in done}
    for seed in range(runs):
        for database in (SQLITE, POSTGRESQL):
            name = f"{database}, {seed}"
            if name not in names:
                with TemporaryDirectory() as folder:
                    _edit(Path(folder), database, edits, seed)
                figures = {"name": name, "edits": edits}
                with path.open("a") as file:
                    file.write(json.dumps(figures) + "\n")
                yield figures


def _edit(folder: Path, database: str, edits: int, seed: int) -> None:
    with _on(database), embedded_life(folder) as (life, _):
        life.live()
        with closing(copied(life.database, folder / "copy.db")) as copy:
            edit_one_by_one(life, copy, edits=edits, seed=seed)


@contextmanager
def _on(database: str) -> Iterator[None]:
    former = os.environ.get(CHOSEN)
    os.environ[CHOSEN] = database
    try:
        yield
    finally:
        os.environ.pop(CHOSEN)
        if former is not None:
            os.environ[CHOSEN] = former


def row(done: list[dict[str, Any]]) -> str:
    """Their row in the table of campaigns."""
    if not done:
        return ""
    edits = sum(one["edits"] for one in done)
    return (
        f"| single cells of the database changed | {edits:,} edits in {len(done)} runs on both databases, each named "
        "and put right |\n"
    )
