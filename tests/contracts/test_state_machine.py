"""The contract against an independent model: thousands of calls, compared after each.

COUNTERFOIL_LEDGER_EXAMPLES and COUNTERFOIL_LEDGER_STEPS set its length.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contracts.machine import TALLY
from tests.contracts.machine_rules import LedgerMachine

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
)


def test_the_contract_does_what_the_model_says_call_by_call() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert TALLY.calls >= EXAMPLES * STEPS // 2, TALLY.calls
    assert TALLY.refused.total() <= 0.6 * TALLY.calls, TALLY.refused
    for act in ACTS:
        assert TALLY.done[act], f"the campaign never got a {act} through"
        assert TALLY.refused[act], f"the campaign never had a {act} refused"
