"""Acts succeed under exactly their conditions and change exactly what they should; `scripts/soak proofs` proves all."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.assurance.condition_bugs import BUGS
from tests.assurance.conditions import (
    ARTIFACT,
    Prover,
    Record,
    act,
    acts,
    basis,
    bug_in,
    code,
    code_with,
    records,
    run,
)
from tests.assurance.solvers import BITWUZLA, answer
from tests.assurance.tools import commands_of
from tests.assurance.warm_compiler import WarmCompiler

# The fastest, all of one part: only that is compiled.
QUICK = ("suspend", "resume", "forcedTransfer")
# Not an act: every way to consent, shown of one act.
BESIDES = {"consents"}


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    return Prover(tmp_path_factory.mktemp("conditions"), [act(name) for name in QUICK])


def test_every_act_has_a_condition_and_a_bug_of_its_own() -> None:
    changing = {
        entry["name"]
        for entry in json.loads(ARTIFACT.read_text())["abi"]
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    }
    proved = {one.name for one in acts()}
    assert changing <= proved
    assert proved - changing <= BESIDES | {"renounceOwnership"}
    assert sorted(bug.act for bug in BUGS) == sorted(proved)


def test_every_bug_has_its_place_in_the_contract(compiler: WarmCompiler) -> None:
    for bug in BUGS:
        text = compiler.sources[f"contracts/{bug.file}"]["content"]
        assert text.count(bug.before) == 1, f"the place of {bug.act}'s bug has changed: plant it anew"


@pytest.mark.parametrize("name", QUICK)
def test_an_act_succeeds_under_exactly_its_condition(prover: Prover, name: str) -> None:
    assert prover.answer(act(name), code()).verdict == "proved"


def test_a_planted_bug_refutes_the_condition(prover: Prover, compiler: WarmCompiler) -> None:
    arbiters = act("resume")
    assert prover.answer(arbiters, code_with(compiler, bug_in(arbiters))).verdict == "refuted"


def test_what_is_proved_once_is_not_proved_again(tmp_path: Path) -> None:
    state = tmp_path / "proofs.jsonl"
    suspend = act("suspend")
    proved = Record("RemediesProof", "suspend", "proved", 1.0, 9, "refuted", 1.0, basis(suspend))
    state.write_text(json.dumps(asdict(proved)) + "\n")
    assert list(run(state, [suspend])) == []
    assert records(state) == [proved]


def test_what_was_proved_of_another_property_counts_for_nothing(tmp_path: Path) -> None:
    state = tmp_path / "proofs.jsonl"
    proved = Record("RemediesProof", "suspend", "proved", 1.0, 9, "refuted", 1.0, basis(act("lock")))
    state.write_text(json.dumps(asdict(proved)) + "\n")
    assert records(state) == []


@pytest.mark.parametrize(("least", "said"), [("#x05", "sat"), ("#xff", "unsat")])
def test_bitwuzla_answers_and_gives_a_model(tmp_path: Path, least: str, said: str) -> None:
    """If it did not the others would, and nobody would notice but by the time."""
    query = tmp_path / "query"
    query.write_text(
        "(set-logic QF_BV)(declare-fun x () (_ BitVec 8))"
        f"(assert (bvugt x {least}))(check-sat)" + ("(get-model)" if said == "sat" else "")
    )
    python = str(commands_of("halmos") / BITWUZLA[0])
    found = answer(query, ((python, *BITWUZLA[1:]),))
    assert found.split(maxsplit=1)[0] == said
    assert ("define-fun x" in found) is (said == "sat")


def test_of_two_solvers_the_one_that_knows_is_heard(tmp_path: Path) -> None:
    query = tmp_path / "query"
    query.write_text("")
    stalled, silent = ("sh", "-c", "sleep 60"), ("false",)
    knows = ("sh", "-c", "printf 'unsat\\n(<1>)'")
    assert answer(query, (stalled, knows), alone=0.1) == "unsat\n(<1>)"
    assert answer(query, (silent, knows)) == "unsat\n(<1>)"
    assert answer(query, (knows, stalled)) == "unsat\n(<1>)"
    assert answer(query, (silent, silent)) == ""
    assert answer(query, (stalled,), at_most=0.1) == ""
