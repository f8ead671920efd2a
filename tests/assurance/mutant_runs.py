"""Compile a mutant and let the contract's tests judge it."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.assurance.mutation import Mutant, mutants
from tests.assurance.warm_compiler import ROOT, WarmCompiler

SECONDS = 400  # all tests that a mutant survives, on a busy machine


@dataclass(frozen=True)
class Verdict:
    """``how``: killed, survived, stillborn (does not compile) or equal (compiles to the same code)."""

    how: str
    by: str = ""


@cache
def _plain() -> dict[str, Any]:
    """Without a fault; once for all courts, since compiling is what takes long."""
    compiler = WarmCompiler()
    plain = compiler.artifact({})
    compiler.close()
    assert plain is not None
    return plain


class Court:
    """One compiler and the tests. Close it when done."""

    def __init__(self) -> None:
        self.compiler = WarmCompiler()
        self.plain = _plain()

    def close(self) -> None:
        self.compiler.close()

    def mutants(self) -> list[Mutant]:
        """Of everything that is ours and holds code."""
        return [
            mutant
            for name, source in self.compiler.sources.items()
            if name.startswith("contracts/") and "/interfaces/" not in name
            for mutant in mutants(name, source["content"])
        ]

    def judge(self, changed: dict[str, str], files: tuple[str, ...] = ()) -> Verdict:
        """What the contract's tests, or only these files of them, say of changed sources."""
        artifact = self.compiler.artifact(changed)
        if artifact is None:
            return Verdict("stillborn")
        if artifact["bytecode"] == self.plain["bytecode"]:
            return Verdict("equal")
        return verdict_on(artifact, files)


def verdict_on(artifact: dict[str, Any], files: tuple[str, ...] = ()) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "Registry.json"
        place.write_text(json.dumps(artifact))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.assurance.judge", str(place), *files],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Verdict("killed", "it never ended")
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode == 0:
        return Verdict("survived")
    if done.returncode != 1 or not last or "Traceback (most" in done.stderr:
        raise RuntimeError(f"the judge ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return Verdict("killed", last)
