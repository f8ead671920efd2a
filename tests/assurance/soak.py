"""The campaigns at full counts. Each piece of work leaves a line in ``verdicts``; what is there is not done again.

The lines are committed, so that a campaign goes on wherever it is taken up; files of other sources or tests are not
read.
"""

import argparse
import json
import sys
from contextlib import closing
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.kit.clock import SystemClock
from tests.assurance import conditions, edits, faults
from tests.assurance.branch_runs import explained, key_of, measure
from tests.assurance.differential import compare
from tests.assurance.grounds import Grounds
from tests.assurance.mutant_runs import Court
from tests.assurance.mutation_campaign import Record, basis, records, run, score, state_of
from tests.assurance.survivors import is_explained
from tests.assurance.trace import record
from tests.assurance.warm_compiler import ROOT
from tests.builders import databases
from tests.contracts.machine import TALLY
from tests.contracts.machine_rare import LedgerMachine
from tests.mirror.chaos import Chaos
from tests.mirror.three_nodes import DrivenLife, deployed, driven_network

STATE = ROOT / "tests/assurance/verdicts"
REPORT = ROOT / "docs/assurance.md"
CALLS, DEPTH, TRANSACTIONS = 100_000, 120, 1_000
STEPS, WALK = 200, 20
WALKED = ("registry/mirror/*.py", "registry/relay/*.py", "registry/chain/node.py")
WALKERS = (
    "tests/mirror/chaos.py",
    "tests/mirror/three_nodes.py",
    "requirements/ethereumjs/package-lock.json",
)
NAMES = ("machine", "differential", "coverage", "mutants", "proofs", "chaos", "faults", "edits")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def machine(path: Path, calls: int = CALLS) -> None:
    """Seed after seed, each a ledger's life of ``DEPTH`` steps, the model judging every call."""
    done = lines(path)
    total, seed = sum(line["calls"] for line in done), len(done)
    with path.open("a") as file:
        while total < calls:
            TALLY.reset()
            life = LedgerMachine()
            life.begin(seed)
            for number in range(DEPTH):
                life.step(seed * 2**32 + number)
            total, seed = total + TALLY.calls, seed + 1
            file.write(json.dumps({"calls": TALLY.calls, "refused": TALLY.refused.total()}) + "\n")
            file.flush()


def differential(path: Path, calls: int = TRANSACTIONS) -> None:
    if not lines(path):
        path.write_text(json.dumps(vars(compare(record(seed=2, calls=calls)))) + "\n")


def mutants(workers: int, limit: int | None) -> None:
    clock, told = SystemClock(), 0
    began = clock.now()
    for count, at in enumerate(run(STATE, workers, limit), 1):
        one = at.record
        if one.how == "survived" and not is_explained(one):
            sys.stdout.write(f"survived: {one.file}:{one.line} {one.before} → {one.after}\n")
        if at.done * 100 // at.all > told:
            told = at.done * 100 // at.all
            left = (clock.now() - began) / count * (at.all - at.done)
            sys.stdout.write(
                f"{at.done:,} of {at.all:,} judged, about {left.total_seconds() / 60:.0f} min left\n"
            )
        sys.stdout.flush()


def coverage(path: Path) -> None:
    """The branches the contract's tests reach, and why they do not reach the others."""
    if not lines(path):
        reached, why = measure(), explained()
        missing = [{"branch": str(each), "why": why.get(key_of(each), "")} for each in reached.missing()]
        path.write_text(json.dumps({"branches": len(reached.branches), "missing": missing}) + "\n")


def proofs() -> Path:
    return STATE / "proofs.jsonl"


def walks() -> Path:
    """Where the walks of this mirror and relay are kept: of others they say nothing."""
    return STATE / f"chaos-{faults.basis((*WALKED, *WALKERS))}.jsonl"


def deaths() -> Path:
    return STATE / f"faults-{faults.basis()}.jsonl"


def chaos(path: Path, steps: int = STEPS, walk: int = WALK) -> None:
    """Walk after walk, each with a seed, a network of three real nodes and a registry of its own."""
    done = lines(path)
    total, seed = sum(line["steps"] for line in done), len(done)
    while total < steps:
        with (
            TemporaryDirectory() as place,
            driven_network(Path(place)) as (net, clock),
            closing(DrivenLife(net, Path(place), clock, *deployed(net))) as life,
        ):
            life.mirror.catch_up()
            one = Chaos(life, seed)
            one.walk(walk)
        total, seed = total + one.count, seed + 1
        figures = {
            "steps": one.count,
            "acts": one.acts,
            "healed": one.healed,
            "longest_s": round(one.longest_s, 1),
        }
        with path.open("a") as file:
            file.write(json.dumps(figures) + "\n")


