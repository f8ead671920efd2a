"""What a rule looks at: one act on one receivable or lot, as plain values that can be kept and judged again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from registry.rules.errors import FactsUnreadable

ACTS = ("prepare", "register", "confirm", "transfer", "finance", "reassign", "enforce")
SIZES = ("agency", "large", "medium", "small", "micro")  # agency: state organ or public institution


@dataclass(frozen=True)
class Facts:
    """``None`` = not known. Amounts in minor units of ``currency`` (ISO 4217 code).

    ``on``: the day of the act. ``opened_on``: the day the receivable was entered here, from which a voucher's
    term runs and the obligor's time to confirm. ``acceptance_due_on``: end of the agreed time for acceptance.
    ``overdue_since``: earliest maturity that the obligor let pass unpaid. ``hops``, ``layers`` (splits between
    the root lot and this one), ``lots`` (of the receivable): as they will be after the act.
    ``invoices_unverified``: how many of its invoices no outside service calls verified; ``invoices_verified_on``:
    the earliest day the others were, by what was last said of each.
    """

    act: str
    on: date
    opened_on: date | None = None
    issued_on: date | None = None
    delivered_on: date | None = None
    accepted_on: date | None = None
    acceptance_due_on: date | None = None
    maturity: date | None = None
    obligor_size: str | None = None
    supplier_size: str | None = None
    overdue_since: date | None = None
    face_minor: int | None = None
    currency: str | None = None
    hops: int | None = None
    layers: int | None = None
    lots: int | None = None
    is_accepted_by_supplier: bool | None = None
    filing: str | None = None
    invoices_unverified: int | None = None
    invoices_verified_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises FactsUnreadable for names it does not know: a rule would silently pass what it cannot see."""
        dates = {one.name for one in fields(cls) if "date" in str(one.type)}
        unknown = set(stored) - {one.name for one in fields(cls)}
        if unknown:
            raise FactsUnreadable(f"Unknown facts: {', '.join(sorted(unknown))}.")
        try:
            values: dict[str, Any] = {
                name: date.fromisoformat(value) if name in dates and value is not None else value
                for name, value in stored.items()
            }
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise FactsUnreadable(f"The facts do not fit: {error}.") from error
