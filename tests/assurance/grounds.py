"""On what a verdict over a mutant rests: the words it was reached with, so that other words bring it up again."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from tests.assurance.warm_compiler import ROOT

RULES = ("machine*.py", "model*.py", "comparison.py")


class Grounds:
    """The contract's tests as they stand under ``root``, read once."""

    def __init__(self, root: Path = ROOT) -> None:
        places = sorted((root / "tests/contracts").glob("*.py"))
        self._texts = {str(place.relative_to(root)): place.read_text() for place in places}
        waiting = list(self._texts.values())
        while waiting:
            for name in _imported(waiting.pop()):
                place = root / f"{name.replace('.', '/')}.py"
                file = str(place.relative_to(root))
                if file not in self._texts and place.exists():
                    self._texts[file] = place.read_text()
                    waiting.append(self._texts[file])
        self._rules = {place.name for rule in RULES for place in (root / "tests/contracts").glob(rule)}

    def of(self, how: str, by: str) -> str:
        """A digest of what a verdict so found leans on.

        Killed by a test: that function, as it is written. Killed by the rules, or without an end under them: machine
        and model. Survived: every test and every builder the tests use. Nothing where no test was asked, or the
        killer is no more.
        """
        match how, by.split("::", 1):
            case "killed", [file, name]:
                return self._function(file, name.partition("[")[0])
            case "killed", _:
                return self._by_the_rules
            case "survived", _:
                return self._everything
        return ""

    @cached_property
    def _by_the_rules(self) -> str:
        return _digest(text for file, text in self._texts.items() if Path(file).name in self._rules)

    @cached_property
    def _everything(self) -> str:
        return _digest(f"{file}\n{text}" for file, text in self._texts.items())

    def _function(self, file: str, name: str) -> str:
        text = self._texts.get(file, "")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                return _digest(text.splitlines()[start - 1 : node.end_lineno])
        return ""


def _imported(text: str) -> Iterator[str]:
    """Modules of builders that a text imports, by their full names; some may be no modules but what is in one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests.builders"):
            yield str(node.module)
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("tests.builders"))


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
