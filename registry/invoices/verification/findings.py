"""What a check found, and what an outside service answered: the vocabulary of verification."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """``not_checked``: there was nothing to look at, or not the means; never a pass."""

    PASSED = "passed"
    WARNING = "warning"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``check`` is a stable code, ``detail`` a sentence, ``values`` what was compared."""

    check: str
    result: Result
    detail: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        return self.result in (Result.WARNING, Result.ERROR)

    def as_json(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "result": self.result.value,
            "detail": self.detail,
            "values": dict(self.values),
        }


class State(StrEnum):
    """What a verification comes to.

    Of the registry's own examination: ``passed``, ``warning``, ``error``. Of an outside service: ``verified`` (the
    invoice is as it says), ``not_found``, ``void`` (canceled by its issuer), ``red_letter`` (reversed),
    ``mismatch`` (known with other contents), ``unavailable`` (no answer: ask again).
    """

    PASSED = "passed"
    WARNING = "warning"
    ERROR = "error"
    VERIFIED = "verified"
    NOT_FOUND = "not_found"
    VOID = "void"
    RED_LETTER = "red_letter"
    MISMATCH = "mismatch"
    UNAVAILABLE = "unavailable"


ANSWERS = (State.VERIFIED, State.NOT_FOUND, State.VOID, State.RED_LETTER, State.MISMATCH)
GONE_BAD = (State.VOID, State.RED_LETTER)


def worst(findings: Iterable[Finding]) -> State:
    """What an examination comes to."""
    results = {one.result for one in findings}
    if Result.ERROR in results:
        return State.ERROR
    return State.WARNING if Result.WARNING in results else State.PASSED
