"""Every mutant before the tests, resumable: a verdict stands for as long as what it rests on.

A campaign is named by the contracts' sources alone. What a test killed stays killed while the test's function is
written as it was, what the rules killed while machine and model are; what survived is judged again after any change
to the contract's tests or their builders. What does not compile, or compiles to the same code, asked no test.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread

from tests.assurance.grounds import Grounds
from tests.assurance.mutant_runs import Court, Verdict
from tests.assurance.mutation import Mutant
from tests.assurance.survivors import is_explained
from tests.assurance.warm_compiler import ROOT, Sources

BATCH = 80  # in one compile


@dataclass(frozen=True)
class Record:
    """A judged mutant, as it stands on a line of the state file. ``rests_on`` is a digest by ``Grounds``."""

    number: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    how: str
    by: str
    rests_on: str

    @classmethod
    def of(cls, mutant: Mutant, verdict: Verdict, grounds: Grounds) -> "Record":
        return cls(
            mutant.number,
            mutant.file,
            mutant.line,
            mutant.operator,
            mutant.before,
            mutant.after,
            verdict.how,
            verdict.by,
            grounds.of(verdict.how, verdict.by),
        )


@dataclass(frozen=True)
class Progress:
    """A verdict, and how many of how many mutants have theirs."""

    record: Record
    done: int
    all: int


def basis(sources: Sources) -> str:
    """Names the campaigns whose figures are of these sources and these tests."""
    digest = hashlib.sha256(json.dumps(sources, sort_keys=True).encode())
    judges = (
        *(ROOT / "tests/contracts").glob("*.py"),
        ROOT / "tests/builders/ledger.py",
        ROOT / "tests/builders/acts.py",
    )
    for path in sorted(judges):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def state_of(folder: Path, sources: Sources) -> Path:
    """Where the verdicts over the mutants of these sources are kept, whatever the tests."""
    name = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()[:16]
    return folder / f"mutants-{name}.jsonl"


def records(state: Path, grounds: Grounds) -> list[Record]:
    """The latest verdict over each mutant, where it still stands."""
    if not state.exists():
        return []
    found = [Record(**json.loads(line)) for line in state.read_text().splitlines() if line]
    latest = {record.number: record for record in found}
    return [one for one in latest.values() if one.rests_on == grounds.of(one.how, one.by)]


def run(folder: Path, workers: int, limit: int | None = None) -> Iterator[Progress]:
    """Judge what has no verdict that stands, at most ``limit`` of it; each is on disk before it is told."""
    courts = [Court() for _ in range(workers)]
    grounds = Grounds()
    state = state_of(folder, courts[0].compiler.sources)
    folder.mkdir(parents=True, exist_ok=True)
    done = {record.number for record in records(state, grounds)}
    # Shuffled, always alike: a campaign cut short is a fair sample of the whole.
    every = courts[0].mutants()
    shuffled = Random(1).sample(every, len(every))
    waiting = [mutant for mutant in shuffled if mutant.number not in done][:limit]
    batches: Queue[list[Mutant]] = Queue()
    for at in range(0, len(waiting), BATCH):
        batches.put(waiting[at : at + BATCH])
    judged: Queue[Record | Exception | None] = Queue()
    for court in courts:
        Thread(target=_sit, args=(court, batches, judged, grounds), daemon=True).start()
    working = workers
    with state.open("a") as file:
        while working:
            match judged.get():
                case None:
                    working -= 1
                case Exception() as error:
                    raise error
                case record:
                    file.write(json.dumps(asdict(record)) + "\n")
                    file.flush()
                    done.add(record.number)
                    yield Progress(record, len(done), len(every))


def _sit(
    court: Court,
    batches: Queue[list[Mutant]],
    judged: Queue[Record | Exception | None],
    grounds: Grounds,
) -> None:
    try:
        while True:
            for mutant, verdict in court.judge(batches.get_nowait()):
                judged.put(Record.of(mutant, verdict, grounds))
    except Empty:
        judged.put(None)
    except Exception as error:
        judged.put(error)
    finally:
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
