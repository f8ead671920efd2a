"""One pure function per kind of rule: is it met by these facts, and what follows from it.

``None`` for a rule that does not concern the facts (another size of firm). A verdict whose ``is_met`` is None could
not be told for want of a fact; such a finding warns, even where the rule is hard.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from registry.rules.facts import Facts
from registry.rules.pack import Rule

Values = dict[str, str | int | None]


@dataclass(frozen=True)
class Verdict:
    is_met: bool | None
    detail: str
    values: Values = field(default_factory=dict)


def met(detail: str, values: Values | None = None) -> Verdict:
    return Verdict(is_met=True, detail=detail, values=values or {})


def unmet(detail: str, values: Values | None = None) -> Verdict:
    return Verdict(is_met=False, detail=detail, values=values or {})


def unknown(detail: str, values: Values | None = None) -> Verdict:
    return Verdict(is_met=None, detail=detail, values=values or {})


def add_months(start: date, months: int) -> date:
    """The corresponding day, or the month's last where there is none (PRC Civil Code art. 202)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def add_days(start: date, days: int) -> date:
    """The last day of a term of so many days, the first one not counted (PRC Civil Code art. 201)."""
    return start + timedelta(days=min(days, (date.max - start).days))


def payment_starts_on(facts: Facts) -> date | None:
    """When the obligor's time to pay begins (State Council Order 802, arts. 9 and 10): at delivery; where
    acceptance is agreed, at acceptance, but no later than the end of the time agreed for it."""
    if facts.accepted_on is None and facts.acceptance_due_on is None:
        return facts.delivered_on
    known = [one for one in (facts.accepted_on, facts.acceptance_due_on) if one]
    return max(min(known), facts.delivered_on or date.min)


def late_interest(amount_minor: int, due_on: date, paid_on: date, rate_per_day: Decimal) -> int:
    """Simple interest in minor units, half up, for each day after ``due_on`` through ``paid_on``."""
    days = max(0, (paid_on - due_on).days)
    return int((Decimal(amount_minor) * rate_per_day * days).quantize(Decimal(1), ROUND_HALF_UP))


def tenor(rule: Rule, facts: Facts) -> Verdict:
    start = facts.opened_on if rule.parameters["counted_from"] == "opened_on" else facts.issued_on
    if start is None or facts.maturity is None:
        return unknown("The term is not known: a date is missing.")
    days, months = rule.parameters["max_days"], rule.parameters["max_months"]
    latest = add_days(start, days) if days else add_months(start, months)
    said = f"{days} days" if days else f"{months} months"
    runs = (facts.maturity - start).days
    values: Values = {
        "starts_on": start.isoformat(),
        "tenor_days": runs,
        "latest_maturity": latest.isoformat(),
    }
    if facts.maturity <= latest:
        return met(f"The term of {runs} days is within {said}.", values)
    return unmet(f"The term runs {runs} days from {start}; {said} end on {latest}.", values)


def payment_term(rule: Rule, facts: Facts) -> Verdict | None:
    is_certain = _concerns(rule, facts)
    if is_certain is None:
        return None
    start = payment_starts_on(facts)
    if start is None or facts.maturity is None:
        return unknown("When payment is due by law is not known: the delivery date is missing.")
    due = add_days(start, rule.parameters["days"])
    values: Values = {
        "starts_on": start.isoformat(),
        "statutory_due_on": due.isoformat(),
        "days_beyond": max(0, (facts.maturity - due).days),
    }
    if facts.maturity <= due:
        return met(f"Due by law on {due}; the maturity is not later.", values)
    if not is_certain:
        detail = f"If the law holds for these parties, payment is due on {due}; their size is not recorded."
        return unknown(detail, values)
    return unmet(f"Due by law on {due}; the maturity {facts.maturity} is later.", values)


def confirmation_clock(rule: Rule, facts: Facts) -> Verdict:
    if facts.opened_on is None:
        return unknown("When confirmation was asked for is not known.")
    by = add_days(facts.opened_on, rule.parameters["days"])
    values: Values = {"confirm_by": by.isoformat(), "days_late": max(0, (facts.on - by).days)}
    if facts.on <= by:
        return met(f"The obligor has until {by} to confirm.", values)
    return unmet(f"The obligor was to confirm by {by}.", values)


