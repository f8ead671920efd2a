"""Planted bugs and a sample of the mutants that scripts/soak puts before the tests in full fail them; and the mutator
does its work."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import pytest

from tests.assurance.grounds import Grounds
from tests.assurance.mutant_runs import Court, Verdict
from tests.assurance.mutation import STRONG, Mutant, mutants
from tests.assurance.mutation_campaign import Record, records, run, score
from tests.assurance.planted_bugs import AREAS, BUGS, Bug
from tests.assurance.survivors import EXPLAINED, explained, is_explained

SAMPLE = 12
SOURCE = """
contract Small {
    uint64 private constant MOST = 10;

    function take(uint64 amount, uint64 rest) external onlyOwner {
        if (amount >= rest) revert TooMuch(amount, rest); // not 3 > 2
        _left[amount] = rest - amount;
        emit Taken(
            amount, "1 + 1"
        );
    }
}
"""
JUDGES = {
    "tests/contracts/test_lots.py": """
from tests.builders import acts

A_CASE = [1]

@parametrize("case", A_CASE)
def test_one(case):
    assert case

def test_other():
    assert True
""",
    "tests/contracts/machine.py": "STEP = 1",
    "tests/builders/acts.py": "import tests.builders.ledger as START",
    "tests/builders/ledger.py": "START = 1",
    "tests/builders/postgres.py": "PORT = 1",
}
VERDICTS = [
    ("killed", "tests/contracts/test_lots.py::test_one[a::b]"),
    ("killed", "tests/contracts/test_lots.py::test_other"),
    ("killed", "rules, seed 1: AssertionError"),
    ("killed", "it never ended"),
    ("survived", ""),
    ("equal", ""),
    ("stillborn", ""),
]
ONE, OTHER, RULES, ENDLESS, SURVIVED, EQUAL, STILLBORN = range(len(VERDICTS))


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    opened = Court()
    yield opened
    opened.close()


def is_wrong_constant(mutant: Mutant) -> bool:
    """It changes several functions at once."""
    return mutant.before == "uint8 constant LOT_LOCKED = 2;"


@pytest.fixture(scope="module")
def verdicts(court: Court) -> dict[str, tuple[Mutant, Verdict]]:
    """What the tests say of each fault, by its number: all are compiled together, each is awake alone."""
    strong = [mutant for mutant in court.mutants() if mutant.operator in STRONG]
    sample = Random(20_260_101).sample(strong, SAMPLE)
    wrong = [mutant for mutant in court.mutants() if is_wrong_constant(mutant)]
    planted = {bug.planted(court.compiler.sources): bug for bug in BUGS}
    judges = {mutant.number: (bug.judges,) for mutant, bug in planted.items()}
    cases = {mutant.number: mutant for mutant in (*planted, *sample, *wrong)}
    return {mutant.number: (mutant, verdict) for mutant, verdict in court.judge([*cases.values()], judges)}


def test_a_seeded_sample_of_mutants_is_killed(verdicts: dict[str, tuple[Mutant, Verdict]]) -> None:
    judged = [Record.of(*each, Grounds()) for each in verdicts.values() if each[0].operator in STRONG]
    assert len(judged) >= SAMPLE
    assert [record for record in judged if record.how == "survived" and not is_explained(record)] == []
    assert score(judged).killed >= SAMPLE // 2


def test_a_fault_among_many_is_judged_as_it_is_alone(
    court: Court, verdicts: dict[str, tuple[Mutant, Verdict]]
) -> None:
    """Each switch of a wrong constant must wake the same fault."""
    among = [each for each in verdicts.values() if is_wrong_constant(each[0])]
    assert {verdict.how for _, verdict in among} == {"killed"}
    assert court.alone(among[0][0]).how == "killed"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.area}: {bug.name}")
def test_a_planted_bug_fails_the_contracts_tests(
    court: Court, verdicts: dict[str, tuple[Mutant, Verdict]], bug: Bug
) -> None:
    _, verdict = verdicts[bug.planted(court.compiler.sources).number]
    assert verdict.how == "killed", verdict


@pytest.mark.parametrize("area", AREAS)
def test_every_area_that_money_hangs_on_has_a_planted_bug(area: str) -> None:
    assert area in {bug.area for bug in BUGS}


def test_without_a_bug_the_same_tests_pass(court: Court) -> None:
    """The control: it is the bug that fails them, not the way they are run."""
    judges = tuple(sorted({bug.judges for bug in BUGS}))
    assert court.without_faults(judges).how == "survived"


def test_every_operator_finds_its_places() -> None:
    found = {(one.operator, one.before, one.after) for one in mutants("Small.sol", SOURCE)}
    check = "if (amount >= rest) revert TooMuch(amount, rest); // not 3 > 2"
    assert ("comparison", check, check.replace(">=", ">")) in found
    assert ("comparison", check, check.replace(">=", "<")) in found
    assert ("left out", check, "(nothing)") in found
    assert ("arguments", check, check.replace("(amount, rest)", "(rest, amount)")) in found
    assert ("left out", 'emit Taken( amount, "1 + 1" );', "(nothing)") in found
    assert ("left out", "_left[amount] = rest - amount;", "(nothing)") in found
    assert ("constant", "uint64 private constant MOST = 10;", "uint64 private constant MOST = 11;") in found
    assert any(operator == "modifier" for operator, _, _ in found)
    assert not any("3 >= 2" in after or "1 - 1" in after for _, _, after in found), (
        "comments and strings stay"
    )


def test_every_mutant_is_another_text() -> None:
    texts = [one.text for one in mutants("Small.sol", SOURCE)]
    assert len(texts) == len(set(texts))
    assert SOURCE not in texts


def test_a_campaign_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdicts are made up: real ones are the sample's."""
    monkeypatch.setattr(
        Court, "judge", lambda _, cases: [(one, Verdict("killed", "a test")) for one in cases]
    )
    first, second = (list(run(tmp_path, workers=1, limit=1)) for _ in range(2))
    (state,) = tmp_path.iterdir()
    numbers = [progress.record.number for progress in (*first, *second)]
    judged = records(state, Grounds())
    assert [record.number for record in judged] == numbers
    assert len(set(numbers)) == 2
    assert second[0].done == 2
    assert score(judged).killed == 2


