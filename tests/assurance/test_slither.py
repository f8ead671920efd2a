"""Every finding of Slither is fixed, or slither.json says why it stays."""

from pathlib import Path

from tests.assurance.static import Finding, findings, findings_in_the_contract, reasons
from tests.assurance.warm_compiler import WarmCompiler

PLANTED = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Planted {
    address private _owner = msg.sender;

    function give(address payable to) external {
        if (tx.origin == _owner) to.transfer(1);
    }
}
"""


def test_every_finding_is_explained_and_every_explanation_needed(
    compiler: WarmCompiler, tmp_path: Path
) -> None:
    found, known = findings_in_the_contract(compiler, tmp_path), reasons()
    assert len(found) > 20, "the detectors have run"
    assert [str(finding) for finding in found if not known.explain(finding)] == []
    assert known.idle(found) == []


def test_a_planted_fault_is_found(compiler: WarmCompiler, tmp_path: Path) -> None:
    found = findings(compiler, {"contracts/Planted.sol": PLANTED}, tmp_path)
    assert "tx-origin" in {finding.detector for finding in found}
    assert not all(reasons().explain(finding) for finding in found)


def test_a_reason_for_nothing_is_noticed() -> None:
    assert "timestamp" in reasons().idle([Finding("assembly", "contracts/types/LotIds.sol child")])
