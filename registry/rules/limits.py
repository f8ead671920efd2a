"""The contract's limits, taken from the packs a registry works under."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.rules.kinds import add_months
from registry.rules.pack import Pack, Rule, packaged, rules_in_force

GENERIC = "generic"


@dataclass(frozen=True)
class PackLimits:
    """What ``setLimits`` takes: the outer bound that holds even past this registry."""

    max_tenor_days: int
    max_hops: int
    reject_window_days: int
    expiry_days: int
    min_lot: int


def limits_of(packs: Sequence[Pack], as_of: date) -> PackLimits:
    """The strictest of what the packs' hard rules in force say, of their own limits, and of the generic pack's.

    A tenor in months gives the most days these months can have: the contract bounds, the rule judges.
    """
    every = [packaged(GENERIC), *(pack for pack in packs if pack.id != GENERIC and not pack.is_draft)]
    if any(pack.id == GENERIC for pack in packs):
        every[0] = next(pack for pack in packs if pack.id == GENERIC)
    rules = list(rules_in_force(every, as_of))
    hard = [rule for rule in rules if rule.strength == "hard"]
    return PackLimits(
        max_tenor_days=min(_tenor_days(rule) for rule in hard if rule.kind == "tenor"),
        max_hops=min(rule.parameters["max"] for rule in hard if rule.kind == "hops"),
        reject_window_days=min(
            pack.limits["reject_window_days"] for pack in every if "reject_window_days" in pack.limits
        ),
        expiry_days=min(rule.parameters["days"] for rule in rules if rule.kind == "confirmation_clock"),
        min_lot=max(pack.limits["min_lot_minor"] for pack in every if "min_lot_minor" in pack.limits),
    )


def _tenor_days(rule: Rule) -> int:
    days: int | None = rule.parameters["max_days"]
    return days or longest_days(rule.parameters["max_months"])


def longest_days(months: int) -> int:
    """The most days that so many months can have: 184 for six, 366 for twelve."""
    starts = [date(year, month, 1) for year in range(2000, 2005) for month in range(1, 13)]
    return max((add_months(start, months) - start).days for start in starts)