def of_walks(done: list[dict[str, Any]]) -> str:
    """Their row in the table of campaigns."""
    steps, acts, healed = (sum(one[name] for one in done) for name in ("steps", "acts", "healed"))
    return (
        f"| three nodes in chaos | {steps} random steps in {len(done)} walks, {acts} acts; healed {healed} times, and "
        f"each time the mirror said what the chain says within {max(one['longest_s'] for one in done)} s |\n"
    )


def report(name: str, judged: list[Record], mutants: int, date: str) -> str:
    """The figures of what has been run so far, for these sources and tests."""
    text = f"# Assurance\n\nFigures of `scripts/soak`, {date}.\n\n| campaign | figures |\n|---|---|\n"
    lives = lines(STATE / f"machine-{name}.jsonl")
    if lives:
        calls, refused = (sum(life[key] for life in lives) for key in ("calls", "refused"))
        text += (
            f"| state machine against the model | {calls:,} calls in {len(lives):,} lives of {DEPTH} steps, "
            f"{refused / calls:.1%} refused, no difference |\n"
        )
    for figures in lines(STATE / f"differential-{name}.jsonl"):
        text += (
            f"| pyrevm, py-evm, anvil and the model | {figures['transactions']:,} transactions, "
            f"{figures['slots']:,} slots, {figures['gas']:,} gas, no difference |\n"
        )
    sections = ""
    for figures in lines(STATE / f"coverage-{name}.jsonl"):
        branches, missing = figures["branches"], figures["missing"]
        reached, reasons = branches - len(missing), sum(bool(each["why"]) for each in missing)
        text += (
            f"| branches of the contracts | {reached} of {branches} reached by a named test, {reasons} cannot "
            f"be: {reached / (branches - reasons):.1%} of the others |\n"
        )
        sections += "\n## Branches not reached\n\n" + "".join(
            f"- {each['branch']}. {each['why']}\n" for each in missing
        )
    if judged:
        found = score(judged)
        text += (
            f"| mutants of the contracts | {len(judged):,} of {mutants:,} judged: {found.killed:,} killed, "
            f"{found.explained} survive for a reason, "
            f"{found.unexplained} without: {found.share:.1%}; {found.stillborn} do not compile, "
            f"{found.equal} compile to the same code |\n"
        )
        left = [one for one in judged if one.how == "survived"]
        if left:
            sections += "\n## Surviving mutants\n\n" + "".join(
                f"- `{one.file}`: `{one.before}` → `{one.after}`\n"
                for one in sorted(left, key=lambda one: one.file)
            )
    if done := lines(walks()):
        text += of_walks(done)
    text += faults.rows(lines(deaths())) + edits.row(lines(edits.kept(STATE)))
    return text + sections + conditions.report(conditions.records(proofs()))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("--date", default="undated")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, help="judge at most so many mutants this time")
    parser.add_argument("campaigns", nargs="*", choices=[*NAMES, []])
    given = parser.parse_args(arguments)
    STATE.mkdir(exist_ok=True)
    court = Court()
    name, verdicts = basis(court.compiler.sources), state_of(STATE, court.compiler.sources)
    every = len(court.mutants())
    court.close()
    wanted = given.campaigns or NAMES
    if "machine" in wanted:
        machine(STATE / f"machine-{name}.jsonl")
    if "differential" in wanted:
        differential(STATE / f"differential-{name}.jsonl")
    if "coverage" in wanted:
        coverage(STATE / f"coverage-{name}.jsonl")
    if "mutants" in wanted:
        mutants(given.workers, given.limit)
    if "proofs" in wanted:
        for proof in conditions.run(proofs(), conditions.acts()):
            sys.stdout.write(f"{proof.act}: {proof.verdict}, its bug {proof.bug}\n")
    if "chaos" in wanted:
        chaos(walks())
    at_databases = [faults.campaign(deaths())] if "faults" in wanted else []
    at_databases += [edits.campaign(edits.kept(STATE))] if "edits" in wanted else []
    for figures in chain.from_iterable(at_databases):
        sys.stdout.write(f"{figures}\n")
        sys.stdout.flush()
    databases.stop_server()
    REPORT.write_text(report(name, records(verdicts, Grounds()), every, given.date))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
