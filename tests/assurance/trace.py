"""A seeded trace of calls, drawn by the state machine's own rules while the model judges every one of them."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from registry.chain.contract import decode_call, decode_revert, encode_deployment
from registry.chain.keys import SigningKey
from registry.chain.words import LimitsWord
from tests.builders.ledger import ARBITER, OPERATOR, Ledger, Refused
from tests.contracts.comparison import FIXED, model_words
from tests.contracts.comparison import _slot as slot_of
from tests.contracts.machine import LIMITS
from tests.contracts.machine_rare import LedgerMachine
from tests.contracts.model import Act

CHAIN_ID = 1


@dataclass(frozen=True)
class Step:
    """A transaction to be: sent at ``now``, to the contract, or creating it where ``is_creation``."""

    now: int
    sender: SigningKey
    data: bytes
    is_creation: bool = False

    @property
    def name(self) -> str:
        call = None if self.is_creation else decode_call(self.data)
        return call.name if call else "deployment"


@dataclass(frozen=True)
class Outcome:
    """What a machine made of a step. ``gas`` is None where the machine does not meter as a chain does."""

    is_done: bool
    output: bytes
    logs: tuple[tuple[tuple[bytes, ...], bytes], ...]
    gas: int | None = None


class RecordingLedger(Ledger):
    """Notes every transaction with its outcome; no two share a second, since no two blocks can."""

    def __init__(self, **limits: int) -> None:
        self.steps: list[Step] = []
        self.outcomes: list[Outcome] = []
        self._looking = False
        super().__init__(**limits)

    def admit(self, number: int, **how: Any) -> None:
        self.pass_time(1)
        super().admit(number, **how)

    def view(self, name: str, *arguments: Any) -> Any:
        with self._unrecorded():
            return super().view(name, *arguments)

    @contextmanager
    def _unrecorded(self) -> Iterator[None]:
        self._looking = True
        try:
            yield
        finally:
            self._looking = False

    def send_raw(self, sender: SigningKey | str, data: bytes) -> bytes:
        if self._looking:
            return super().send_raw(sender, data)
        assert isinstance(sender, SigningKey)
        self.steps.append(Step(self.now, sender, data))
        try:
            output = bytes(self.evm.message_call(sender.address, self.address, calldata=data))
        except RuntimeError as error:
            found = re.search(r"output: 0x([0-9a-f]*)", str(error))
            if found is None:
                raise
            output = bytes.fromhex(found[1])
            self.outcomes.append(Outcome(is_done=False, output=output, logs=()))
            raise Refused(decode_revert(output)) from None
        logs = tuple(
            (tuple(bytes.fromhex(topic[2:]) for topic in log.topics), bytes(log.data[1]))
            for log in self.evm.result.logs
        )
        self.outcomes.append(Outcome(is_done=True, output=output, logs=logs))
        return output


class Recorder(LedgerMachine):
    """The machine over a recording ledger; time moves on by a second with every call."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = self.recording = RecordingLedger(**LIMITS)
        self.model.now = self.ledger.now
        self.jump(1)

    def perform(self, act: Act) -> bool:
        done = super().perform(act)
        self.jump(1)
        return done


@dataclass(frozen=True)
class Trace:
    """``steps`` with what pyrevm answered; ``read`` gives a storage word of pyrevm's after the last one."""

    address: str
    steps: list[Step]
    outcomes: list[Outcome]
    recorder: Recorder

    def read(self, slot: int) -> int:
        return int(self.recorder.ledger.evm.storage(self.address, slot))

    def known_slots(self) -> list[int]:
        """Where the model's words lie."""
        places = model_words(self.recorder.model)
        return [FIXED[kind] if kind in FIXED else slot_of(kind, key) for kind, key in places]

    @property
    def acts(self) -> Counter[str]:
        return Counter(step.name for step in self.steps)

    @property
    def refused(self) -> int:
        return sum(not outcome.is_done for outcome in self.outcomes)


def record(seed: int, calls: int) -> Trace:
    """At least ``calls`` calls, deployment and admissions of the first parties included."""
    recorder = Recorder()
    recorder.begin(seed)
    ledger = recorder.recording
    for number in itertools.count(seed * 2**32):  # some steps only let time pass
        if len(ledger.steps) >= calls - 1:
            break
        recorder.step(number)
    limits = LimitsWord(0, *LIMITS.values()).pack()
    creation = Step(
        ledger.steps[0].now - 1,
        OPERATOR,
        encode_deployment(limits, OPERATOR.address, ARBITER.address),
        is_creation=True,
    )
    return Trace(ledger.address, [creation, *ledger.steps], ledger.outcomes, recorder)
