"""Obligors that let a maturity pass unpaid: who they are, and what the chosen rules make of it.

Nothing happens on the chain by itself: whether such an obligor is barred there is the operator's decision.
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from registry.chain.words import PartyFlag
from registry.kit.clock import from_unix, midnight
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.receivables import queries
from registry.rules import queries as rules
from registry.rules.evaluate import evaluate
from registry.rules.facts import Facts

# What a stop list's outcome means for whoever wants a new receivable of the obligor.
_MEANS = {"block": "refused", "warn": "warned", "pass": "taken"}


@dataclass(frozen=True)
class Overdue:
    """An obligor with ``receivables`` unpaid after their maturity, the earliest of which was ``since``.

    ``new_receivables``: whether this registry refuses new ones of it, takes them with a warning, or takes them.
    ``is_barred``: whether the ledger refuses them, whoever sends them.
    """

    obligor: int
    since: date
    days: int
    receivables: int
    amounts: tuple[Money, ...]
    new_receivables: str
    is_barred: bool


def overdue_obligors(session: Session, on: date, *, after: int = 0, limit: int = 200) -> list[Overdue]:
    """Those overdue on a day, by number behind ``after``; what is suspended does not count."""
    today = midnight(on)
    found = queries.overdue_obligors(session, today, after=after, limit=limit)
    amounts = queries.overdue_amounts(session, today, found)
    listed = []
    for obligor, (maturity, number) in found.items():
        since, known = from_unix(maturity).date(), parties.party_on_chain(session, obligor)
        listed.append(
            Overdue(
                obligor=obligor,
                since=since,
                days=(on - since).days,
                receivables=number,
                amounts=tuple(Money(one, currency(unit)) for unit, one in amounts[obligor].items()),
                new_receivables=_new_receivables(session, on, since),
                is_barred=known is not None and bool(known.flags & PartyFlag.BARRED),
            )
        )
    return listed


def _new_receivables(session: Session, on: date, since: date) -> str:
    """What the stop lists of the chosen packs say of a registration; the strictest counts."""
    facts = Facts(act="register", on=on, overdue_since=since)
    outcomes = {
        evaluate(
            replace(pack, rules=tuple(one for one in pack.rules if one.kind == "stop_list")), facts, on
        ).outcome
        for pack in rules.chosen_packs(session)
    }
    return next(said for outcome, said in _MEANS.items() if outcome in outcomes)
