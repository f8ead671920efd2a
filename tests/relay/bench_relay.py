"""How many acts a second go from the outbox through the chain to where they are seen:
``scripts/bench relay [--acts N] [--rounds N] [--json]``.

One anvil seals a block for each transaction; on SQLite and PostgreSQL by turns, where the private server of tests keeps
nothing safe from a loss of power. All acts stand in the outbox before the worker begins; each is signed, committed,
sent, mirrored and marked included. Processor time is that of relay and mirror alone, not the node's or PostgreSQL's.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from registry.relay import queries
from registry.relay.model import ActStatus
from tests.builders import databases
from tests.builders.databases import CHOSEN, POSTGRESQL, SQLITE
from tests.mirror.life import anvil_life

HEAD = f"{'round':>5} {'database':<12} {'acts/s':>8} {'CPU ms/act':>11}"


@dataclass(frozen=True)
class Row:
    """One round on one database."""

    round: int
    case: str
    acts_per_s: float
    cpu_ms_per_act: float


def run(turn: int, case: str, acts: int) -> Row:
    os.environ[CHOSEN] = case
    with TemporaryDirectory(prefix="counterfoil-bench-") as folder, anvil_life(Path(folder)) as life:
        life.worker.run_until_idle()
        for number in range(acts):
            limits = [365, 10, 5, 30, 101 + number]
            life.enqueue("setLimits", limits, sender="operator", about=f"limits:{number}")
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        life.worker.run_until_idle(3_600)
        after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - began
        with life.database.read() as session:
            counts = queries.counts(session)
        assert counts[ActStatus.INCLUDED] == acts, counts
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Row(turn, case, round(acts / wall, 1), round(1000 * cpu / acts, 2))


def lines(rows: Sequence[Row]) -> list[str]:
    return [
        HEAD,
        *(
            f"{row.round:>5} {row.case:<12} {row.acts_per_s:>8.1f} {row.cpu_ms_per_act:>11.2f}"
            for row in rows
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench relay")
    parser.add_argument("--acts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        rows = [
            run(turn, case, options.acts)
            for turn in range(1, options.rounds + 1)
            for case in ((SQLITE, POSTGRESQL) if turn % 2 else (POSTGRESQL, SQLITE))
        ]
    finally:
        databases.stop_server()
    if options.json:
        text = orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2).decode()
    else:
        text = "\n".join(lines(rows))
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
