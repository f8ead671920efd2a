"""Bugs of the kind that would cost somebody money: the contract's tests must fail on each."""

from dataclasses import dataclass

from tests.assurance.mutation import Mutant
from tests.assurance.warm_compiler import Sources

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

    def planted(self, sources: Sources) -> Mutant:
        name = f"contracts/{self.file}"
        text = sources[name]["content"]
        assert text.count(self.before) == 1, f"the place of {self.name!r} has changed: plant it anew"
        return Mutant(name, 0, "planted", self.before, self.after, text.replace(self.before, self.after))


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
