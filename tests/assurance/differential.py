"""One trace on pyrevm, py-evm and anvil: what each machine says of every step, and the state at the end."""

from dataclasses import dataclass, replace

from tests.assurance.machines import Anvil, Machine, PyEvm, anvil_machine
from tests.assurance.trace import Outcome, Step, Trace

ROOT_EVERY = 10


@dataclass(frozen=True)
class Figures:
    """What a comparison covered."""

    transactions: int
    refused: int
    acts: int
    slots: int
    gas: int


class MachinesDifferError(AssertionError):
    """Two machines disagree on a step, or on the state after it."""


def compare(trace: Trace) -> Figures:
    """Raises MachinesDifferError at the first step on which the three do not agree."""
    senders = list({step.sender.address: step.sender for step in trace.steps}.values())
    start = trace.steps[0].now - 1
    python = PyEvm(trace.address, senders, start)
    with anvil_machine(trace.address, senders, start) as rust:
        gas = sum(_step(number, trace, python, rust) for number in range(len(trace.steps)))
        _same_roots(len(trace.steps), python, rust)
        words = rust.storage()
    for slot, word in words.items():
        if trace.read(slot) != word:
            raise MachinesDifferError(f"slot {slot:#x}: pyrevm {trace.read(slot):#x}, anvil {word:#x}")
    missing = [slot for slot in trace.known_slots() if trace.read(slot) and slot not in words]
    if missing:
        raise MachinesDifferError(f"only pyrevm knows {len(missing)} slots, first {missing[0]:#x}")
    return Figures(len(trace.steps), trace.refused, len(trace.acts), len(words), gas)


def _step(number: int, trace: Trace, python: PyEvm, rust: Anvil) -> int:
    step = trace.steps[number]
    told = [machine.execute(step) for machine in (python, rust)]
    if told[0] != told[1]:
        raise MachinesDifferError(_story(number, step, "py-evm", told[0], "anvil", told[1]))
    if number % ROOT_EVERY == 0:
        _same_roots(number, python, rust)
    if not step.is_creation:
        said = trace.outcomes[number - 1]
        if replace(told[0], gas=None) != said:
            raise MachinesDifferError(_story(number, step, "pyrevm", said, "py-evm", told[0]))
    gas = told[0].gas
    assert gas is not None
    return gas


def _same_roots(number: int, *machines: Machine) -> None:
    roots = {machine.storage_root() for machine in machines}
    if len(roots) != 1:
        raise MachinesDifferError(f"after step {number} the storage roots differ")


def _story(number: int, step: Step, one: str, first: Outcome, other: str, second: Outcome) -> str:
    return f"step {number}, {step.name} at {step.now}: {one} {first}, {other} {second}"
