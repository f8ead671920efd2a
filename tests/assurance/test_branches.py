"""The contract's tests reach every branch of it, both ways, and it would show if they did not."""

import pytest

from tests.assurance.branch_runs import Reached, explained, is_explained, key_of, measure
from tests.assurance.branches import instrumented
from tests.assurance.warm_compiler import WarmCompiler

NEEDED = "test_no_ledger_is_deployed_without_an_operator_or_an_arbiter"
SMALL = """
pragma solidity 0.8.37;

contract Small {
    function choose(uint256 a, bool b, bool c) external pure returns (uint256 d) {
        if (a == 1 && !(b || c)) d = b ? 1 : 2;
        if (c ? b : d == 0) return 3;
        for (uint256 i; i < a; ++i) {
            bool both = b && c;
            while (!both) both = b ? c : true;
        }
        assembly {
            if gt(d, a) { d := a }
        }
    }
}
"""


@pytest.fixture(scope="module")
def reached() -> Reached:
    return measure()


def test_every_branch_is_reached_or_cannot_be(reached: Reached) -> None:
    assert [str(branch) for branch in reached.missing() if not is_explained(branch)] == []


def test_without_the_one_test_that_reaches_it_a_branch_is_missing(reached: Reached) -> None:
    """The control: what is found reached was reached by running it."""
    lost = set(reached.missing(without=NEEDED)) - set(reached.missing())
    assert {(branch.condition.text, branch.way) for branch in lost} == {
        ("operator == address(0)", True),
        ("arbiter_ == address(0)", True),
    }


def test_what_is_explained_is_there_and_unreached(reached: Reached) -> None:
    assert set(explained()) == {key_of(branch) for branch in reached.missing()}
    assert all(len(why) > 20 for why in explained().values())


def test_every_kind_of_condition_is_found(compiler: WarmCompiler) -> None:
    found = instrumented(compiler, {"contracts/Small.sol": SMALL})
    assert [each.text for each in found.conditions] == [
        *("a == 1", "b", "c", "b"),
        *("c ? b : d == 0", "c"),
        *("i < a", "b", "c", "both", "b"),
        "gt(d, a)",
    ]
    assert "went(4, went(5, c) ? b : d == 0)" in found.sources["contracts/Small.sol"]


def test_a_statement_whose_branches_nobody_knows_is_refused(compiler: WarmCompiler) -> None:
    switch = "switch a case 1 { d := 1 } default { d := 2 }"
    with pytest.raises(NotImplementedError, match="YulSwitch"):
        instrumented(compiler, {"contracts/Small.sol": SMALL.replace("if gt(d, a) { d := a }", switch)})
