"""The contract against an independent model: thousands of calls, compared after each.

COUNTERFOIL_LEDGER_EXAMPLES and COUNTERFOIL_LEDGER_STEPS set its length.
"""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.chain.messages import Terms
from tests.contracts.machine import ARBITERS_ALONE, ENDINGS, OPERATORS_ALONE, TALLY
from tests.contracts.machine_rare import LedgerMachine
from tests.contracts.model import Act, Invoice, Refusals
from tests.contracts.model_ledger import LedgerModel

EXAMPLES = int(os.environ.get("COUNTERFOIL_LEDGER_EXAMPLES", "40"))
STEPS = int(os.environ.get("COUNTERFOIL_LEDGER_STEPS", "100"))
ACTS = (
    "admit",
    "setKey",
    "revokeKey",
    "setQuota",
    "setRoles",
    "freeze",
    "bar",
    "setLimits",
    "register",
    "registerConfirmed",
    "confirm",
    "decline",
    "transfer",
    "reject",
    "lock",
    "release",
    "finance",
    "settle",
    "setState",
    "registerMany",
    "confirmMany",
    "withdraw",
    "expire",
    "cancel",
    "contest",
    "suspend",
    "resume",
    "forcedTransfer",
    "setArbiter",
    "transferMany",
    "settleMany",
    "enforce",
    "reassign",
    "putBack",
    "writeOff",
    "proposeAccount",
    "vetoAccount",
    "takeAccount",
)


def campaign(machine: type[LedgerMachine], examples: int, steps: int, *phases: Phase) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_contract_does_what_the_model_says_call_by_call() -> None:
    TALLY.reset()
    campaign(LedgerMachine, EXAMPLES, STEPS, Phase.generate, Phase.shrink)
    assert TALLY.calls >= EXAMPLES * STEPS // 2, TALLY.calls
    assert TALLY.refused.total() <= 0.6 * TALLY.calls, TALLY.refused
    for act in ACTS:
        assert TALLY.done[act], f"the campaign never got a {act} through"
        # What is refused for few reasons and seldom tried is counted together.
        alike = next((each for each in (OPERATORS_ALONE, ARBITERS_ALONE, ENDINGS) if act in each), (act,))
        assert any(TALLY.refused[one] for one in alike), f"the campaign never had a {act} refused"


class ForgetsTheHop(LedgerModel):
    def _transfer(self, act: Act, lot: int, to: int, amount: int) -> Refusals:
        refusals = super()._transfer(act, lot, to, amount)
        if not refusals and self.lots[lot].holder == to:
            self.lots[lot] = replace(self.lots[lot], hops=self.lots[lot].hops - 1)
        return refusals


class LetsTheHolderUnlockEarly(LedgerModel):
    def _release(self, act: Act, lot: int, by: int) -> Refusals:
        return super()._release(act, lot, by) - {"LockNotOver"}


class ForgetsTheCap(LedgerModel):
    def _use_invoices(self, terms: Terms, packed: bytes) -> tuple[Refusals, dict[bytes, Invoice]]:
        refusals, after = super()._use_invoices(terms, packed)
        return refusals - {"InvoiceOverCap"}, after


@pytest.mark.parametrize("wrong", [ForgetsTheHop, LetsTheHolderUnlockEarly, ForgetsTheCap])
def test_a_model_that_differs_in_one_rule_is_found_out(wrong: type[LedgerModel]) -> None:
    """The control: were contract and model not really compared, this would pass too."""

    class Differing(LedgerMachine):
        model_class = wrong

    with pytest.raises(AssertionError):
        campaign(Differing, EXAMPLES, STEPS, Phase.generate)
