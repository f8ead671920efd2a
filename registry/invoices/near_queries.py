"""SELECTs around near-duplicates: who shares a block, what is suspected, what was decided."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
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
from registry.invoices.near_keys import LIMITS, Neighbor
from registry.invoices.rules import ACCEPTED, Outcome, Verdict

MAX_PAGE = 200
OPEN = ("", Verdict.UNCLEAR.value)
COMPARED = (*ACCEPTED, Outcome.REPLACED.value)


@dataclass(frozen=True, slots=True)
class Member:
    """An invoice in a block, in ``scope``."""

    block: int
    scope: int
    neighbor: Neighbor


def members(session: Session, scopes: Sequence[int], blocks: Iterable[int]) -> Iterator[Member]:
    """The invoices in these blocks. Of a block that holds more than MANY only the first by scope and id, so many of
    each scope in ``scopes`` and so many of all others.

    Three queries for each 500 blocks, each over the index, however many invoices there are.
    """
    wanted = sorted(blocks)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        counts = {row.block: row.size for row in session.execute(_SIZES, {"blocks": some})}
        small = [one for one, size in counts.items() if size <= MANY]
        crowded = [one for one in counts if counts[one] > MANY]
        if small:
            yield from _read(session.execute(_MEMBERS, {"blocks": small}))
        for place in range(0, len(crowded), _CROWDS):
            parts = (
                select(_first(one, which).subquery())
                for one in crowded[place : place + _CROWDS]
                for which in (
                    *(InvoiceBlock.scope == one for one in scopes),
                    InvoiceBlock.scope.not_in(scopes),
                )
            )
            yield from _read(session.execute(union_all(*parts)))


def _read(rows: Iterable[Any]) -> Iterator[Member]:
    for row in rows:
        is_note = row.document_class == "credit_note"
        neighbor = Neighbor(row.invoice_id, abs(row.payable_minor), row.issued_on, is_note)
        yield Member(row.block, row.scope, neighbor)


def _first(block: int, which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    order = (InvoiceBlock.scope, InvoiceBlock.invoice_id)
    return _MEMBER.where(InvoiceBlock.block == block, which).order_by(*order).limit(MANY)


MANY = max(LIMITS.values()) + 1
_CHUNK = 500  # values in one query
_CROWDS = 20
_MEMBER = (
    select(
        InvoiceBlock.block,
        InvoiceBlock.scope,
        InvoiceBlock.invoice_id,
        InvoiceRecord.payable_minor,
        InvoiceRecord.issued_on,
        InvoiceRecord.document_class,
    )
    .join(InvoiceRecord, InvoiceRecord.id == InvoiceBlock.invoice_id)
    .where(InvoiceRecord.outcome.in_(COMPARED))
)
# Built once: with fresh values only they are asked for each batch.
_AMONG = InvoiceBlock.block.in_(bindparam("blocks", expanding=True))
_MEMBERS = _MEMBER.where(_AMONG)
_SIZES = select(InvoiceBlock.block, func.count().label("size")).where(_AMONG).group_by(InvoiceBlock.block)


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