def late_interest_owed(rule: Rule, facts: Facts) -> Verdict | None:
    is_certain = _concerns(rule, facts)
    if is_certain is None or facts.maturity is None or facts.face_minor is None:
        return None
    rate = Decimal(rule.parameters["rate_per_day"])
    a_day = late_interest(facts.face_minor, facts.maturity, add_days(facts.maturity, 1), rate)
    values: Values = {
        "runs_from": add_days(facts.maturity, 1).isoformat(),
        "rate_per_day": rule.parameters["rate_per_day"],
        "per_day_minor": a_day,
        "accrued_minor": late_interest(facts.face_minor, facts.maturity, facts.on, rate),
    }
    said = "" if is_certain else " if the law holds for these parties"
    return met(f"Paid late, it bears {rate * 100:f} % a day{said}.", values)


def supplier_acceptance(_rule: Rule, facts: Facts) -> Verdict:
    if facts.is_accepted_by_supplier:
        return met("The supplier signed that it takes this claim in electronic form.")
    return unmet("The supplier has not signed that it takes this claim in electronic form.")


def stop_list(rule: Rule, facts: Facts) -> Verdict:
    if facts.overdue_since is None:
        return met("The obligor has nothing overdue here.")
    days = (facts.on - facts.overdue_since).days
    values: Values = {"overdue_since": facts.overdue_since.isoformat(), "days_overdue": days}
    if days <= rule.parameters["grace_days"]:
        return met(f"The obligor is {days} days late, within the days of grace.", values)
    return unmet(f"The obligor has let a receivable due on {facts.overdue_since} pass unpaid.", values)


def remaining_tenor(rule: Rule, facts: Facts) -> Verdict:
    if facts.maturity is None:
        return unknown("The maturity is not known.")
    left, least = (facts.maturity - facts.on).days, rule.parameters["min_days"]
    return Verdict(left >= least, f"{left} days are left to maturity; {least} are asked for.", {"days": left})


def _counted(fact: str, what: str) -> Callable[[Rule, Facts], Verdict]:
    def judge(rule: Rule, facts: Facts) -> Verdict:
        count: int | None = getattr(facts, fact)
        most = rule.parameters["max"]
        if count is None:
            return unknown(f"The number of {what} is not known.")
        return Verdict(count <= most, f"It makes {count} {what}; {most} are the most.", {fact: count})

    return judge


def filing(rule: Rule, facts: Facts) -> Verdict:
    register = rule.parameters["register"]
    if facts.filing:
        return met(f"Filed with {register}.", {"filing": facts.filing})
    return unmet(f"No filing number of {register} is recorded.")


def verified_invoices(rule: Rule, facts: Facts) -> Verdict:
    """Every invoice behind the receivable is one its authority calls good, as of no longer ago than the rule says."""
    if facts.invoices_unverified is None:
        return unknown("Whether its invoices are verified is not known.")
    if facts.invoices_unverified or facts.invoices_verified_on is None:
        count: Values = {"invoices_unverified": facts.invoices_unverified}
        return unmet(f"Of its invoices {facts.invoices_unverified} are not verified.", count)
    days, most = (facts.on - facts.invoices_verified_on).days, rule.parameters["max_age_days"]
    values: Values = {"verified_on": facts.invoices_verified_on.isoformat(), "days": days}
    if days <= most:
        return met(f"Its invoices were verified {days} days ago or less.", values)
    return unmet(f"An invoice was verified {days} days ago; {most} are the most.", values)


JUDGES: Mapping[str, Callable[[Rule, Facts], Verdict | None]] = {
    "tenor": tenor,
    "payment_term": payment_term,
    "confirmation_clock": confirmation_clock,
    "late_interest": late_interest_owed,
    "supplier_acceptance": supplier_acceptance,
    "stop_list": stop_list,
    "remaining_tenor": remaining_tenor,
    "hops": _counted("hops", "hops"),
    "split_layers": _counted("layers", "layers of splits"),
    "split_count": _counted("lots", "lots"),
    "filing": filing,
    "verified_invoices": verified_invoices,
}


def _concerns(rule: Rule, facts: Facts) -> bool | None:
    """True: obligor and supplier are of the sizes meant. False: perhaps, a size is not recorded. None: no."""
    pairs = (
        (facts.obligor_size, rule.parameters["obligors"]),
        (facts.supplier_size, rule.parameters["suppliers"]),
    )
    if any(size is not None and size not in meant for size, meant in pairs):
        return None
    return all(size is not None for size, _ in pairs)
