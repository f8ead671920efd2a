"""The committed artifact is what the sources compile to; its state lies where storage readers expect it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.chain.artifact import registry_artifact
from tests.builders.ledger import ARBITER, OBLIGOR, OPERATOR, STRANGER, Ledger, Refused, refused

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "contracts/artifacts/Registry.json"
SIZES = Path(__file__).with_name("sizes.json")
EIP_170, EIP_3860 = 24_576, 49_152
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
    for name in ("contracts", "scripts", "node_modules", "tests"):
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


def test_the_code_of_every_part_fits_a_block_chains_limit() -> None:
    artifact = registry_artifact()
    for part in (artifact, *artifact.parts.values()):
        assert len(part.runtime) <= EIP_170, part.name
    arguments = 3 * 32
    assert len(artifact.bytecode) + arguments <= EIP_3860


def test_sizes_change_only_with_their_snapshot() -> None:
    artifact = registry_artifact()
    found = {part.name: len(part.runtime) for part in (artifact, *artifact.parts.values())}
    found["creation"] = len(artifact.bytecode)
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS") == "1":
        SIZES.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(SIZES.read_text()), "to accept, set COUNTERFOIL_UPDATE_SNAPSHOTS=1"


def code_at(ledger: Ledger, address: str) -> bytes:
    """Without what pyrevm pads it with."""
    found = bytes(ledger.evm.get_code(address))
    sizes = [len(part.runtime) for part in (registry_artifact(), *registry_artifact().parts.values())]
    return next((found[:size] for size in sizes if size <= len(found) and not any(found[size:])), found)


def test_the_deployed_code_is_recognized_and_a_changed_byte_is_not() -> None:
    ledger = Ledger(parties=())
    deployed = code_at(ledger, ledger.address)
    assert registry_artifact().is_code(deployed)
    assert not registry_artifact().is_code(deployed[:100] + bytes([deployed[100] ^ 1]) + deployed[101:])


def test_every_part_is_found_from_the_registrys_code_and_checked() -> None:
    ledger = Ledger(parties=())
    artifact, deployed = registry_artifact(), code_at(ledger, ledger.address)
    assert artifact.unknown_parts(lambda address: code_at(ledger, address), deployed) == []
    annex = artifact.linked(deployed)["Annex"]
    metadata = artifact.parts["Annex"].linked(code_at(ledger, annex))["Metadata"]
    assert metadata == ledger.view("metadata")

    def tampered(where: str) -> Callable[[str], bytes]:
        def read(address: str) -> bytes:
            code = code_at(ledger, address)
            return code[:-60] + b"\xff" + code[-59:] if address == where else code

        return read

    assert artifact.unknown_parts(tampered(annex), deployed) == ["Annex"]
    assert artifact.unknown_parts(tampered(metadata), deployed) == ["Metadata"]
    assert artifact.unknown_parts(lambda _: b"", deployed) == ["Annex"]


def test_registry_and_annex_agree_on_every_slot() -> None:
    found = json.loads(ARTIFACT.read_text())
    assert found["storage"] == found["parts"]["Annex"]["storage"]


def test_the_annex_alone_is_an_empty_ledger_with_nobody_in_charge() -> None:
    ledger = Ledger()
    annex = registry_artifact().linked(code_at(ledger, ledger.address))["Annex"]
    ledger.address = annex
    assert ledger.view("party", OBLIGOR) == 0
    assert ledger.view("owner") == annex
    with refused("OwnableUnauthorizedAccount"):
        ledger.send(OPERATOR, "freeze", OBLIGOR, True)
    with refused("SenderNotArbiter"):
        ledger.send(ARBITER, "setArbiter", ARBITER.address)


def test_no_function_of_the_registry_shadows_one_of_the_annex() -> None:
    """One selector, one meaning: what both have is the same library function."""
    found = json.loads(ARTIFACT.read_text())
    assert found["shared"] == ["eip712Domain"]


def test_what_no_part_knows_is_refused() -> None:
    ledger = Ledger(parties=())
    for data in (b"", b"\1", b"\0" * 4, b"\xde\xad\xbe\xef" * 9):
        with pytest.raises(Refused):
            ledger.send_raw(STRANGER, data)


@pytest.mark.parametrize("arguments", [{"max_tenor_days": 0}, {"max_hops": 0}, {"expiry_days": 0}])
def test_no_ledger_is_deployed_that_could_never_issue(arguments: dict[str, int]) -> None:
    with pytest.raises(RuntimeError):
        Ledger(parties=(), **arguments)


def test_the_name_explorers_show() -> None:
    ledger = Ledger(parties=())
    assert (ledger.view("name"), ledger.view("symbol")) == ("Counterfoil", "LOT")
    assert ledger.view("owner") == OPERATOR.address.lower()
