"""Every mutant before the tests, resumable: what was judged once under these sources and tests stays judged."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.assurance.mutant_runs import Court, Verdict
from tests.assurance.mutation import Mutant
from tests.assurance.warm_compiler import ROOT

EXPLAINED = Path(__file__).with_name("survivors.json")


@dataclass(frozen=True)
class Record:
    """A judged mutant, as it stands on a line of the state file."""

    number: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    how: str
    by: str

    @classmethod
    def of(cls, mutant: Mutant, verdict: Verdict) -> "Record":
        return cls(
            mutant.number,
            mutant.file,
            mutant.line,
            mutant.operator,
            mutant.before,
            mutant.after,
            verdict.how,
            verdict.by,
        )


def basis(court: Court) -> str:
    """A campaign's name: other sources or other tests are another campaign."""
    digest = hashlib.sha256(json.dumps(court.compiler.sources, sort_keys=True).encode())
    for path in sorted((ROOT / "tests/contracts").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def explained() -> dict[tuple[str, str, str], str]:
    """Why a mutant may survive, by file and what it replaces with what: lines move, reasons do not."""
    return {
        (entry["file"], entry["before"], entry["after"]): entry["why"]
        for entry in json.loads(EXPLAINED.read_text())
    }


def is_explained(record: Record) -> bool:
    return (record.file, record.before, record.after) in explained()


def records(state: Path) -> list[Record]:
    if not state.exists():
        return []
    return [Record(**json.loads(line)) for line in state.read_text().splitlines() if line]


def run(folder: Path, workers: int, limit: int | None = None) -> Iterator[Record]:
    """Judge what is not judged yet, at most ``limit`` of it; each verdict is on disk before it is told."""
    first = Court()
    state = folder / f"mutants-{basis(first)}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    done = {record.number for record in records(state)}
    # Shuffled, always alike: a campaign cut short is a fair sample of the whole.
    every = first.mutants()
    shuffled = Random(1).sample(every, len(every))
    waiting = [mutant for mutant in shuffled if mutant.number not in done][:limit]
    courts = [first, *(Court() for _ in range(workers - 1))]
    try:
        with ThreadPoolExecutor(workers) as pool, state.open("a") as file:
            shares = [waiting[at::workers] for at in range(workers)]
            for batch in range(max(map(len, shares), default=0)):
                tasks = {
                    pool.submit(court.judge, {share[batch].file: share[batch].text}): share[batch]
                    for court, share in zip(courts, shares, strict=True)
                    if batch < len(share)
                }
                for task in as_completed(tasks):
                    record = Record.of(tasks[task], task.result())
                    file.write(json.dumps(asdict(record)) + "\n")
                    file.flush()
                    yield record
    finally:
        for court in courts:
            court.close()


@dataclass(frozen=True)
class Score:
    """Of the mutants that compile to other code: how many a test noticed."""

    killed: int
    explained: int
    unexplained: int
    stillborn: int
    equal: int

    @property
    def share(self) -> float:
        """Of those that could be killed at all."""
        judged = self.killed + self.unexplained
        return self.killed / judged if judged else 0.0


def score(found: list[Record]) -> Score:
    counts = Counter(record.how for record in found)
    known = sum(record.how == "survived" and is_explained(record) for record in found)
    return Score(counts["killed"], known, counts["survived"] - known, counts["stillborn"], counts["equal"])
