"""What a supplier can still borrow on, at a glance. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

DUE_WITHIN = (30, 60, 90)
FREE, OFFERED, PLEDGED, SOLD = "free", "offered", "pledged", "sold"


@dataclass(frozen=True)
class Stake:
    """So much of one kind: ``state`` free, offered (reserved or locked for a funder), pledged, or sold (to a funder that
    has not been paid yet). Minor units of the numeric ``currency``."""

    currency: int
    state: str
    maturity: date
    amount_minor: int
    is_suspended: bool = False


@dataclass(frozen=True)
class Power:
    """Sums in minor units. ``held`` what the obligors owe the supplier, in free, offered and pledged lots ·
    ``eligible`` what can be offered today: free, not suspended, not yet due · ``financed`` pledged or sold and not
    yet paid · ``due_within`` days → of what is held, what is due by then, from today on · ``overdue`` of what is held,
    what should have been paid before today."""

    currency: int
    held: int
    free: int
    eligible: int
    offered: int
    financed: int
    overdue: int
    due_within: dict[int, int]


def borrowing_power(stakes: Iterable[Stake], today: date) -> list[Power]:
    """One for each currency there is, by its number."""
    by_currency: dict[int, list[Stake]] = {}
    for one in stakes:
        by_currency.setdefault(one.currency, []).append(one)
    return [_power(currency, of, today) for currency, of in sorted(by_currency.items())]


def is_eligible(stake: Stake, today: date) -> bool:
    """Whether a funder may be offered it: a claim that is due is paid, not financed."""
    return stake.state == FREE and not stake.is_suspended and stake.maturity > today


def _power(currency: int, stakes: list[Stake], today: date) -> Power:
    held = [one for one in stakes if one.state != SOLD]
    return Power(
        currency=currency,
        held=_sum(held),
        free=_sum(one for one in held if one.state == FREE),
        eligible=_sum(one for one in held if is_eligible(one, today)),
        offered=_sum(one for one in held if one.state == OFFERED),
        financed=_sum(one for one in stakes if one.state in (PLEDGED, SOLD)),
        overdue=_sum(one for one in held if one.maturity < today),
        due_within={
            days: _sum(one for one in held if 0 <= (one.maturity - today).days <= days) for days in DUE_WITHIN
        },
    )


def _sum(stakes: Iterable[Stake]) -> int:
    return sum(one.amount_minor for one in stakes)
