"""What an obligor is asked to confirm: since when, until when, over which invoices, and beside its own list."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.invoices import queries as invoices
from registry.kit.clock import from_unix
from registry.parties import queries as parties
from registry.receivables import queries
from registry.receivables.batches import confirmed_in_open_batches
from registry.receivables.matching import Claimed, Comparison, Payables, Request, supplier_keys
from registry.receivables.model import Receivable
from registry.receivables.rules import DAY_SECONDS
from registry.relay import queries as acts


@dataclass(frozen=True)
class Behind:
    """An invoice behind a receivable, by its number, and how much of it in minor units of its currency."""

    number: str
    amount_minor: int


@dataclass(frozen=True)
class Asked:
    """``since``: when it was registered, which is when confirmation was asked for (block time); ``is_under_way``:
    a signed act on it is not finished yet."""

    record: Receivable
    invoices: tuple[Behind, ...]
    since: int
    is_under_way: bool


def asked(session: Session, records: Sequence[Receivable]) -> list[Asked]:
    """These receivables with what stands behind them. Of invoices brought past this registry nothing is known."""
    limits = parties.limits(session)
    period = limits.expiry_days * DAY_SECONDS if limits else 0
    behind = invoices_behind(session, [one.id for one in records])
    batched = confirmed_in_open_batches(session)
    return [
        Asked(
            one,
            tuple(behind.get(one.id, ())),
            one.expires - period,
            one.id in batched or acts.unfinished_about(session, f"receivable:{one.id}") is not None,
        )
        for one in records
    ]


def invoices_behind(session: Session, receivables: Sequence[str]) -> dict[str, list[Behind]]:
    """Receivable → its invoices, as far as the reader may see them."""
    drafted = queries.invoices_drafted(session, receivables)
    numbers = invoices.numbers_by_id(session, {one for used in drafted.values() for one, _ in used})
    return {
        receivable: [Behind(numbers[one], amount) for one, amount in used if one in numbers]
        for receivable, used in drafted.items()
    }


def compare(session: Session, requests: Sequence[Asked], payables: Payables) -> dict[str, Comparison]:
    """Receivable → how it stands against the obligor's list."""
    found = {}
    names = parties.names(session, {one.record.originator for one in requests})
    for one in requests:
        supplier = one.record.originator
        found[one.record.id] = payables.compare(
            Request(
                supplier_keys(names.get(supplier, ""), parties.identifiers_of(session, supplier)),
                one.record.currency,
                from_unix(one.record.maturity).date(),
                tuple(Claimed(each.number, each.amount_minor) for each in one.invoices),
            )
        )
    return found
