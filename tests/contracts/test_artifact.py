"""The committed artifact is what the sources compile to; its state lies where readers of storage expect it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from registry.chain.artifact import registry_artifact
from tests.builders.ledger import OPERATOR, Ledger

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "contracts/artifacts/Registry.json"
EIP_170 = 24_576
OURS = (
    "_limits",
    "_parties",
    "_recoveries",
    "_arbiter",
    "_partyOf",
    "_keyOf",
    "_obligations",
    "_facts",
    "_lots",
    "_invoiceOf",
    "_fingerprintKeys",
)


def compile_check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts/compile"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_sources_compile_to_the_committed_artifact() -> None:
    done = compile_check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    """The control: the same check over a copy with one number changed fails."""
    for name in ("contracts", "scripts", "node_modules"):
        (tmp_path / name).symlink_to((ROOT / name).resolve())
    (tmp_path / "contracts").unlink()
    for path in (ROOT / "contracts").rglob("*.*"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text()
        copy.write_text(text.replace("STATE_HALTED = 2", "STATE_HALTED = 3"))
    (tmp_path / "scripts").unlink()
    (tmp_path / "scripts").mkdir()
    for name in ("compile", "solc"):
        copy = tmp_path / "scripts" / name
        copy.write_text((ROOT / "scripts" / name).read_text())
        copy.chmod(0o755)
    done = compile_check(tmp_path)
    assert done.returncode != 0
    assert "not what the sources compile to" in done.stderr


def test_our_state_comes_first_slot_by_slot() -> None:
    storage = json.loads(ARTIFACT.read_text())["storage"]
    found = [(entry["label"], int(entry["slot"]), entry["offset"]) for entry in storage[: len(OURS)]]
    assert found == [(label, slot, 0) for slot, label in enumerate(OURS)]
    assert all(int(entry["slot"]) >= len(OURS) for entry in storage[len(OURS) :])


def test_slot_zero_holds_the_limits() -> None:
    ledger = Ledger(parties=())
    assert ledger.evm.storage(ledger.address, 0) == ledger.limits.pack()


def test_the_code_fits_a_block_chains_limit() -> None:
    assert len(registry_artifact().runtime) <= EIP_170


def test_the_deployed_code_is_recognized_and_a_changed_byte_is_not() -> None:
    ledger = Ledger(parties=())
    deployed = bytes(ledger.evm.get_code(ledger.address))[: len(registry_artifact().runtime)]
    assert registry_artifact().is_code(deployed)
    assert not registry_artifact().is_code(deployed[:100] + bytes([deployed[100] ^ 1]) + deployed[101:])


@pytest.mark.parametrize("arguments", [{"max_tenor_days": 0}, {"max_hops": 0}, {"expiry_days": 0}])
def test_no_ledger_is_deployed_that_could_never_issue(arguments: dict[str, int]) -> None:
    with pytest.raises(RuntimeError):
        Ledger(parties=(), **arguments)


def test_the_name_explorers_show() -> None:
    ledger = Ledger(parties=())
    assert (ledger.view("name"), ledger.view("symbol")) == ("Counterfoil", "LOT")
    assert ledger.view("owner") == OPERATOR.address.lower()
