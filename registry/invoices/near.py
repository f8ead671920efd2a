"""Screening a document for near-duplicates as it is registered, and keeping what was found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, tuple_
from sqlalchemy.orm import Session

from registry.invoices.at_hand import AtHand, Coming
from registry.invoices.model import InvoiceBlock, InvoiceRecord
from registry.invoices.near_keys import Block, blocks, worth_reading
from registry.invoices.near_rules import Portrait, differing
from registry.invoices.near_score import REVIEW_AT, Suspicion, crowded, suspicions
from registry.invoices.records import to_portrait
from registry.invoices.rules import Decision, Outcome, Reason

CERTAIN = 100


@dataclass(frozen=True, slots=True)
class Raised:
    """A suspicion to be kept. ``is_hidden``: what a stranger brought; ``is_own``: the same party brought both;
    ``is_contradiction``: of a shared legal key."""

    suspicion: Suspicion
    is_own: bool
    is_hidden: bool = False
    is_contradiction: bool = False

    @property
    def told(self) -> Suspicion:
        """As whoever brings the document is told; of another party's, that there is one and the first word of why."""
        return self.suspicion if self.is_own else Suspicion("", REVIEW_AT, self.suspicion.signs[:1])


def raise_suspicions(
    at_hand: AtHand, coming: Coming, decision: Decision, party: int, *, is_sellers_own: bool
) -> list[Raised]:
    """What speaks against a document that is about to be kept: the one it contradicts, then those it resembles.

    What strangers brought is compared apart, so that it can neither crowd out nor flag what a seller brings; and a
    stranger is not told what a seller's invoices are like.
    """
    raised = []
    new = coming.document.portrait
    if decision.outcome is Outcome.CONFLICT and decision.of is not None:
        raised.append(_contradiction(at_hand, new, decision.of, party))
    read, full, own = _neighbors(at_hand, coming, party, is_sellers_own=is_sellers_own)
    for is_hidden, known in read.items():
        for one in _with_crowd(suspicions(new, known), full.get(is_hidden)):
            if one.of != decision.of:
                raised.append(Raised(one, is_own=one.of in own, is_hidden=is_hidden))
    return raised


def _contradiction(at_hand: AtHand, new: Portrait, of: str, party: int) -> Raised:
    (kept,) = at_hand.kept([of])
    suspicion = Suspicion(of, CERTAIN, (Reason.OTHER_CONTENT.value,), differing(new, kept.portrait))
    return Raised(suspicion, is_own=kept.party == party, is_contradiction=True)


def _neighbors(
    at_hand: AtHand, coming: Coming, party: int, *, is_sellers_own: bool
) -> tuple[dict[bool, list[Portrait]], dict[bool, str], set[str]]:
    """What the document is compared with, what is hidden apart (True); one of those where there
    are too many; and which of all the party brought itself."""
    wanted: dict[str, bool] = {}
    full: dict[bool, str] = {}
    for found in at_hand.neighbors(coming):
        known = found.neighbors
        is_pair = found.kind is Block.PAIR
        ids = worth_reading(coming.document.portrait, known) if is_pair else {one.id for one in known}
        wanted.update(dict.fromkeys(ids, found.is_hidden))
        if found.has_more:
            full[found.is_hidden] = known[0].id
    read: dict[bool, list[Portrait]] = {False: [], True: []}
    own: set[str] = set()
    for kept in at_hand.kept(wanted):
        one = kept.portrait
        if kept.party == party:
            own.add(one.id)
        read[wanted[one.id] or not (is_sellers_own or one.id in own)].append(one)
    return read, full, own


def _with_crowd(found: list[Suspicion], of: str | None) -> list[Suspicion]:
    return found if of is None or any(one.of == of for one in found) else [*found, crowded(of)]


def with_suspicions(decision: Decision, raised: Sequence[Raised]) -> Decision:
    """``review`` for a new document that resembles one in sight, for the weightiest reason."""
    seen = [one.suspicion for one in raised if not one.is_hidden]
    if decision.outcome is not Outcome.NEW or not seen:
        return decision
    return replace(decision, outcome=Outcome.REVIEW, reason=seen[0].signs[0], of=seen[0].of)


def suspicion_rows(
    raised: Iterable[Raised], invoice_id: str, party: int, at: datetime, ids: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Suspicions against an invoice as rows."""
    for one in raised:
        yield {
            "id": ids("sus"),
            "invoice_id": invoice_id,
            "other_id": one.suspicion.of,
            "party": party,
            "is_hidden": one.is_hidden,
            "is_contradiction": one.is_contradiction,
            "score": one.suspicion.score,
            "signs": list(one.suspicion.signs),
            "differs": list(one.suspicion.differs),
            "verdict": "",
            "created_at": at,
        }


def block_rows(new: Portrait, invoice_id: str, scope: int) -> list[dict[str, Any]]:
    """The blocks by which later documents find an invoice, as rows."""
    return [{"block": block, "scope": scope, "invoice_id": invoice_id} for block in sorted(blocks(new))]


def leave_blocks(session: Session, record: InvoiceRecord) -> None:
    """Take a record out of its blocks, before it says something else."""
    mine = [(block, record.scope, record.id) for block in blocks(to_portrait(record))]
    place = tuple_(InvoiceBlock.block, InvoiceBlock.scope, InvoiceBlock.invoice_id)
    session.execute(delete(InvoiceBlock).where(place.in_(mine)))
