"""How well frauds are told from honest invoices, and how fast files are read. ``scripts/bench invoices`` prints it."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from registry.invoices import queries
from registry.invoices import sample_set as samples
from registry.invoices.invoice import Invoice
from registry.invoices.records import to_portrait
from registry.invoices.registering import Registered, Uploader
from registry.invoices.rules import Outcome
from registry.invoices.signals import SignalCode, signals
from registry.invoices.use_cases import files_in, register_document
from registry.kit.clock import FixedClock
from registry.storage.unit_of_work import Database
from tests.invoices import firms
from tests.invoices.bench_import import Figure, measure
from tests.invoices.builders import FIXTURES, a_database, id_source, live_keys
from tests.invoices.generator import (
    EXACT,
    SIGNALED,
    Kind,
    Label,
    Labelled,
    a_set,
)
from tests.invoices.measure import by_syntax
from tests.invoices.writing import as_files

CASES = 20
IMPORTED = 2_000
WRITTEN = 50  # invoices that are written as files
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


def files(invoices: Iterable[Invoice]) -> Iterator[tuple[str, bytes]]:
    """Invoices written in every syntax there is a writer for, the samples, and real files where they are."""
    for one in invoices:
        yield from as_files(one).items()
    for name in samples.NAMES:
        yield name, samples.read(name)
    if FIXTURES.is_dir():
        yield from files_in(FIXTURES)


def as_text(found: Iterable[Found], times: Mapping[str, Sequence[float]], imported: Figure | str) -> str:
    lines = [
        f"{'kind':<18}{'frauds':>8}{'recall':>9}{'goal':>7}{'honest':>9}{'flagged':>9}{'precision':>11}{'goal':>7}"
    ]
    for one in found:
        recall, precision = one.goals
        lines.append(
            f"{one.kind:<18}{one.frauds:>8}{one.recall:>9.3f}{recall:>7.2f}"
            f"{one.honest:>9}{one.flagged:>9}{one.precision:>11.3f}{precision:>7.2f}"
        )
    lines += ["", f"{'read, examined':<18}{'files':>8}{'p50 ms':>9}{'p95 ms':>9}"]
    for syntax, taken in sorted(times.items()):
        lines.append(f"{syntax:<18}{len(taken):>8}{at_share(taken, 50):>9.2f}{at_share(taken, 95):>9.2f}")
    return "\n".join([*lines, "", f"imported: {imported}"])


def at_share(taken: Sequence[float], percent: int) -> float:
    return sorted(taken)[(len(taken) - 1) * percent // 100]


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="scripts/bench invoices", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=CASES, help="frauds of each kind")
    parser.add_argument("--count", type=int, default=IMPORTED, help="invoices to import")
    chosen = parser.parse_args(arguments)
    labelled = a_set(chosen.seed, chosen.cases)
    found = judged(labelled)
    times = by_syntax(files(one.invoice for one in labelled[:WRITTEN]))
    imported = measure(chosen.count)
    if chosen.json:
        rows = [asdict(one) | {"recall": one.recall, "precision": one.precision} for one in found]
        told = {"seed": chosen.seed, "kinds": rows, "ms_a_file": times, "imported": asdict(imported)}
        text = json.dumps(told, indent=1)
    else:
        text = f"seed {chosen.seed}\n" + as_text(found, times, imported)
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
