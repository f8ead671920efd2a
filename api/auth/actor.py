"""Who asks: a person acting for a party, or the operator."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    OBLIGOR = "obligor"
    SUPPLIER = "supplier"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    FINANCE = "finance"
    OPERATOR = "operator"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Actor:
    """``party`` is None for those who act for none: operator and auditor. ``person`` is an id or address."""

    party: int | None
    person: str
    name: str
    roles: frozenset[Role]
