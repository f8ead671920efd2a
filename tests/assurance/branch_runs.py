"""Which branches of the contract its tests reach: python -m tests.assurance.branch_runs ARTIFACT ANSWER

The tests run against the reporting artifact; ANSWER gets, by test, the numbers reported while it ran.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyrevm import EVM, CfgEnv, Env

from registry.chain import artifact
from tests.assurance.branches import FIRST, Branch, Instrumented, instrumented
from tests.assurance.mutant_runs import QUICK
from tests.assurance.warm_compiler import ROOT, WarmCompiler
from tests.builders import ledger

TESTS = "tests/contracts"
# They compare code, size and cost with what is committed; the random walk's luck is not to be counted on.
LEFT_OUT = ("test_artifact.py", "test_bounds.py", "test_gas.py", "test_state_machine.py")
EXPLAINED = Path(__file__).with_name("unreached.json")
Key = tuple[str, str, str, bool]


@dataclass(frozen=True)
class Reached:
    """The branches each test reached, and all there are."""

    by_test: dict[str, set[Branch]]
    branches: list[Branch]

    def missing(self, without: str = "") -> list[Branch]:
        """What no test reaches, the one named ``without`` left out."""
        left = [found for test, found in self.by_test.items() if not without or without not in test]
        return sorted(set(self.branches).difference(*left))


def key_of(branch: Branch) -> Key:
    """File, function, condition and way: lines move, reasons do not."""
    where = branch.condition
    return where.file, where.function, where.text, branch.way


def explained() -> dict[Key, str]:
    """Why a branch cannot be reached."""
    return {
        (entry["file"], entry["function"], entry["condition"], entry["way"]): entry["why"]
        for entry in json.loads(EXPLAINED.read_text())
    }


def is_explained(branch: Branch) -> bool:
    return key_of(branch) in explained()


def measure() -> Reached:
    compiler = WarmCompiler()
    try:
        texts = {name: source["content"] for name, source in compiler.sources.items()}
        reporting = instrumented(compiler, texts)
        changed = {name: {"content": text} for name, text in reporting.sources.items()}
        code = compiler.creation({**compiler.sources, **changed}, QUICK)
    finally:
        compiler.close()
    assert code is not None, "the reporting sources do not compile"
    return _reached(reporting, code)


def _reached(reporting: Instrumented, code: str) -> Reached:
    committed = json.loads((ROOT / "contracts/artifacts/Registry.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        place, answer = Path(folder) / "Registry.json", Path(folder) / "answer.json"
        place.write_text(json.dumps({**committed, "bytecode": "0x" + code}))
        done = subprocess.run(
            [sys.executable, "-m", "tests.assurance.branch_runs", str(place), str(answer)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
        told: dict[str, list[int]] = json.loads(answer.read_text())
    by_test = {test: set(map(reporting.branch, numbers)) for test, numbers in told.items()}
    return Reached(by_test, reporting.branches)


class _Listener:
    """Notes what was reported while a test ran; every test has ledgers of its own."""

    def __init__(self) -> None:
        self._engines: list[EVM] = []
        self.told: dict[str, list[int]] = {}

    def engine(self, spec_id: str) -> EVM:
        """One that takes contracts of any size: reporting makes them longer than a chain would."""
        made = EVM(spec_id=spec_id, env=Env(cfg=CfgEnv(limit_contract_code_size=2**24)))
        self._engines.append(made)
        return made

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown":
            return
        touched = {int(address, 16) for engine in self._engines for address in engine.db_accounts}
        self.told[report.nodeid] = sorted(each - FIRST for each in touched if each >> 64 == FIRST >> 64)
        self._engines.clear()


def main(place: str, answer: str) -> int:
    artifact._CHECKOUT = artifact._PACKAGED = Path(place)
    artifact.registry_artifact.cache_clear()
    listener = _Listener()
    ledger.EVM = listener.engine  # type: ignore[attr-defined,misc]
    quietly = ["-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore:Module already imported"]
    left_out = [f"--ignore={TESTS}/{name}" for name in LEFT_OUT]
    code = pytest.main([*quietly, TESTS, *left_out], plugins=[listener])
    Path(answer).write_text(json.dumps(listener.told))
    return int(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
