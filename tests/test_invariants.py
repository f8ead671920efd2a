"""Every test that INVARIANTS.md leans on exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "tests/INVARIANTS.md").read_text()


def defined_tests(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    return [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or test not in defined_tests(ROOT / file)
    ]


def test_every_test_named_by_an_invariant_exists() -> None:
    assert missing(TEXT) == []


def test_every_invariant_names_at_least_one_test() -> None:
    entries = re.split(r"^\d+\. ", TEXT, flags=re.MULTILINE)[1:]
    assert entries
    assert all("::" in entry for entry in entries)


def test_a_test_that_is_gone_would_be_noticed() -> None:
    assert missing("`tests/test_invariants.py::test_that_is_gone`") == [
        "tests/test_invariants.py::test_that_is_gone"
    ]
