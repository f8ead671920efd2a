"""Slither over the contract: its findings, and the reasons for those that stay."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.assurance.tools import commands_of
from tests.assurance.warm_compiler import ROOT, WarmCompiler

OUTPUTS = ["abi", "metadata", "userdoc", "devdoc"]
# The frontend wants bytecode that no detector looks at, and making it takes most of the time: none will do.
NO_CODE = {"object": "", "sourceMap": ""}
# What Slither takes for the compiler gives the answer that is there already.
ANSWERING = """#!/bin/sh
[ "$1" != --version ] || exec "{solc}" --version
exec cat answer.json
"""
REASONS = Path(__file__).with_name("slither.json")


@dataclass(frozen=True, order=True)
class Finding:
    """``place``: the file and, where there is one, the function or variable in it."""

    detector: str
    place: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.detector} at {self.place}: {self.text}"


def findings_in_the_contract(compiler: WarmCompiler, folder: Path) -> list[Finding]:
    return findings(compiler, {name: source["content"] for name, source in compiler.sources.items()}, folder)


def findings(compiler: WarmCompiler, sources: dict[str, str], folder: Path) -> list[Finding]:
    """What every detector says of the files under contracts/; the library's own are its makers' to answer."""
    for name, text in sources.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    job = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {"evmVersion": "prague", "outputSelection": {"*": {"*": OUTPUTS, "": ["ast"]}}},
    }
    (folder / "job.json").write_text(json.dumps(job))
    told = compiler.standard(job)
    for contracts in told["contracts"].values():
        for contract in contracts.values():
            contract["evm"] = {"bytecode": NO_CODE, "deployedBytecode": NO_CODE}
    (folder / "answer.json").write_text(json.dumps(told))
    (folder / "solc").write_text(ANSWERING.format(solc=ROOT / "scripts/solc"))
    (folder / "solc").chmod(0o755)
    tools = commands_of("slither")
    command = [str(tools / "slither"), "job.json", "--compile-force-framework", "solc-json"]
    command += ["--solc", str(folder / "solc"), "--json", "found.json", "--exclude-dependencies"]
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    answer = json.loads((folder / "found.json").read_text())
    assert answer["success"], answer["error"] + done.stderr[-500:]
    told = [_finding(result) for result in answer["results"].get("detectors", [])]
    return sorted(one for one in told if one.place.startswith("contracts/"))


def _finding(result: dict[str, Any]) -> Finding:
    element = result["elements"][0]
    place = element["source_mapping"]["filename_relative"]
    return Finding(result["check"], f"{place} {_owner(element)}", " ".join(result["description"].split()))


def _owner(element: dict[str, Any]) -> str:
    """The function around it, or its own name."""
    around = element.get("type_specific_fields", {}).get("parent", {})
    if element["type"] != "function" and around.get("type") == "function":
        return str(around["name"])
    return str(element["name"])


@dataclass(frozen=True)
class Reasons:
    """For a whole detector where the design answers it everywhere, else for each place."""

    detectors: dict[str, str]
    places: dict[tuple[str, str], str]

    def explain(self, finding: Finding) -> bool:
        return finding.detector in self.detectors or (finding.detector, finding.place) in self.places

    def idle(self, found: list[Finding]) -> list[str]:
        """Reasons for what is no longer found."""
        met = {finding.detector for finding in found}
        at = {(finding.detector, finding.place) for finding in found}
        return [detector for detector in self.detectors if detector not in met] + [
            " at ".join(place) for place in self.places if place not in at
        ]


def reasons() -> Reasons:
    stored = json.loads(REASONS.read_text())
    places = {(entry["detector"], entry["place"]): entry["why"] for entry in stored["places"]}
    return Reasons(stored["detectors"], places)
