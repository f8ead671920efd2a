"""Runs the contract's tests against other artifacts: python -m tests.assurance.judge

Everything is loaded and the tests are collected once; then each case, a line of JSON on stdin, is judged in a fork.
First come the state machine's rules on fixed seeds, without shrinking, which find most faults in a second; then all
fast tests, those first that found faults in the same file before, now or in the campaign whose verdicts are kept, then
their neighbors. The answer, a line on stdout, is the culprit or "".
"""

import gc
import json
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import Phase, settings
from pyrevm import EVM, CfgEnv, Env

from registry.chain import artifact
from tests.assurance.schemata import ACCOUNT
from tests.builders import ledger
from tests.contracts.machine_rare import LedgerMachine

TESTS = "tests/contracts"
VERDICTS = Path(__file__).with_name("verdicts")
# They compare code, size and cost with what is committed, or take long: here the rules run instead.
LEFT_OUT = ("test_artifact.py", "test_bounds.py", "test_gas.py", "test_state_machine.py")
SEEDS = range(1, 9)
STEPS = 60
# Of the processor, so that a busy machine condemns nobody: the whole takes a tenth of it.
SECONDS = 120
MEMORY = 4 << 30
NEVER_ENDED = (signal.SIGXCPU, signal.SIGALRM)


def by_the_rules() -> str:
    """The seed that shows a difference between contract and model, or nothing."""
    for seed in SEEDS:
        try:
            machine = LedgerMachine()
            # What `begin` waits for may never come under a mutant: the first issues must do.
            machine.begin(seed)
            for number in range(STEPS):
                machine.step(seed * 2**32 + number)
        except Exception as error:
            return f"rules, seed {seed}: {type(error).__name__}"
    return ""


class Judge:
    """A pytest plugin that answers cases instead of running the tests once."""

    def __init__(self, cases: IO[str], answers: IO[str]) -> None:
        self._cases, self._answers = cases, answers
        self._found: Counter[tuple[str, str]] = Counter()
        for record in _kept():
            self._count(record["file"], record["by"])
        self._culprit = ""
        self._is_warm = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._culprit:
            self._culprit = report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        assert not session.testsfailed, "the tests cannot be collected"
        gc.collect()
        gc.freeze()
        for line in self._cases:
            case = json.loads(line)
            culprit = self._judged(case, session.items)
            self._count(case["mutated"], culprit)
            self._answers.write(json.dumps(culprit) + "\n")
            self._answers.flush()
        return True

    def _count(self, mutated: str, culprit: str) -> None:
        self._found[mutated, culprit] += 1
        self._found[mutated, culprit.split("::", maxsplit=1)[0]] += 1

    def _order(self, mutated: str, test: str) -> tuple[int, int]:
        return -self._found[mutated, test], -self._found[mutated, test.split("::", maxsplit=1)[0]]

    def _judged(self, case: dict[str, Any], items: list[pytest.Item]) -> str:
        if case["control"] and not self._is_warm:
            # Here, not in a fork: all that follow find ready what the tests sign.
            self._is_warm = True
            return self._culprit_of(case, items).strip()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.alarm(10 * SECONDS)
            try:
                os.write(writing, self._culprit_of(case, items).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            culprit = told.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) in (*NEVER_ENDED, signal.SIGABRT), f"signal {os.WTERMSIG(status)}"
            return "it never ended" if os.WTERMSIG(status) in NEVER_ENDED else "it took all memory"
        assert culprit, "the judge itself failed"
        return culprit.strip()

    def _culprit_of(self, case: dict[str, Any], items: list[pytest.Item]) -> str:
        """Never empty: a space stands for nobody."""
        _replace(Path(case["artifact"]), case["awake"])
        wanted = {f"{TESTS}/{name}" for name in case["files"]}
        if not wanted and (culprit := by_the_rules()):
            return culprit
        chosen = [item for item in items if not wanted or item.nodeid.split("::")[0] in wanted]
        chosen.sort(key=lambda item: self._order(case["mutated"], item.nodeid))
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._culprit:
                return self._culprit
        return " "


def _kept() -> Iterator[dict[str, str]]:
    for place in VERDICTS.glob("mutants-*.jsonl"):
        yield from map(json.loads, place.read_text().splitlines())


def _replace(place: Path, awake: int) -> None:
    """Whatever is deployed from now on is this artifact, however long, with one of its faults awake."""

    def machine(spec_id: str) -> EVM:
        evm = EVM(env=Env(cfg=CfgEnv(limit_contract_code_size=2**24)), spec_id=spec_id)
        evm.set_balance(ACCOUNT, awake)
        return evm

    ledger.EVM = machine
    artifact._CHECKOUT = artifact._PACKAGED = place
    artifact.registry_artifact.cache_clear()


def main() -> int:
    cases, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("judge", database=None, derandomize=True, deadline=None, phases=phases)
    settings.load_profile("judge")
    ignored = [f"--ignore={TESTS}/{name}" for name in LEFT_OUT]
    quietly = ["-q", "--no-summary", "--tb=no", "--capture=no", "-p", "no:cacheprovider"]
    harmless = ["-W", "ignore:Module already imported", "-W", "ignore:This process"]
    return pytest.main([*quietly, *harmless, *ignored, TESTS], plugins=[Judge(cases, answers)])


if __name__ == "__main__":
    sys.exit(main())
