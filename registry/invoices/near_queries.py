"""SELECTs around near-duplicates: who shares a block, what is suspected, what was decided."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from registry.invoices.errors import SuspicionUnknown
from registry.invoices.model import (
    InvoiceBlock,
    InvoiceBlockedKey,
    InvoiceKey,
    InvoiceRecord,
    InvoiceSuspicion,
    InvoiceVerdict,
)
from registry.invoices.near_keys import LIMITS, Block, Neighbor
from registry.invoices.rules import ACCEPTED, Outcome, Verdict

MAX_PAGE = 200
OPEN = ("", Verdict.UNCLEAR.value)
_COMPARED = (*ACCEPTED, Outcome.REPLACED.value)


@dataclass(frozen=True)
class Found:
    """Of one kind of block, those in the uploader's ``scopes`` or outside: ``has_more`` where the limit cut it."""

    kind: Block
    is_hidden: bool
    neighbors: tuple[Neighbor, ...]
    has_more: bool


def neighbors(
    session: Session, scopes: Sequence[int], searched: Mapping[Block, Iterable[int]]
) -> list[Found]:
    """Invoices in the searched blocks, in one query over the index, at most LIMITS of each kind: those in
    ``scopes``, and apart from them those that strangers brought."""
    asked: dict[str, Sequence[int]] = {kind.value: sorted(searched[kind]) for kind in Block}
    found: dict[tuple[str, bool], dict[str, Neighbor]] = {}
    for row in session.execute(_NEIGHBORS, {**asked, "scopes": list(scopes)}):
        amount, is_note = abs(row.payable_minor), row.document_class == "credit_note"
        one = Neighbor(row.invoice_id, amount, row.issued_on, is_note)
        found.setdefault((row.kind, bool(row.is_hidden)), {})[one.id] = one
    return [
        Found(
            Block(kind),
            is_hidden,
            tuple(ones.values())[: LIMITS[Block(kind)]],
            len(ones) > LIMITS[Block(kind)],
        )
        for (kind, is_hidden), ones in sorted(found.items())
    ]


def _in_block(kind: Block, *, is_hidden: bool) -> Select[*tuple[Any, ...]]:
    scopes: BindParameter[int] = bindparam("scopes", expanding=True)
    outside = and_(InvoiceBlock.scope > 0, InvoiceBlock.scope.not_in(scopes))
    return (
        select(
            literal(kind.value).label("kind"),
            literal(is_hidden).label("is_hidden"),
            InvoiceBlock.invoice_id,
            InvoiceRecord.payable_minor,
            InvoiceRecord.issued_on,
            InvoiceRecord.document_class,
        )
        .join(InvoiceRecord, InvoiceRecord.id == InvoiceBlock.invoice_id)
        .where(
            InvoiceBlock.block.in_(bindparam(kind.value, expanding=True)),
            outside if is_hidden else InvoiceBlock.scope.in_(scopes),
            InvoiceRecord.outcome.in_(_COMPARED),
        )
        .distinct()
        .limit(LIMITS[kind] + 1)
    )


# Built once: with fresh values only it is asked for each invoice.
_NEIGHBORS = union_all(
    *(select(_in_block(kind, is_hidden=hidden).subquery()) for kind in Block for hidden in (False, True))
)


def suspicion(session: Session, suspicion_id: str) -> InvoiceSuspicion:
    """One. Raises SuspicionUnknown, also for one that the reader may not see."""
    query = select(InvoiceSuspicion).where(InvoiceSuspicion.id == suspicion_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise SuspicionUnknown(f"There is no suspicion {suspicion_id}.", suspicion=suspicion_id)
    return found


def suspicions(
    session: Session, *, state: str = "open", sign: str = "", after: str = "", limit: int = MAX_PAGE
) -> Sequence[InvoiceSuspicion]:
    """Those in a state (``open``, a verdict, or empty for all), the most suspicious first behind ``after``.

    ``sign``: only those with this word among their reasons.
    """
    query = select(InvoiceSuspicion).where(*_in_state(state, sign))
    last = session.get(InvoiceSuspicion, after) if after else None
    if last is not None:
        score, name = InvoiceSuspicion.score, InvoiceSuspicion.id
        query = query.where(or_(score < last.score, and_(score == last.score, name > last.id)))
    query = query.order_by(InvoiceSuspicion.score.desc(), InvoiceSuspicion.id)
    return session.scalars(query.limit(min(limit, MAX_PAGE + 1))).all()


def count(session: Session, *, state: str = "open", sign: str = "") -> int:
    query = select(func.count()).select_from(InvoiceSuspicion).where(*_in_state(state, sign))
    return session.scalar(query) or 0


def _in_state(state: str, sign: str) -> Iterator[ColumnElement[bool]]:
    if state:
        yield InvoiceSuspicion.verdict.in_(OPEN if state == "open" else (state,))
    if sign:
        yield type_coerce(InvoiceSuspicion.signs, Text).contains(f'"{sign}"', autoescape=True)


def accepted_since(session: Session, issued_on: date, *, limit: int) -> Sequence[InvoiceRecord]:
    """Accepted invoices issued on that day or later, by id."""
    query = select(InvoiceRecord).where(
        InvoiceRecord.issued_on >= issued_on, InvoiceRecord.outcome.in_(ACCEPTED)
    )
    return session.scalars(query.order_by(InvoiceRecord.id).limit(limit)).all()


def about(session: Session, invoice_id: str) -> Sequence[InvoiceSuspicion]:
    """Those in which an invoice is the later or the earlier one, best first."""
    query = select(InvoiceSuspicion).where(
        or_(InvoiceSuspicion.invoice_id == invoice_id, InvoiceSuspicion.other_id == invoice_id)
    )
    return session.scalars(query.order_by(InvoiceSuspicion.score.desc(), InvoiceSuspicion.id)).all()


def verdicts(session: Session, suspicion_id: str) -> Sequence[InvoiceVerdict]:
    """What was decided of a suspicion, the oldest first."""
    query = select(InvoiceVerdict).where(InvoiceVerdict.suspicion_id == suspicion_id)
    return session.scalars(query.order_by(InvoiceVerdict.place)).all()


def has_free_keys(session: Session, invoice_id: str) -> bool:
    """Whether no other accepted invoice holds one of the keys of a blocked one, in the same scope."""
    taken = aliased(InvoiceKey)
    query = select(
        exists().where(
            InvoiceBlockedKey.invoice_id == invoice_id,
            taken.key == InvoiceBlockedKey.key,
            taken.scope == InvoiceBlockedKey.scope,
            taken.invoice_id != invoice_id,
        )
    )
    return not session.scalar(query)


def keys_of(session: Session, invoice_id: str) -> list[InvoiceKey | InvoiceBlockedKey]:
    """The legal keys of an invoice, wherever they stand."""
    accepted = session.scalars(select(InvoiceKey).where(InvoiceKey.invoice_id == invoice_id))
    blocked = session.scalars(select(InvoiceBlockedKey).where(InvoiceBlockedKey.invoice_id == invoice_id))
    return [*accepted, *blocked]
