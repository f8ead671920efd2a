"""Runs the contract's tests against another artifact: python -m tests.assurance.judge ARTIFACT [FILE …]

Without files: first the state machine's rules on fixed seeds, without shrinking, which finds most faults in a
second; then all fast tests. Ends with 0 if all pass, with 1 and the culprit on the last line if not.
"""

import sys
from pathlib import Path

import pytest

from registry.chain import artifact
from tests.contracts.machine_rare import LedgerMachine

TESTS = "tests/contracts"
# They compare code, size and cost with what is committed, or take long: here the rules run instead.
LEFT_OUT = ("test_artifact.py", "test_gas.py", "test_state_machine.py")
SEEDS = range(1, 9)
STEPS = 60


class _Culprit:
    """Notes the first test that failed."""

    def __init__(self) -> None:
        self.name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid


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


def by_the_tests(files: list[str]) -> str:
    chosen = [f"{TESTS}/{name}" for name in files] or [
        TESTS,
        *(f"--ignore={TESTS}/{name}" for name in LEFT_OUT),
    ]
    culprit = _Culprit()
    quietly = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-W", "ignore:Module already imported"]
    code = pytest.main([*quietly, *chosen], plugins=[culprit])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not culprit.name:
        raise RuntimeError(f"pytest ended with {code}")
    return culprit.name


def main(place: str, files: list[str]) -> int:
    artifact._CHECKOUT = artifact._PACKAGED = Path(place)
    artifact.registry_artifact.cache_clear()
    culprit = ("" if files else by_the_rules()) or by_the_tests(files)
    print(culprit)  # noqa: T201 - this is the answer
    return 1 if culprit else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
