"""scripts/compile with a compiler that stays loaded: cold, loading takes longer than compiling."""

import importlib.machinery
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
REUSES = 60  # the compiler's memory only grows
Sources = dict[str, dict[str, str]]


def script() -> ModuleType:
    """A fresh copy of scripts/compile as a module, whose settings may be changed."""
    loader = importlib.machinery.SourceFileLoader("counterfoil_compile", str(ROOT / "scripts/compile"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    with_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = with_bytecode
    return module


def sources_of(module: ModuleType) -> dict[str, dict[str, str]]:
    """What goes into the artifact."""
    return dict(module.sources(ROOT / "contracts"))


class WarmCompiler:
    """Close it when done."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[str] | None = None
        self._used = 0
        self.sources: dict[str, dict[str, str]] = dict(sources_of(script()))

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None
        self._folder.cleanup()

    def standard(self, job: dict[str, Any]) -> dict[str, Any]:
        """The compiler's answer to a standard-JSON job."""
        if self._process is not None and self._used >= REUSES:
            self._process.communicate()
            self._process = None
        if self._process is None:
            command = ["node", str(Path(__file__).with_name("warm_solc.js"))]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self._used = 0
        self._used += 1
        name = Path(self._folder.name) / "job.json"
        name.write_text(json.dumps(job))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n", "the compiler stopped"
        return dict(json.loads(Path(f"{name}.out").read_text()))

    def creation(self, sources: Sources, settings: dict[str, Any]) -> str | None:
        """The registry's creation code, with its parts; None where it does not compile."""
        answer = self._answer(sources, {**settings, **_only("evm.bytecode.object")})
        return None if _errors(answer) else str(_registry(answer)["evm"]["bytecode"]["object"])

    def optimized(self, sources: Sources) -> str | None:
        """What the committed settings make of the sources, before it becomes code: equal here is equal there."""
        answer = self._answer(sources, _only("irOptimized"))
        return None if _errors(answer) else str(_registry(answer)["irOptimized"])

    def errors(self, sources: Sources) -> list[dict[str, Any]]:
        """What the language has against the sources; no code is made."""
        return _errors(self._answer(sources, {"outputSelection": {"*": {"*": ["abi"]}}}))

    def trees(self) -> dict[str, Any]:
        """The syntax tree of each of the repository's sources."""
        answer = self._answer(self.sources, {"outputSelection": {"*": {"": ["ast"]}}})
        return {name: source["ast"] for name, source in answer["sources"].items()}

    def _answer(self, sources: Sources, settings: dict[str, Any]) -> dict[str, Any]:
        # No trace of the text in the code: two texts that mean the same compile to the same.
        traceless = {"metadata": {"bytecodeHash": "none", "appendCBOR": False}, "debug": {"debugInfo": []}}
        job = {**script().SETTINGS, **traceless, **settings}
        return self.standard({"language": "Solidity", "sources": sources, "settings": job})


def _only(output: str) -> dict[str, Any]:
    return {"outputSelection": {"contracts/Registry.sol": {"Registry": [output]}}}


def _registry(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(answer["contracts"]["contracts/Registry.sol"]["Registry"])


def _errors(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in answer.get("errors", []) if one["severity"] == "error"]