@pytest.mark.parametrize(
    ("file", "before", "after", "fallen"),
    [
        ("contracts/test_lots.py", "", "", set()),
        ("contracts/test_lots.py", "assert case", "pass", {ONE, SURVIVED}),
        ("contracts/test_lots.py", '("case", A_CASE)', '("case", [2])', {ONE, SURVIVED}),
        ("contracts/test_lots.py", "test_other", "test_renamed", {OTHER, SURVIVED}),
        ("contracts/test_lots.py", "def test_other", "def test_more(): pass\n\ndef test_other", {SURVIVED}),
        ("contracts/machine.py", "1", "2", {RULES, ENDLESS, SURVIVED}),
        ("builders/acts.py", "START", "END", {SURVIVED}),
        ("builders/ledger.py", "1", "2", {SURVIVED}),
        ("builders/postgres.py", "1", "2", set()),
    ],
)
def test_a_verdict_stands_for_as_long_as_what_it_rests_on(
    tmp_path: Path, file: str, before: str, after: str, fallen: set[int]
) -> None:
    for place, text in JUDGES.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    then, state = Grounds(tmp_path), tmp_path / "state.jsonl"
    mutant = mutants("Small.sol", SOURCE)[0]
    written = [
        replace(Record.of(mutant, Verdict(*each), then), number=str(number))
        for number, each in enumerate(VERDICTS)
    ]
    state.write_text("".join(json.dumps(asdict(each)) + "\n" for each in written))
    (tmp_path / "tests" / file).write_text(JUDGES[f"tests/{file}"].replace(before, after))
    standing = {int(record.number) for record in records(state, Grounds(tmp_path))}
    assert standing == set(range(len(VERDICTS))) - fallen


def test_only_the_latest_verdict_counts(tmp_path: Path) -> None:
    """What survived is judged again in the same file, and must not be counted twice."""
    grounds, state = Grounds(tmp_path), tmp_path / "state.jsonl"
    mutant = mutants("Small.sol", SOURCE)[0]
    twice = [Record.of(mutant, Verdict(how), grounds) for how in ("survived", "equal")]
    state.write_text("".join(json.dumps(asdict(each)) + "\n" for each in twice))
    assert [record.how for record in records(state, grounds)] == ["equal"]


def test_a_survivor_is_explained_only_if_its_fault_is_still_possible(court: Court) -> None:
    possible = {(one.file, one.before, one.after) for one in court.mutants()}
    assert [entry for entry in explained() if entry not in possible] == [], EXPLAINED.name
    assert all(len(why) > 20 for why in explained().values())
