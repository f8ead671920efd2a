"""The accounting is proved for any number of calls, and the proof refutes each bug planted into it."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.assurance.tools import commands_of
from tests.assurance.warm_compiler import WarmCompiler

SOURCE = Path(__file__).parent / "proofs/Accounting.sol"
SAFE, VIOLATED, UNPROVED = "9576", "6328", "might happen"
SECONDS = 60  # a question takes half a second
CONSERVED = "assert(amount + others + settled == face);"
TOTALLED = "assert(outstanding == owed + face - settled);"


class Bug(NamedTuple):
    """``after`` instead of ``before``, in ``act``; ``broken`` is the rule that must fall."""

    contract: str
    act: str
    before: str
    after: str
    broken: str


BUGS = (
    Bug("Claim", "split", "amount -= part;", "", CONSERVED),
    Bug("Claim", "settle", "settled += paid;", "", CONSERVED),
    Bug("Claim", "settle", "outstanding -= paid;", "", TOTALLED),
    Bug(
        "Invoice",
        "register",
        "require(own == 0 && used + use <= cap);",
        "require(own == 0);",
        "assert(used <= cap);",
    ),
    Bug("Invoice", "release", "used -= use;", "", "assert(used == own + others);"),
    Bug(
        "Financing",
        "finance",
        "require(status == LOCKED);",
        "require(status != FREE);",
        "assert(financings <= 1);",
    ),
    Bug(
        "Total", "confirm", "(quota == 0 ? MAX : quota)", "MAX", "assert(quota == 0 || outstanding <= quota);"
    ),
)


def decided(question: str) -> str:
    """What z3 says of a system of Horn clauses. The same solver within the compiler takes ten times as long."""
    command = [str(commands_of("halmos") / "z3"), "-in", f"-T:{SECONDS}"]
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(("sat", "unsat")), done.stdout[:200] + done.stderr[:200]
    return done.stdout


def answers(compiler: WarmCompiler, text: str, contracts: list[str]) -> list[tuple[str, str]]:
    """What the prover says of each assertion: the kind of its answer and the assertion's own text."""
    checker = {
        "engine": "chc",
        "solvers": ["smtlib2"],
        "targets": ["assert"],
        "showUnproved": True,
        "showProvedSafe": True,
        "contracts": {SOURCE.name: contracts},
    }
    job = {
        "language": "Solidity",
        "sources": {SOURCE.name: {"content": text}},
        "settings": {"modelChecker": checker, "outputSelection": {"*": {"*": ["abi"]}}},
    }
    asked = compiler.standard(job)["auxiliaryInputRequested"]["smtlib2queries"]
    told = compiler.standard(
        job | {"auxiliaryInput": {"smtlib2responses": {key: decided(each) for key, each in asked.items()}}}
    )
    assert "auxiliaryInputRequested" not in told, "one round of questions and answers"
    found = []
    for answer in told.get("errors", []):
        assert answer["severity"] != "error", answer["formattedMessage"]
        if answer["errorCode"] in (SAFE, VIOLATED):
            kind = UNPROVED if UNPROVED in answer["message"] else answer["errorCode"]
            place = answer["sourceLocation"]
            found.append((kind, text.encode()[place["start"] : place["end"]].decode() + ";"))
    return found


def planted(bug: Bug) -> str:
    text = SOURCE.read_text()
    contract = text.index(f"contract {bug.contract} ")
    start = text.index(f"function {bug.act}(", contract)
    end = text.index("\n    }\n", start)
    act = text[start:end]
    assert act.count(bug.before) == 1, "the bug's place has changed: plant it anew"
    # The other acts are proved already and would only take time.
    rule_end = text.find("    }\n", contract) + len("    }\n")
    kept = text[contract : min(rule_end, start)]
    return (
        f"{text[: text.index('// The contract')]}\n{kept}{act.replace(bug.before, bug.after)}\n    }}\n}}\n"
    )


def test_every_rule_is_proved_of_every_act(compiler: WarmCompiler) -> None:
    text = SOURCE.read_text()
    found = answers(compiler, text, ["Claim", "Invoice", "Financing", "Total"])
    assert [answer for answer in found if answer[0] != SAFE] == []
    assert len(found) == text.count(" assert("), "every assertion was looked at"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.act}: {bug.before}")
def test_a_planted_bug_is_refuted(compiler: WarmCompiler, bug: Bug) -> None:
    found = answers(compiler, planted(bug), [bug.contract])
    assert (VIOLATED, bug.broken) in found
