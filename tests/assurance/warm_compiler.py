"""scripts/compile with a compiler that stays loaded: cold, loading takes longer than compiling."""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[2]
REUSES = 60  # the compiler's memory only grows


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

    def artifact(self, changed: dict[str, str]) -> dict[str, Any] | None:
        """The artifact with these sources in place of the repository's; None where it does not compile."""
        module = script()
        module.sources = lambda _: {
            **self.sources,
            **{name: {"content": text} for name, text in changed.items()},
        }
        # No hash of the sources in the code: two texts that mean the same compile to the same.
        module.SETTINGS["metadata"] = {"bytecodeHash": "none", "appendCBOR": False}
        module.solcx = SimpleNamespace(
            compile_standard=lambda job, **_: self._checked(job),
            exceptions=SimpleNamespace(SolcError=_NeverError),
        )
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                return dict(module.compiled())
        except SystemExit:
            return None

    def _checked(self, job: dict[str, Any]) -> dict[str, Any]:
        answer = self.standard(job)
        problems = [one for one in answer.get("errors", []) if one["severity"] == "error"]
        if problems:
            sys.exit("\n".join(problem["formattedMessage"] for problem in problems))
        return answer


class _NeverError(Exception):
    """Stands where py-solc-x's error stood: failures leave through sys.exit here."""
