"""What reading an act yields: what must have been called, whose consent it took, and the words it left."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from registry.chain.contract import Call
from registry.chain.messages import Signed
from registry.chain.words import LotWord, Role, Scope
from registry.provenance.history import Act


class Needs(StrEnum):
    """What a party must be at the time for its consent to count."""

    ACTIVE = "active"  # neither frozen nor expired
    UNFROZEN = "unfrozen"  # its own word gives value away
    KNOWN = "known"  # what runs backwards or down stays open to it


@dataclass(frozen=True)
class Demand:
    """One party's consent to an act: its mandate must cover ``scope``, ``currency`` (0 = none) and
    ``amount_minor``. ``role``: what the party must be admitted as."""

    party: int
    scope: Scope
    currency: int
    amount_minor: int
    message: Signed
    role: Role | None = None
    needs: Needs = Needs.ACTIVE


@dataclass(frozen=True)
class Said:
    """What a transaction said: its call, None where that is not known, and the contract's events in it, in their
    order."""

    call: Call | None
    events: tuple[Act, ...]

    def is_call_of(self, function: str) -> bool:
        return self.call is not None and self.call.name == function

    def value(self, name: str, otherwise: Any) -> Any:
        """An argument of the call."""
        return otherwise if self.call is None else self.call.values.get(name, otherwise)


@dataclass(frozen=True)
class Reading:
    """``functions``: those that may have caused the event, and ``arguments`` what each must have been given;
    ``given``: what a batch gave for this act, None where the call was for it alone. ``words``: expected and found
    word by name. ``after`` and ``child``: the lot's and its child's word. ``is_by_arbiter``: the arbiter had to send
    it."""

    functions: tuple[str, ...]
    arguments: dict[str, Any]
    demands: tuple[Demand, ...]
    words: dict[str, tuple[int, int]]
    after: LotWord | None = None
    child: LotWord | None = None
    giver: int = 0
    taker: int = 0
    amount_minor: int = 0
    faults: tuple[tuple[str, str], ...] = field(default=())
    given: dict[str, Any] | None = None
    is_by_arbiter: bool = False
    is_pledge: bool = False
