"""How much rests on an invoice, how much it is still worth after its corrections, and what follows.

Nothing on the ledger follows: nobody here can take a lot back. What is free and rests on more than there is stays
where it is, as far as this registry carries acts, until obligor and holder cancel the receivable or the holder writes
it down to what is left, or the operator records that the correction concerns something else. What is locked or financed
is not touched: its parties are told (``registry.notices.corrections``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.invoices import correction_queries as corrections
from registry.invoices.chains import Chain
from registry.invoices.model import InvoiceRecord
from registry.kit.money import Money, currency
from registry.receivables import exposure_queries, queries
from registry.receivables.errors import InvoiceCorrected
from registry.receivables.exposure_queries import LiveUse


@dataclass(frozen=True)
class Exposure:
    """An invoice with what replaced it and what it replaced, which are one debt, in minor units.

    ``used_minor``: what receivables that stand took of it, paid or not · ``written_off_minor``: what of that was given
    up, counted once where a receivable rests on several corrected invoices · ``out_minor``: the most of it that can be
    unpaid.
    """

    family: frozenset[str]
    cap_minor: int
    used_minor: int
    written_off_minor: int
    out_minor: int

    @property
    def over_minor(self) -> int:
        """How much more is claimed than the invoice is worth; what was paid counts, what was given up does not."""
        return max(0, self.used_minor - self.written_off_minor - self.cap_minor)


@dataclass(frozen=True)
class Capacity:
    """``cap_minor``: how much can rest on an invoice after its corrections; ``used_minor``: what the ledger says is
    used of its family, receivables on their way aside."""

    family: frozenset[str]
    cap_minor: int
    used_minor: int
    is_lowered: bool

    @property
    def left_minor(self) -> int:
        return max(0, self.cap_minor - self.used_minor)


def family_of(session: Session, invoice: str) -> frozenset[str]:
    """The invoices that are one debt with this one; their uses add up."""
    return corrections.chain(session, [invoice]).family(invoice)


def capacity(session: Session, record: InvoiceRecord) -> Capacity:
    """What new receivables may still take of an invoice: none of it once another took its place."""
    return capacities(session, [record])[record.id]


def capacities(session: Session, records: Sequence[InvoiceRecord]) -> dict[str, Capacity]:
    """The same of a page of them by id, for a few queries in all."""
    chain = corrections.chain(session, [one.id for one in records])
    if chain.is_cut and len(records) > 1:
        return {one.id: capacity(session, one) for one in records}  # none is to suffer for another's many
    families = {one.id: chain.family(one.id) for one in records}
    prints = corrections.fingerprints_of(session, set().union(*families.values()))
    used = queries.used_on_chain(session, {one for each in prints.values() for one in each})
    most = {invoice: max(map(used.__getitem__, each), default=0) for invoice, each in prints.items()}
    return {
        invoice: Capacity(
            family,
            0 if chain.is_replaced(invoice) else chain.cap(invoice),
            sum(most.get(one, 0) for one in family),
            chain.is_corrected(invoice),
        )
        for invoice, family in families.items()
    }


def exposure(session: Session, invoice: str) -> Exposure:
    """What is out over an invoice beside what it is worth."""
    chain = corrections.chain(session, [invoice])
    family = chain.family(invoice)
    uses = _uses(session, family)
    cap, used = chain.cap(invoice), sum(one.amount_minor for one in uses)
    given_up = 0
    if used > cap:
        amounts: dict[str, int] = {}
        for one in uses:
            amounts[one.receivable] = amounts.get(one.receivable, 0) + one.amount_minor
        for receivable, written in exposure_queries.written_off(session, amounts).items():
            left = written - _counted_before(session, receivable, family)
            given_up += min(amounts[receivable], max(0, left))
    out = sum(min(one.amount_minor, one.unpaid_minor) for one in uses)
    return Exposure(family, cap, used, given_up, out)


def corrected_behind(session: Session, receivable: str) -> list[Exposure]:
    """The corrected invoices behind a receivable."""
    behind = _invoices_of(session, receivable)
    chain = corrections.chain(session, behind)
    families = {chain.family(one) for one in behind if chain.is_corrected(one)}
    return [exposure(session, min(family)) for family in _in_order(session, families)]


def require_uncorrected(session: Session, receivable: str) -> None:
    """Whether a receivable, or a free lot of it, may go on. Raises InvoiceCorrected, which says what to do."""
    for one in corrected_behind(session, receivable):
        if not one.over_minor:
            continue
        raise _corrected(
            session,
            one,
            "Until it is canceled or written down to what is left, or the operator records that the correction "
            "concerns something else, it cannot be confirmed, offered, locked or passed on.",
        )


def over_capacity(session: Session, record: InvoiceRecord, left_minor: int) -> InvoiceCorrected:
    """The refusal of a new use of a corrected invoice that has ``left_minor`` left."""
    left = Money(left_minor, currency(record.currency))
    return _corrected(session, exposure(session, record.id), f"{left} of {record.number} can still be used.")


def _corrected(session: Session, one: Exposure, advice: str) -> InvoiceCorrected:
    named = corrections.names(session, one.family)
    standing = corrections.names_of_standing(session, one.family)
    unit = currency(named[0][2])
    return InvoiceCorrected(
        f"{', '.join(standing.values())} corrected {', '.join(number for _, number, _ in named)}: "
        f"{Money(one.cap_minor, unit)} are left, and receivables over {Money(one.used_minor, unit)} rest on it. "
        + advice,
        invoices=[each for each, _, _ in named],
        corrections=list(standing),
        cap_minor=one.cap_minor,
        used_minor=one.used_minor,
        over_minor=one.over_minor,
    )


def _counted_before(session: Session, receivable: str, family: frozenset[str]) -> int:
    """What of a receivable's write-offs goes to other corrected invoices behind it: whichever was corrected first is
    served first, each as far as it needs, so that nothing given up counts twice."""
    behind = _invoices_of(session, receivable)
    chain = corrections.chain(session, behind)
    counted = 0
    families = {chain.family(one) for one in behind if chain.is_corrected(one)}
    for other in _in_order(session, families):
        if other == family:
            break
        counted += _needed(session, chain, other, receivable)
    return counted


def _needed(session: Session, chain: Chain, family: frozenset[str], receivable: str) -> int:
    uses = _uses(session, family)
    over = max(0, sum(one.amount_minor for one in uses) - chain.cap(min(family)))
    return min(over, sum(one.amount_minor for one in uses if one.receivable == receivable))


def _in_order(session: Session, families: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    return sorted(families, key=lambda family: corrections.corrected_since(session, family))


def _uses(session: Session, family: frozenset[str]) -> list[LiveUse]:
    prints = corrections.fingerprints_of(session, family)
    return exposure_queries.live_uses(session, [one for each in prints.values() for one in each])


def _invoices_of(session: Session, receivable: str) -> set[str]:
    prints = exposure_queries.fingerprints_of(session, receivable)
    return set(corrections.with_fingerprints(session, prints).values())
