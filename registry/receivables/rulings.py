"""What the chosen rule packs say of acts on receivables and lots: the facts, gathered in one place."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.chain.messages import Terms
from registry.invoices.verification import queries as verified
from registry.invoices.verification.findings import State
from registry.kit.clock import from_unix, midnight
from registry.kit.money import currency
from registry.receivables import queries
from registry.receivables.model import Draft, Lot, Receivable
from registry.receivables.page_queries import totals_of_receivables
from registry.relay.context import Context
from registry.rules import queries as rules
from registry.rules.evaluate import Finding
from registry.rules.facts import Facts
from registry.rules.use_cases import decide


def receivable_facts(session: Session, act: str, receivable: str, terms: Terms, on: date) -> Facts:
    """``opened_on`` is the day the draft was made; for a receivable registered past this registry, ``on``."""
    draft = session.get(Draft, receivable)
    return Facts(
        act=act,
        on=on,
        opened_on=draft.created_at.date() if draft and draft.created_at.date() <= on else on,
        issued_on=_day(terms.issued_on),
        delivered_on=_day(terms.delivered_on),
        accepted_on=_day(terms.accepted_on),
        maturity=_day(terms.maturity),
        obligor_size=rules.size_of(session, terms.obligor),
        supplier_size=rules.size_of(session, terms.originator),
        overdue_since=_overdue_since(session, terms.obligor, on),
        face_minor=terms.face,
        currency=currency(terms.currency).code,
        is_accepted_by_supplier=act != "prepare",  # later acts come with its signature
        **_verified(session, receivable),
    )


def judge_receivable(
    session: Session, context: Context, act: str, receivable: str, terms: Terms
) -> tuple[Finding, ...]:
    """Decide on preparing, registering or confirming; returns the warnings. Raises RuleBlocks."""
    facts = receivable_facts(session, act, receivable, terms, context.clock.now().date())
    return decide(session, context, f"receivable:{receivable}", facts)


def judge_lot(
    session: Session, context: Context, act: str, lot: Lot, receivable: Receivable, amount_minor: int
) -> tuple[Finding, ...]:
    """Decide on passing on, financing, reassigning or enforcing ``amount_minor`` of a lot; returns the warnings.
    Raises RuleBlocks."""
    is_part = amount_minor < lot.amount
    on = context.clock.now().date()
    _, lots = totals_of_receivables(session, [receivable.id]).get(receivable.id, (0, 0))
    facts = Facts(
        act=act,
        on=on,
        maturity=_day(receivable.maturity),
        obligor_size=rules.size_of(session, receivable.obligor),
        supplier_size=rules.size_of(session, receivable.originator),
        overdue_since=_overdue_since(session, receivable.obligor, on),
        face_minor=amount_minor,
        currency=currency(receivable.currency).code,
        hops=lot.hops + (act == "transfer"),
        layers=len(queries.ancestors(session, lot.id)) - 1 + is_part,
        lots=lots + is_part,
        **_verified(session, receivable.id),
    )
    return decide(session, context, f"lot:{lot.id}", facts)


def _verified(session: Session, receivable: str) -> dict[str, Any]:
    """What an outside service says of the invoices behind a receivable; nothing of one prepared elsewhere."""
    behind = [row.invoice for row in queries.draft_invoices(session, receivable)]
    if not behind:
        return {}
    good = [
        one.at.date()
        for one in verified.newest_answers(session, behind).values()
        if one.state == State.VERIFIED.value
    ]
    return {"invoices_unverified": len(behind) - len(good), "invoices_verified_on": min(good, default=None)}


def _overdue_since(session: Session, obligor: int, on: date) -> date | None:
    maturity = queries.overdue_since(session, obligor, midnight(on))
    return None if maturity is None else _day(maturity)


def _day(seconds: int) -> date:
    return from_unix(seconds).date()
