"""The same transactions give one state, the same logs, answers and gas, on three machines and in the model.

The model takes part while the trace is recorded: the recorder compares it with pyrevm after every call.
"""

from dataclasses import replace

import pytest

from tests.assurance.differential import MachinesDifferError, compare
from tests.assurance.trace import Trace, record

CALLS = 200


@pytest.fixture(scope="module")
def trace() -> Trace:
    return record(seed=1, calls=CALLS)


def test_three_machines_and_the_model_agree_on_every_call(trace: Trace) -> None:
    figures = compare(trace)
    assert figures.transactions >= CALLS
    assert 0 < figures.refused <= 0.6 * figures.transactions
    assert figures.acts >= 25
    assert figures.slots > 40


def test_a_machine_that_answers_otherwise_is_found_out(trace: Trace) -> None:
    """The control, once for the answer and once for a log."""
    at = next(number for number, outcome in enumerate(trace.outcomes) if outcome.logs)
    for wrong in (
        replace(trace.outcomes[at], output=b"\x01"),
        replace(trace.outcomes[at], logs=trace.outcomes[at].logs[:-1]),
    ):
        outcomes = [*trace.outcomes[:at], wrong, *trace.outcomes[at + 1 :]]
        short = replace(trace, steps=trace.steps[: at + 2], outcomes=outcomes)
        with pytest.raises(MachinesDifferError, match="pyrevm"):
            compare(short)


def test_a_word_that_differs_is_found_out(trace: Trace) -> None:
    """The control for the state: pyrevm's answers stay, one word of its storage does not."""
    ledger = trace.recorder.ledger
    with ledger.undone():
        slot = trace.known_slots()[0]
        ledger.evm.insert_account_storage(trace.address, slot, trace.read(slot) ^ 1)
        with pytest.raises(MachinesDifferError, match="slot"):
            compare(trace)
