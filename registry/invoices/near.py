"""Screening a document for near-duplicates as it is registered, and keeping what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, tuple_
from sqlalchemy.orm import Session

from registry.invoices import near_queries, queries
from registry.invoices.model import SELLERS_OWN, InvoiceBlock, InvoiceRecord, InvoiceSuspicion
from registry.invoices.near_keys import Block, blocks, searched, worth_reading
from registry.invoices.near_rules import Portrait, differing
from registry.invoices.near_score import REVIEW_AT, Suspicion, crowded, suspicions
from registry.invoices.records import Document, to_portrait
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
    session: Session, document: Document, decision: Decision, party: int, *, is_sellers_own: bool
) -> list[Raised]:
    """What speaks against a document that is about to be kept: the one it contradicts, then those it resembles.

    Two queries, however many invoices there are. What strangers brought is compared apart, so that it can neither
    crowd out nor flag what a seller brings; and a stranger is not told what a seller's invoices are like.
    """
    raised = []
    if decision.outcome is Outcome.CONFLICT and decision.of is not None:
        raised.append(_contradiction(session, document, decision.of, party))
    if document.portrait.is_credit_note:
        return raised
    read, full, own = _neighbors(session, document.portrait, party, is_sellers_own=is_sellers_own)
    for is_hidden, known in read.items():
        for one in _with_crowd(suspicions(document.portrait, known), full.get(is_hidden)):
            if one.of != decision.of:
                raised.append(Raised(one, is_own=one.of in own, is_hidden=is_hidden))
    return raised


def _contradiction(session: Session, document: Document, of: str, party: int) -> Raised:
    record = queries.invoice_by_id(session, of)
    differs = differing(document.portrait, to_portrait(record))
    suspicion = Suspicion(of, CERTAIN, (Reason.OTHER_CONTENT.value,), differs)
    return Raised(suspicion, is_own=record.uploader_party == party, is_contradiction=True)


def _neighbors(
    session: Session, new: Portrait, party: int, *, is_sellers_own: bool
) -> tuple[dict[bool, list[Portrait]], dict[bool, str], set[str]]:
    """What the document is compared with, what is hidden apart (True); one of those where there
    are too many; and which of all the party brought itself."""
    wanted: dict[str, bool] = {}
    full: dict[bool, str] = {}
    for found in near_queries.neighbors(session, [SELLERS_OWN, party], searched(new)):
        known = found.neighbors
        ids = worth_reading(new, known) if found.kind is Block.PAIR else {one.id for one in known}
        wanted.update(dict.fromkeys(ids, found.is_hidden))
        if found.has_more:
            full[found.is_hidden] = known[0].id
    read: dict[bool, list[Portrait]] = {False: [], True: []}
    own: set[str] = set()
    for record in queries.by_ids(session, wanted) if wanted else ():
        if record.uploader_party == party:
            own.add(record.id)
        is_hidden = wanted[record.id] or not (is_sellers_own or record.id in own)
        read[is_hidden].append(to_portrait(record))
    return read, full, own


def _with_crowd(found: list[Suspicion], of: str | None) -> list[Suspicion]:
    return found if of is None or any(one.of == of for one in found) else [*found, crowded(of)]


def with_suspicions(decision: Decision, raised: Sequence[Raised]) -> Decision:
    """``review`` for a new document that resembles one in sight, for the weightiest reason."""
    seen = [one.suspicion for one in raised if not one.is_hidden]
    if decision.outcome is not Outcome.NEW or not seen:
        return decision
    return replace(decision, outcome=Outcome.REVIEW, reason=seen[0].signs[0], of=seen[0].of)


def keep(
    session: Session,
    record: InvoiceRecord,
    document: Document,
    raised: Sequence[Raised],
    ids: Callable[[str], str],
) -> None:
    """Write the suspicions down, and the blocks by which later documents find this one."""
    session.add_all(
        InvoiceSuspicion(
            id=ids("sus"),
            invoice_id=record.id,
            other_id=one.suspicion.of,
            party=record.uploader_party,
            is_hidden=one.is_hidden,
            is_contradiction=one.is_contradiction,
            score=one.suspicion.score,
            signs=list(one.suspicion.signs),
            differs=list(one.suspicion.differs),
            verdict="",
            created_at=record.created_at,
        )
        for one in raised
    )
    enter_blocks(session, record, document)


def enter_blocks(session: Session, record: InvoiceRecord, document: Document) -> None:
    """The blocks by which later documents find this one."""
    found = [
        {"block": block, "scope": record.scope, "invoice_id": record.id}
        for block in sorted(blocks(document.portrait))
    ]
    if found:
        session.execute(insert(InvoiceBlock), found)


def leave_blocks(session: Session, record: InvoiceRecord) -> None:
    """Take a record out of its blocks, before it says something else."""
    mine = [(block, record.scope, record.id) for block in blocks(to_portrait(record))]
    place = tuple_(InvoiceBlock.block, InvoiceBlock.scope, InvoiceBlock.invoice_id)
    session.execute(delete(InvoiceBlock).where(place.in_(mine)))
