"""How well frauds are told from honest invoices, and how fast files are read. ``scripts/bench invoices`` prints it."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from registry.invoices import queries
from registry.invoices import sample_set as samples
from registry.invoices.invoice import Invoice
from registry.invoices.records import to_portrait
from registry.invoices.registering import Registered, Uploader
from registry.invoices.rules import Outcome
from registry.invoices.signals import SignalCode, signals
from registry.invoices.use_cases import read_invoice, register_document
from registry.kit.clock import FixedClock
from registry.kit.errors import Refusal
from registry.storage.unit_of_work import Database
from tests.invoices import firms
from tests.invoices.builders import FIXTURES, a_database, id_source, live_keys
from tests.invoices.generator import (
    EXACT,
    FIRST_DAY,
    SIGNALED,
    Kind,
    Label,
    Labelled,
    a_scene,
    a_set,
    some_lines,
)
from tests.invoices.writing import as_files

CASES = 20
IMPORTED = 2_000
SIGNALS = {
    Kind.RING: SignalCode.TRADE_RING,
    Kind.FABRICATED: SignalCode.UNKNOWN_BUYER,
    Kind.RELATED: SignalCode.RELATED_PARTIES,
}


@dataclass(frozen=True)
class Found:
    """Of one kind: ``frauds`` committed, ``found`` among them; ``honest`` documents beside them, ``flagged`` among
    those. The goals are of recall and precision."""

    kind: Kind
    frauds: int
    found: int
    honest: int
    flagged: int

    @property
    def recall(self) -> float:
        return self.found / self.frauds if self.frauds else 1.0

    @property
    def precision(self) -> float:
        said = self.found + self.flagged
        return self.found / said if said else 1.0

    @property
    def goals(self) -> tuple[float, float]:
        return (1.0, 1.0) if self.kind in EXACT else (0.95, 0.9)


def judged(labelled: Sequence[Labelled]) -> list[Found]:
    """Bring a set to an empty registry, by the path of registration, and count what is found in each kind.

    A fraud is found if it is told as a copy or a contradiction of an invoice of its own case, or for one of them
    flagged. An honest document counts against a kind whatever it is suspected of.
    """
    database = a_database()
    try:
        done = bring(database, [one.invoice for one in labelled])
        signaled = _signaled(database, done)
    finally:
        database.close()
    cases = {one.id: labelled[place].case for place, one in enumerate(done) if one.id}
    counts: dict[Kind, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for one, told in zip(labelled, done, strict=True):
        if one.label is Label.PART:
            continue
        is_fraud = one.label is Label.FRAUD
        if one.kind in SIGNALED:
            is_told = (told.id, SIGNALS[one.kind]) in signaled
        else:
            named = {told.of, *(each.of for each in told.suspicions)} - {None, ""}
            is_told = (
                any(cases[each] == one.case for each in named)
                if is_fraud
                else told.outcome is not Outcome.NEW
            )
        counts[one.kind][is_fraud, is_told] += 1
    return [
        Found(
            kind,
            frauds=counts[kind][True, True] + counts[kind][True, False],
            found=counts[kind][True, True],
            honest=counts[kind][False, True] + counts[kind][False, False],
            flagged=counts[kind][False, True],
        )
        for kind in Kind
    ]


def bring(database: Database, invoices: Iterable[Invoice]) -> list[Registered]:
    """Register invoices one by one, each in a transaction, all by one party."""
    ids = id_source()
    return [
        register_document(
            database,
            invoice=one,
            content_sha256=sha256(repr(one).encode()).hexdigest(),
            name=f"{place}.xml",
            uploader=Uploader(party=1),
            fingerprint_keys=live_keys,
            clock=FixedClock(),
            ids=ids,
        )
        for place, one in enumerate(invoices)
    ]


def _signaled(database: Database, done: Iterable[Registered]) -> set[tuple[str | None, SignalCode]]:
    ids = [one.id for one in done if one.id]
    with database.read() as session:
        portraits = [
            to_portrait(record)
            for start in range(0, len(ids), 500)
            for record in queries.by_ids(session, ids[start : start + 500])
        ]
    known = frozenset(
        str(one.trader.identifiers[0]) for place in ("DE", "CN") for one in firms.obligors(place)
    )
    return {(each, one.code) for one in signals(portraits, known) for each in one.invoices}


def milliseconds_a_file(invoices: Iterable[Invoice]) -> dict[str, float]:
    """Syntax → the mean time to read one file of it: written ones, the samples, and real ones where they are."""
    files: dict[str, list[bytes]] = defaultdict(list)
    for one in invoices:
        for syntax, content in as_files(one).items():
            files[syntax].append(content)
    for name in samples.NAMES:
        files["samples"].append(samples.read(name))
    for path in sorted(FIXTURES.rglob("*")) if FIXTURES.is_dir() else ():
        if path.is_file():
            files[f"real {path.parent.name}"].append(path.read_bytes())
    return {syntax: _mean_ms(contents) for syntax, contents in files.items()}


def _mean_ms(contents: Sequence[bytes]) -> float:
    start = perf_counter()
    for content in contents:
        with suppress(Refusal):  # to say no takes its time too
            read_invoice(content, "file")
    return (perf_counter() - start) * 1000 / len(contents)


def imported_a_second(count: int, seed: int) -> float:
    """Invoices a second through registration with the screen, into a database on disk."""
    random = Random(seed)
    invoices: list[Invoice] = []
    while len(invoices) < count:
        scene = a_scene(random)
        days = sorted(random.sample(range(700), 20))
        invoices += [scene.draw(some_lines(random), FIRST_DAY + timedelta(day)) for day in days]
    with TemporaryDirectory() as folder:
        database = a_database(Path(folder) / "registry.sqlite")
        try:
            start = perf_counter()
            bring(database, invoices[:count])
            return count / (perf_counter() - start)
        finally:
            database.close()


def as_text(found: Iterable[Found], times: Mapping[str, float], throughput: float) -> str:
    lines = [
        f"{'kind':<18}{'frauds':>8}{'recall':>9}{'goal':>7}{'honest':>9}{'flagged':>9}{'precision':>11}{'goal':>7}"
    ]
    for one in found:
        recall, precision = one.goals
        lines.append(
            f"{one.kind:<18}{one.frauds:>8}{one.recall:>9.3f}{recall:>7.2f}"
            f"{one.honest:>9}{one.flagged:>9}{one.precision:>11.3f}{precision:>7.2f}"
        )
    lines += ["", f"{'syntax':<30}{'ms a file':>10}"]
    lines += [f"{syntax:<30}{time:>10.2f}" for syntax, time in times.items()]
    return "\n".join([*lines, "", f"{throughput:,.0f} invoices a second imported"])


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="scripts/bench invoices", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=CASES, help="frauds of each kind")
    parser.add_argument("--count", type=int, default=IMPORTED, help="invoices to import")
    chosen = parser.parse_args(arguments)
    labelled = a_set(chosen.seed, chosen.cases)
    found = judged(labelled)
    times = milliseconds_a_file(one.invoice for one in labelled[:200])
    throughput = imported_a_second(chosen.count, chosen.seed)
    if chosen.json:
        rows = [asdict(one) | {"recall": one.recall, "precision": one.precision} for one in found]
        told = {"seed": chosen.seed, "kinds": rows, "ms_a_file": times, "imported_a_second": throughput}
        text = json.dumps(told, indent=1)
    else:
        text = f"seed {chosen.seed}\n" + as_text(found, times, throughput)
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
