"""INVARIANTS.md leans on tests, proofs and rules of the state machine that exist, and no entry on nothing."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contracts.machine_rare import STEPS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "tests/INVARIANTS.md").read_text()
PROOFS = ROOT / "tests/assurance/proofs"
LEDGER = "The ledger"
# What the machine compares after each call, and the rule that takes any other.
COMPARING = {"perform", "compare", "assert_what_must_always_hold", "step"}
REASON = re.compile(r"none: \w.{20,}")


@dataclass(frozen=True)
class Entry:
    """One invariant: the section it stands in, its number, and everything below its number as one line."""

    section: str
    number: str
    text: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", self.text)

    @property
    def proof(self) -> str:
        return self._line("Proof")

    @property
    def rules(self) -> list[str]:
        return re.findall(r"`(\w+)`", self._line("State machine"))

    def _line(self, name: str) -> str:
        found = re.search(rf"- {name}: (.+?)(?= - |$)", self.text)
        return found[1] if found else ""


def entries(text: str) -> Iterator[Entry]:
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = section.partition("\n")
        for number, entry in re.findall(
            r"^(\d+)\. (.+?)(?=^\d+\. |\Z)", rest, flags=re.MULTILINE | re.DOTALL
        ):
            yield Entry(title, number, " ".join(entry.split()))


def faults(text: str) -> list[str]:
    """What entries lack, and what they name that does not exist."""
    return [f"{entry.number}: {fault}" for entry in entries(text) for fault in _faults(entry)]


def _faults(entry: Entry) -> Iterator[str]:
    if not entry.tests:
        yield "no test"
    for file, test in entry.tests:
        if not (ROOT / file).exists() or test not in _functions(ROOT / file):
            yield f"no test {file}::{test}"
    if entry.section == LEDGER:
        yield from _proof_faults(entry.proof)
        if not entry.rules:
            yield "no rule of the state machine"
        yield from (f"no rule {rule}" for rule in entry.rules if rule not in {*STEPS, *COMPARING})


def _proof_faults(proof: str) -> Iterator[str]:
    named = re.findall(r"`([\w/]+\.sol)::(\w+)`", proof)
    if not named and not REASON.match(proof):
        yield "no proof, nor why"
    for file, name in named:
        place = PROOFS / file
        if not place.exists() or not re.search(rf"\b(contract|function) {name}\b", place.read_text()):
            yield f"no proof {file}::{name}"


def _functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_invariant_is_carried_by_what_exists() -> None:
    assert faults(TEXT) == []


def test_every_entry_is_read_and_numbered_in_order() -> None:
    numbers = [entry.number for entry in entries(TEXT)]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert len(numbers) == len(re.findall(r"^\d+\. ", TEXT, flags=re.MULTILINE))
    assert LEDGER in {entry.section for entry in entries(TEXT)}


WHOLE = """## The ledger

1. All is well.
   - `tests/test_invariants.py::test_an_entry_that_has_all_is_left_alone`
   - Proof: `Accounting.sol::Claim`
   - State machine: `settle`; `compare`
"""


def test_an_entry_that_has_all_is_left_alone() -> None:
    assert faults(WHOLE) == []
    assert (
        faults(WHOLE.replace("`Accounting.sol::Claim`", "none: nobody has found a way to say it yet")) == []
    )


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("::test_an_entry_that_has_all_is_left_alone`", "", "1: no test"),
        ("that_has_all_is_left_alone", "gone", "1: no test tests/test_invariants.py::test_an_entry_gone"),
        ("   - Proof: `Accounting.sol::Claim`\n", "", "1: no proof, nor why"),
        ("`Accounting.sol::Claim`", "none", "1: no proof, nor why"),
        ("::Claim", "::Nothing", "1: no proof Accounting.sol::Nothing"),
        ("Accounting.sol", "Nothing.sol", "1: no proof Nothing.sol::Claim"),
        ("   - State machine: `settle`; `compare`\n", "", "1: no rule of the state machine"),
        ("`settle`", "`steal`", "1: no rule steal"),
    ],
)
def test_whatever_is_missing_or_gone_is_noticed(before: str, after: str, fault: str) -> None:
    assert faults(WHOLE.replace(before, after)) == [fault]
