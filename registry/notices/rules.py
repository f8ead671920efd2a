"""Pure rules of the notices area."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

NO_HASH = "0x" + "00" * 32


class AssignmentKind(StrEnum):
    """What an act did to the claim, as the obligor is told."""

    TRANSFER = "transfer"  # passed on by its holder, whole or in part
    RETURN = "return"  # given back by its receiver
    SALE = "sale"  # sold to a funder
    PLEDGE = "pledge"  # given to a funder as security, who is paid
    RELEASE = "release"  # the pledge is gone, the holder is paid again
    ENFORCEMENT = "enforcement"  # the funder took title to what was pledged
    REASSIGNMENT = "reassignment"  # passed on from funder to funder
    PUT_BACK = "put_back"  # gone back to who stands in for it
    ORDER = "order"  # moved by the arbiter's order


# What the mirror calls acts that pass a claim on. A lot is also released from a mere hold, which is no notice's matter.
KIND_OF_ACT = {
    "transferred": AssignmentKind.TRANSFER,
    "rejected": AssignmentKind.RETURN,
    "financed": AssignmentKind.SALE,
    "pledged": AssignmentKind.PLEDGE,
    "released": AssignmentKind.RELEASE,
    "enforced": AssignmentKind.ENFORCEMENT,
    "reassigned": AssignmentKind.REASSIGNMENT,
    "put_back": AssignmentKind.PUT_BACK,
    "forced": AssignmentKind.ORDER,
}
# Title stays, and with it the holder: they are between payees.
SECURITY = (AssignmentKind.PLEDGE, AssignmentKind.RELEASE)
TO_A_FUNDER = (AssignmentKind.SALE, AssignmentKind.PLEDGE, AssignmentKind.REASSIGNMENT)


def lacks_evidence(kind: str, agreement: str | None) -> bool:
    """Whether a funder's notice names no agreement: a factor's must show who it is and attach proof (Civil Code
    article 764)."""
    return kind in TO_A_FUNDER and agreement in (None, NO_HASH)


class Directing(Protocol):
    """What decides whom an obligor pays: a lot's notices, oldest first."""

    @property
    def payee(self) -> int: ...
    @property
    def payee_before(self) -> int: ...
    @property
    def is_withdrawn(self) -> bool: ...


T = TypeVar("T", bound=Directing)


def governing(notices: Sequence[T]) -> T | None:
    """The notice an obligor goes by: the last that arrived and was not taken back."""
    return next((one for one in reversed(notices) if not one.is_withdrawn), None)


def payee_by(notices: Sequence[Directing], holder: int) -> int:
    """Whom an obligor pays: until a notice arrives the one it knew before (Civil Code article 546), so ``holder``
    where there never was one."""
    found = governing(notices)
    if found is not None:
        return found.payee
    return notices[0].payee_before if notices else holder


def payment_reference(due: date, obligor: int, payee: int, code: str) -> str:
    """What a payment for a due date is known by, the same whenever it is asked for; at most 34 characters, which an
    ISO 20022 end-to-end id (35) holds."""
    return f"CF{due:%y%m%d}-{obligor}-{payee}-{code}"
