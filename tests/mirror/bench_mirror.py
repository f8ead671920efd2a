"""How fast the mirror brings a chain into a database: ``scripts/bench mirror [--events N] [--rounds N] [--json]``.

One anvil with ``--events`` logs of the real contract serves all cases. Each has a process of its own and an empty
database; every round begins with another, so that what else the machine does falls on all of them. Beside the project's
backfill stand the floor, ``raw`` (the node's answer and JSON to be parsed), the usual way, ``web3py_orm`` (a row an
event through SQLAlchemy's ORM, without checks and projections), ``ponder`` (a row an event, into PostgreSQL) and
``ethereumetl`` (files of blocks, transactions, receipts and logs: it knows no contract). Then: stored events folded
once more, a reorganization of 64 blocks, and what passes from an act's block to its being seen, where the node is
polled and where it tells.

Events a second are by the wall's clock; on a busy machine only processor time an event tells. It leaves out the node's
and PostgreSQL's own.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from registry.chain.node import Node
from registry.storage.migrate import upgrade
from registry.storage.unit_of_work import Database
from tests.builders.anvil import anvil
from tests.builders.postgres import Server
from tests.mirror.bench_cases import REORGANIZED, SIGHTS
from tests.mirror.bench_ponder import backfill
from tests.mirror.busy_chain import OPTIONS, BusyChain
from tests.mirror.figures import Figure

ROOT = Path(__file__).parents[2]
ABI = "contracts/artifacts/Registry.json"
OWN, OWN_POSTGRESQL, RAW, WEB3PY, PONDER, ETHEREUMETL = BACKFILLS = (
    "own_sqlite", "own_postgresql", "raw", "web3py_orm", "ponder", "ethereumetl",
)  # fmt: skip
POSTGRESQL = (OWN_POSTGRESQL, PONDER)
REBUILD, UNDO, LIVE, LIVE_TOLD = AFTERWARDS = ("rebuild", "undo", "live", "live_told")
RATIOS = [(own, other) for own in (OWN, OWN_POSTGRESQL) for other in (RAW, WEB3PY, PONDER, ETHEREUMETL)]


@dataclass(frozen=True)
class Row:
    """One case of one round."""

    round: int
    case: str
    figure: Figure

    @property
    def events_per_s(self) -> float:
        return self.figure.events / self.figure.wall_s

    @property
    def cpu_us_per_event(self) -> float:
        return self.figure.cpu_s / self.figure.events * 1_000_000

    def as_json(self) -> dict[str, Any]:
        waits = sorted(self.figure.waits_ms)
        return {
            "round": self.round,
            "case": self.case,
            "events_per_s": round(self.events_per_s, 1),
            "cpu_us_per_event": round(self.cpu_us_per_event, 1),
            "peak_mb": round(self.figure.peak_mb, 1),
        } | ({"p50_ms": _at_share(waits, 50), "p99_ms": _at_share(waits, 99)} if waits else {})


def _at_share(waits: Sequence[float], percent: int) -> float:
    return round(waits[-(-len(waits) * percent // 100) - 1], 1)


class Bench:
    """A chain with ``events`` logs on a fresh anvil, and databases in ``folder``."""

    def __init__(self, node: Node, folder: Path, events: int) -> None:
        self._node, self._folder, self._numbers = node, folder, count(1)
        self.chain = BusyChain(node)
        self.chain.grow(events)
        self.events, self._last = self.chain.events, node.block_number()

    def close(self) -> None:
        if "_server" in self.__dict__:
            self._server.stop()

    def rounds(self, number: int, cases: Sequence[str]) -> Iterator[Row]:
        """All cases so many times, by turns."""
        for turn in range(number):
            start = turn % len(cases)
            for case in (*cases[start:], *cases[:start]):
                yield Row(turn + 1, case, self.run(case))

    def run(self, case: str) -> Figure:
        """One case; what it says it did must be all there was to do."""
        url = self._filled_url() if case in AFTERWARDS else self._empty_url(case)
        expected = {LIVE: SIGHTS, LIVE_TOLD: SIGHTS}.get(case, self.events)
        if case == UNDO:
            expected = self.chain.trickle(REORGANIZED)
        found = self._run(case, url)
        assert found.events == expected, f"{case}: {found.events} events instead of {expected}"
        return found

    @cached_property
    def _filled(self) -> Path:
        """A database that has all of ``events``, made before the chain changes."""
        file = self._file()
        _migrate(f"sqlite:///{file}")
        self._run(OWN, f"sqlite:///{file}")
        return file

    def _filled_url(self) -> str:
        with Path(shutil.copy(self._filled, self._file())).open("rb+") as file:
            os.fsync(file.fileno())  # or the first commits would wait for all of it
            return f"sqlite:///{file.name}"

    @cached_property
    def _server(self) -> Server:
        return Server(is_durable=True)

    def _file(self) -> Path:
        return self._folder / f"{next(self._numbers)}.db"

    def _empty_url(self, case: str) -> str:
        if case in POSTGRESQL:
            name = f"bench_{next(self._numbers)}"
            self._server.ask(f"CREATE DATABASE {name} TEMPLATE template0")
            url = self._server.url(name)
        else:
            url = f"sqlite:///{self._file()}"
        if case in (OWN, OWN_POSTGRESQL):  # the others have tables of their own, or none
            _migrate(url)
        return url

    def _run(self, case: str, url: str) -> Figure:
        where = (self._node.url, self.chain.address, str(self.chain.start_block), str(self._last))
        if case == PONDER:
            return backfill(Path(_tools(case)), self._node.chain_id(), where, url, self.events)
        command = [sys.executable, "-m", "tests.mirror.bench_cases", case, *where, url]
        if case == WEB3PY:
            command = [f"{_tools('web3py')}/python", "-m", "tests.mirror.bench_web3py", *where, url, ABI]
        if case == ETHEREUMETL:
            command = [f"{_tools(case)}/python", "-m", "tests.mirror.bench_ethereumetl", *where]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        return Figure(**orjson.loads(done.stdout))


def _tools(name: str) -> str:
    done = subprocess.run(["scripts/tools", name], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def _migrate(url: str) -> None:
    with closing(Database(url)) as database:
        upgrade(database)


def measure(events: int, rounds: int) -> Iterator[Row]:
    """Backfills first, since the others change the chain."""
    with (
        TemporaryDirectory(prefix="counterfoil-bench-") as folder,
        anvil(*OPTIONS) as node,
        closing(Bench(node, Path(folder), events)) as bench,
    ):
        yield from bench.rounds(rounds, BACKFILLS)
        for case in AFTERWARDS:
            yield from bench.rounds(rounds, [case])


def lines(rows: Sequence[Row]) -> Iterator[str]:
    yield f"{'round':>5} {'case':<15} {'events/s':>9} {'µs CPU/event':>13} {'peak MB':>8} {'p50 ms':>8} {'p99 ms':>8}"
    for row in rows:
        told = row.as_json()
        waits = "".join(f" {told[name]:>8.1f}" for name in ("p50_ms", "p99_ms") if name in told)
        yield (
            f"{row.round:>5} {row.case:<15} {row.events_per_s:>9.0f} {row.cpu_us_per_event:>13.1f} "
            f"{row.figure.peak_mb:>8.1f}{waits}"
        )
    yield ""
    yield f"{'median of rounds':<30} {'speed':>8} {'CPU':>8}"
    measured = {row.case for row in rows}
    for one, other in RATIOS:
        if not {one, other} <= measured:
            continue
        speed = _ratio(rows, one, other, "events_per_s")
        spent = _ratio(rows, other, one, "cpu_us_per_event")
        yield f"{one + ' / ' + other:<30} {speed:>8.2f} {spent:>8.2f}"


def _ratio(rows: Iterable[Row], one: str, other: str, name: str) -> float:
    """Of each round, and of these the median; more is better for ``one``."""
    found = {(row.round, row.case): getattr(row, name) for row in rows}
    turns = {turn for turn, _ in found}
    return statistics.median(found[turn, one] / found[turn, other] for turn in turns)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench mirror")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = list(measure(options.events, options.rounds))
    text = (
        orjson.dumps([row.as_json() for row in rows], option=orjson.OPT_INDENT_2).decode()
        if options.json
        else "\n".join(lines(rows))
    )
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
