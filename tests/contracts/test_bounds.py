"""What an act costs grows with what its sender sends and never with what the ledger holds."""

import re
from pathlib import Path

from registry.chain.contract import encode_call
from tests.builders import acts
from tests.builders.ledger import CNY, FUNDER, OBLIGOR, SECOND, SUPPLIER, Ledger, account

CONTRACTS = Path(__file__).parents[2] / "contracts"
# The lengths of what was sent: lists, consents, packed invoices and the number of fingerprints in one of them.
SENT = {
    "i < count",
    "i < consents.length",
    "i < moves.length",
    "i < payments.length",
    "offset < invoices.length",
    "count != 0",
}
LOOP = re.compile(r"\b(?:for \([^;]*; |while \()([^;]+?)[;)]")
DRAWING = ("Metadata.sol", "Currencies.sol", "Dates.sol")  # views for explorers


def gas_of(ledger: Ledger, act: str, *arguments: object) -> int:
    """Of an act that is taken back again."""
    with ledger.undone():
        ledger.send_raw(account(SUPPLIER), encode_call(act, *arguments))
        return int(ledger.evm.result.gas_used)


def test_a_full_ledger_costs_no_more_than_an_empty_one() -> None:
    ledger = Ledger()
    lot = acts.issue(ledger, face=1_000_000)
    tried = (
        ("transfer", lot, SECOND, 1_000_000, []),
        ("transfer", lot, SECOND, 500, []),
        ("lock", lot, FUNDER, acts.MATURITY, []),
        ("settle", lot, SUPPLIER, SUPPLIER, 1_000_000, 5, acts.PAYMENT, []),
        ("writeOff", lot, 5, acts.REASON, []),
    )
    before = [gas_of(ledger, *each) for each in tried]
    for _ in range(60):
        acts.transfer(ledger, acts.issue(ledger), to=SECOND, amount=5_000)
    assert ledger.obligation(OBLIGOR, CNY).count == 61
    assert [gas_of(ledger, *each) for each in tried] == before


def test_one_more_member_of_a_batch_does_cost_more() -> None:
    """The control: cost is seen where it grows."""
    ledger = Ledger()
    lots = [acts.issue(ledger, face=1_000) for _ in range(3)]
    costs = [
        gas_of(ledger, "transferMany", SUPPLIER, [(lot, SECOND, 1_000) for lot in lots[:number]], [])
        for number in (1, 2, 3)
    ]
    assert costs[0] < costs[1] < costs[2]


def test_every_loop_of_an_act_runs_over_what_was_sent() -> None:
    found = {
        condition
        for path in CONTRACTS.rglob("*.sol")
        if path.name not in DRAWING
        for condition in LOOP.findall(path.read_text())
    }
    assert found == SENT
