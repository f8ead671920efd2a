"""Bugs of the kind that would cost somebody money, planted one at a time: the contract's tests must fail on each."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.assurance.mutant_runs import Court, Verdict
from tests.assurance.mutation import Mutant

AREAS = (
    "amount arithmetic",
    "lock check",
    "signature domain",
    "invoice map",
    "seq increment",
    "quota",
    "key scope",
)


@dataclass(frozen=True)
class Bug:
    """``area`` is what it breaks; ``before`` stands once in ``file``; of the tests only ``judges`` are run."""

    area: str
    name: str
    file: str
    before: str
    after: str
    judges: str


BUGS = (
    Bug(
        "amount arithmetic",
        "a split takes nothing from its parent",
        "types/Lot.sol",
        "(Lot.unwrap(self) & ~(PEER | UNTIL)) - (uint256(taken) << 64) + ONE_SEQ",
        "(Lot.unwrap(self) & ~(PEER | UNTIL)) + ONE_SEQ",
        "test_transfers.py",
    ),
    Bug(
        "lock check",
        "a locked lot passes for a free one",
        "LotRules.sol",
        "if (lot.status() != LOT_FREE) {",
        "if (lot.status() > LOT_FREE + 1) {",
        "test_locks_and_sales.py",
    ),
    Bug(
        "signature domain",
        "a signature is good for any chain and contract",
        "Consents.sol",
        "_hashTypedDataV4(structHash)",
        "structHash",
        "test_consents.py",
    ),
    Bug(
        "signature domain",
        "the annex has a domain of its own",
        "Annex.sol",
        'EIP712("Counterfoil", "1")',
        'EIP712("Counterfoil", "2")',
        "test_consents.py",
    ),
    Bug(
        "invoice map",
        "an invoice's use is not written",
        "Invoices.sol",
        "_invoiceOf[_fingerprint(invoices, offset)] = word;",
        "",
        "test_invoices.py",
    ),
    Bug(
        "seq increment",
        "a transfer leaves seq as it was",
        "types/Lot.sol",
        "+ ONE_SEQ + ONE_HOP);",
        "+ ONE_HOP);",
        "test_consents.py",
    ),
    Bug(
        "quota",
        "a quota bounds nothing",
        "Receivables.sol",
        "(quota == 0 ? type(uint64).max : quota)",
        "type(uint64).max",
        "test_parties.py",
    ),
    Bug(
        "recourse",
        "recourse does not wait for the maturity",
        "LotRules.sol",
        "if (block.timestamp < facts_.maturity()) revert NotMature(id, facts_.maturity());",
        "",
        "test_remedies.py",
    ),
    Bug(
        "key scope",
        "any key does anything",
        "Consents.sol",
        "key.hasScope(scope) && ",
        "",
        "test_mandates.py",
    ),
)


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    opened = Court()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def verdicts(court: Court) -> dict[str, Verdict]:
    """What the tests say of each bug, by its name: all are compiled together, each is awake alone."""
    mutants = {}
    for bug in BUGS:
        name = f"contracts/{bug.file}"
        text = court.compiler.sources[name]["content"]
        assert text.count(bug.before) == 1, f"the place of {bug.name!r} has changed: plant it anew"
        mutants[bug] = Mutant(name, 0, "planted", bug.before, bug.after, text.replace(bug.before, bug.after))
    judges = {mutant.number: (bug.judges,) for bug, mutant in mutants.items()}
    told = {mutant.number: verdict for mutant, verdict in court.judge([*mutants.values()], judges)}
    return {bug.name: told[mutant.number] for bug, mutant in mutants.items()}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.area}: {bug.name}")
def test_a_planted_bug_fails_the_contracts_tests(verdicts: dict[str, Verdict], bug: Bug) -> None:
    assert verdicts[bug.name].how == "killed", verdicts[bug.name]


@pytest.mark.parametrize("area", AREAS)
def test_every_area_that_money_hangs_on_has_a_planted_bug(area: str) -> None:
    assert area in {bug.area for bug in BUGS}


def test_without_a_bug_the_same_tests_pass(court: Court) -> None:
    """The control: it is the bug that fails them, not the way they are run."""
    judges = tuple(sorted({bug.judges for bug in BUGS}))
    assert court.without_faults(judges).how == "survived"
