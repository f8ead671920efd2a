"""Compile mutants, many at once, and let the contract's tests judge each."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.assurance.mutation import Mutant, mutants
from tests.assurance.schemata import Schemata
from tests.assurance.survivors import is_explained
from tests.assurance.warm_compiler import ROOT, WarmCompiler

NO_FILES: Mapping[str, Sequence[str]] = MappingProxyType({})
# What compiles fastest: what the code does is the same, and size and cost are not judged here.
QUICK = {"optimizer": {"enabled": False}}


@dataclass(frozen=True)
class Verdict:
    """``how``: killed, survived, stillborn (does not compile) or equal (compiles to the same code)."""

    how: str
    by: str = ""


class _Bench:
    """The judge's process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, artifact: Path, awake: int = 0, mutated: str = "", files: Sequence[str] = ()) -> Verdict:
        """Nothing ``mutated`` is the control."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.assurance.judge"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        control = not mutated and not files
        case = {
            "artifact": str(artifact),
            "awake": awake,
            "mutated": mutated,
            "files": list(files),
            "control": control,
        }
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the judge ended with {self._process.wait()}")
        culprit = json.loads(answer)
        return Verdict("killed", culprit) if culprit else Verdict("survived")

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()


class Court:
    """A compiler and a judge. Close it when done."""

    def __init__(self) -> None:
        self.compiler = WarmCompiler()
        self._bench = _Bench()
        self._folder = tempfile.TemporaryDirectory()

    def close(self) -> None:
        self.compiler.close()
        self._bench.close()
        self._folder.cleanup()

    def mutants(self) -> list[Mutant]:
        """Of everything that is ours and holds code."""
        return [
            mutant
            for name, source in self.compiler.sources.items()
            if name.startswith("contracts/") and "/interfaces/" not in name
            for mutant in mutants(name, source["content"])
        ]

    def judge(
        self, cases: Sequence[Mutant], files: Mapping[str, Sequence[str]] = NO_FILES
    ) -> Iterator[tuple[Mutant, Verdict]]:
        """What the contract's tests say of each, or of a mutant only ``files`` of its number; in any order."""
        numbered = {number: one for number, one in enumerate(cases, 1) if self._schemata.places(one)}
        alone = [one for one in cases if not self._schemata.places(one)]
        for number in self._stillborn(numbered):
            mutant = numbered.pop(number)
            if " constant " in mutant.before:  # a cast that fails says nothing of the declaration
                alone.append(mutant)
            else:
                yield mutant, Verdict("stillborn")
        yield from self._together(numbered, files)
        for mutant in alone:
            yield mutant, self.alone(mutant, files.get(mutant.number, ()))

    def without_faults(self, files: Sequence[str]) -> Verdict:
        return self._bench.ask(ROOT / "contracts/artifacts/Registry.json", files=files)

    # ------------------------------------------------------------------ private

    def _stillborn(self, numbered: dict[int, Mutant]) -> set[int]:
        """Those whose copy the compiler complains of. It tells of one kind of error at a time."""
        found: set[int] = set()
        while True:
            batch = self._schemata.batch({key: one for key, one in numbered.items() if key not in found})
            errors = self.compiler.errors(batch.sources)
            if not errors:
                return found
            for error in errors:
                number = batch.number_at(error["sourceLocation"]["file"], error["sourceLocation"]["start"])
                assert number is not None, error["formattedMessage"]
                found.add(number)

    def _together(
        self, numbered: dict[int, Mutant], files: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[Mutant, Verdict]]:
        if not numbered:
            return
        code = self.compiler.creation(self._schemata.batch(numbered).sources, QUICK)
        if code is None and len(numbered) == 1:
            yield from (
                (mutant, self.alone(mutant, files.get(mutant.number, ()))) for mutant in numbered.values()
            )
            return
        if code is None:  # somewhere the stack is too deep
            half = dict(list(numbered.items())[::2])
            yield from self._together(half, files)
            yield from self._together({key: one for key, one in numbered.items() if key not in half}, files)
            return
        place = self._artifact(code)
        wanted = [files.get(one.number, ()) for one in numbered.values()]
        control = self._bench.ask(place, files=sorted({*chain(*wanted)}) if all(wanted) else ())
        assert control.how == "survived", f"with all faults asleep the tests fail: {control}"
        for number, mutant in numbered.items():
            verdict = self._bench.ask(place, number, mutant.file, files.get(mutant.number, ()))
            yield mutant, self._equal_or(verdict, mutant)

    def alone(self, mutant: Mutant, files: Sequence[str] = ()) -> Verdict:
        """Compiled as it is, with no other."""
        changed = {**self.compiler.sources, mutant.file: {"content": mutant.text}}
        code = self.compiler.creation(changed, QUICK)
        if code is None:
            return Verdict("stillborn")
        return self._equal_or(self._bench.ask(self._artifact(code), 0, mutant.file, files), mutant)

    def _equal_or(self, verdict: Verdict, mutant: Mutant) -> Verdict:
        """Only what survives unexplained is looked at once more, since optimizing takes long."""
        if verdict.how == "killed" or is_explained(mutant):
            return verdict
        changed = {**self.compiler.sources, mutant.file: {"content": mutant.text}}
        return Verdict("equal") if self.compiler.optimized(changed) == self._plain else verdict

    def _artifact(self, code: str) -> Path:
        place = Path(self._folder.name) / "Registry.json"
        committed = json.loads((ROOT / "contracts/artifacts/Registry.json").read_text())
        place.write_text(json.dumps({**committed, "bytecode": "0x" + code}))
        return place

    @cached_property
    def _schemata(self) -> Schemata:
        trees: dict[str, Any] = self.compiler.trees()
        return Schemata(self.compiler.sources, trees)

    @cached_property
    def _plain(self) -> str:
        plain = self.compiler.optimized(self.compiler.sources)
        assert plain
        return plain
