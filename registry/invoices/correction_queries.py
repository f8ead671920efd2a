"""SELECTs over corrections and the chains they make.

Chains are read past what a viewer may see, as columns: whether something rests on an invoice that
is no longer worth it does not depend on who asks.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from registry.invoices.chains import MAX_DEPTH, MAX_LINKS, Chain, Kind, Link, Node, Standing, correcting
from registry.invoices.errors import CorrectionNotFound
from registry.invoices.model import (
    SELLERS_OWN,
    CorrectionDecision,
    InvoiceCorrection,
    InvoiceKey,
    InvoiceRecord,
)
from registry.invoices.rules import ACCEPTED
from registry.storage.page_queries import by_id
from registry.storage.sight import past_sight

MAX_PAGE = 200
MAX_CANDIDATES = 200
_LINK = (
    InvoiceCorrection.id,
    InvoiceCorrection.corrected,
    InvoiceCorrection.correcting,
    InvoiceCorrection.kind,
    InvoiceCorrection.issued_on,
    InvoiceCorrection.amount_minor,
)


def chain(session: Session, invoices: Iterable[str]) -> Chain:
    """These documents with all standing corrections of them, of what corrects them, and of what they replaced."""
    known: set[str] = set()
    fresh = set(invoices)
    links: dict[str, Link] = {}
    rounds = 0
    while fresh and rounds < MAX_DEPTH and len(links) <= MAX_LINKS:
        rounds += 1
        known |= fresh
        replaces = InvoiceCorrection.correcting.in_(fresh) & (
            InvoiceCorrection.kind == Kind.REPLACEMENT.value
        )
        query = (
            select(*_LINK)
            .where(
                InvoiceCorrection.standing == Standing.STANDS.value,
                or_(InvoiceCorrection.corrected.in_(fresh), replaces),
            )
            .limit(MAX_LINKS + 1)
        )
        for row in session.execute(past_sight(query)):
            links[row.id] = Link(
                row.corrected, row.correcting, Kind(row.kind), row.issued_on, row.amount_minor
            )
        ends = {end for one in links.values() for end in (one.corrected, one.correcting) if end is not None}
        fresh = ends - known
    is_cut = bool(fresh) or len(links) > MAX_LINKS
    return Chain(_nodes(session, known | fresh), tuple(links.values()), is_cut)


def _nodes(session: Session, ids: Collection[str]) -> dict[str, Node]:
    columns = (
        InvoiceRecord.id,
        InvoiceRecord.issued_on,
        InvoiceRecord.document_class,
        InvoiceRecord.gross_minor,
        InvoiceRecord.payable_minor,
        InvoiceRecord.cap_minor,
    )
    nodes = {}
    query = select(*columns).where(InvoiceRecord.id.in_(ids))
    for row in session.execute(past_sight(query)):
        said = correcting(row.document_class, row.gross_minor, row.payable_minor)
        takes_off = said is not None and said.kind in (Kind.CREDIT_NOTE, Kind.CORRECTION)
        own = (said.amount_minor or 0) if said is not None and takes_off else row.cap_minor
        nodes[row.id] = Node(row.id, row.issued_on, own)
    return nodes


def hold(session: Session, invoices: Iterable[str]) -> None:
    """Keep others from using or correcting these documents until the end of the unit of work."""
    query = select(InvoiceRecord.id).where(InvoiceRecord.id.in_(set(invoices))).order_by(InvoiceRecord.id)
    session.execute(query.with_for_update()).all()


def fingerprints_of(session: Session, invoices: Collection[str]) -> dict[str, list[str]]:
    """Invoice → its fingerprints as 0x hex."""
    query = select(InvoiceRecord.id, InvoiceRecord.fingerprints).where(InvoiceRecord.id.in_(invoices))
    return {
        row.id: ["0x" + one for under in row.fingerprints.values() for one in under]
        for row in session.execute(past_sight(query))
    }


def names(session: Session, invoices: Collection[str]) -> list[tuple[str, str, int]]:
    """Id, number as written, and currency of documents, by id."""
    query = select(InvoiceRecord.id, InvoiceRecord.number, InvoiceRecord.currency).where(
        InvoiceRecord.id.in_(invoices)
    )
    return [
        (row.id, row.number, row.currency)
        for row in session.execute(past_sight(query.order_by(InvoiceRecord.id)))
    ]


def names_of_standing(session: Session, invoices: Collection[str]) -> dict[str, str]:
    """The corrections of these documents that count: id → what people call it."""
    query = select(InvoiceCorrection.id, InvoiceCorrection.number).where(
        InvoiceCorrection.corrected.in_(invoices), InvoiceCorrection.standing == Standing.STANDS.value
    )
    query = query.order_by(InvoiceCorrection.created_at, InvoiceCorrection.id).limit(MAX_LINKS)
    return {row.id: row.number for row in session.execute(past_sight(query))}


def with_fingerprints(session: Session, fingerprints: Iterable[str]) -> dict[str, str]:
    """Fingerprint (0x hex) → the accepted invoice that has it, its seller's own before others."""
    keys = InvoiceKey.key.in_([bytes.fromhex(one[2:]) for one in fingerprints])
    query = select(InvoiceKey.key, InvoiceKey.invoice_id).where(keys).order_by(InvoiceKey.scope.desc())
    return {"0x" + row.key.hex(): row.invoice_id for row in session.execute(past_sight(query))}


def correction(session: Session, correction_id: str, *, to_change: bool = False) -> InvoiceCorrection:
    """Raises CorrectionNotFound."""
    found = session.get(InvoiceCorrection, correction_id, with_for_update=to_change)
    if found is None:
        raise CorrectionNotFound(f"There is no correction {correction_id}.", correction=correction_id)
    return found


def made_by(session: Session, document: str) -> Sequence[InvoiceCorrection]:
    """What a document corrects, or is thought to."""
    query = select(InvoiceCorrection).where(InvoiceCorrection.origin == document)
    return session.scalars(query.order_by(InvoiceCorrection.id).limit(MAX_LINKS)).all()


def by_origin(session: Session, origin: str, reference: str) -> InvoiceCorrection | None:
    query = select(InvoiceCorrection).where(
        InvoiceCorrection.origin == origin, InvoiceCorrection.reference == reference
    )
    return session.scalar(query)


def corrections(
    session: Session,
    *,
    standing: str | None = None,
    invoice: str | None = None,
    corrected: Collection[str] | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[InvoiceCorrection]:
    """Corrections by id behind ``after``; ``invoice``: those of it and those it makes; ``corrected``: those of any of
    these."""
    limit = min(limit, MAX_PAGE)
    if invoice is None and corrected is None:
        return session.scalars(by_id(session, InvoiceCorrection, {"standing": standing}, after, limit)).all()
    query = select(InvoiceCorrection).where(InvoiceCorrection.id > after)
    if standing is not None:
        query = query.where(InvoiceCorrection.standing == standing)
    if invoice is not None:
        query = query.where(_is_about([invoice]))
    if corrected is not None:
        query = query.where(InvoiceCorrection.corrected.in_(corrected))
    return session.scalars(query.order_by(InvoiceCorrection.id).limit(limit)).all()


def corrections_about(session: Session, invoices: Collection[str]) -> Sequence[InvoiceCorrection]:
    """Corrections of these documents and those they make, by id."""
    query = select(InvoiceCorrection).where(_is_about(invoices)).order_by(InvoiceCorrection.id)
    return session.scalars(query.limit(MAX_PAGE * len(invoices))).all()


def _is_about(invoices: Collection[str]) -> ColumnElement[bool]:
    return or_(InvoiceCorrection.corrected.in_(invoices), InvoiceCorrection.correcting.in_(invoices))


def standing_on(session: Session, invoices: Collection[str]) -> Sequence[InvoiceCorrection]:
    """The corrections of these documents that count, oldest first."""
    query = select(InvoiceCorrection).where(
        InvoiceCorrection.corrected.in_(invoices), InvoiceCorrection.standing == Standing.STANDS.value
    )
    order = (InvoiceCorrection.created_at, InvoiceCorrection.id)
    return session.scalars(query.order_by(*order).limit(MAX_LINKS)).all()


def corrected_since(session: Session, invoices: Collection[str]) -> tuple[datetime, str]:
    """When the oldest correction of these documents that counts came, and its id. Raises NoResultFound."""
    query = select(InvoiceCorrection.created_at, InvoiceCorrection.id).where(
        InvoiceCorrection.corrected.in_(invoices), InvoiceCorrection.standing == Standing.STANDS.value
    )
    query = query.order_by(InvoiceCorrection.created_at, InvoiceCorrection.id).limit(1)
    created_at, correction_id = session.execute(past_sight(query)).one()
    return created_at, correction_id


def named(session: Session, names: Collection[str]) -> set[str]:
    """Which of these names corrections give that no person has decided yet: of those ``open_references`` has some."""
    wanted = sorted(names)
    return {
        one
        for start in range(0, len(wanted), _CHUNK)
        for one in session.scalars(_NAMED, {"names": wanted[start : start + _CHUNK]})
    }


_CHUNK = 500  # values in one query
_NAMED = (
    select(InvoiceCorrection.reference)
    .where(
        InvoiceCorrection.reference.in_(bindparam("names", expanding=True)),
        InvoiceCorrection.is_decided.is_(False),
    )
    .distinct()
)


def open_references(session: Session, names: Collection[str], party: int) -> Sequence[InvoiceCorrection]:
    """What names a document by any of these and no person has decided yet: a party's own, then others'."""
    return session.scalars(_OPEN_REFERENCES, {"names": list(names), "party": party}).all()


# Built once: it is asked for each document that comes in.
_OPEN_REFERENCES = (
    select(InvoiceCorrection)
    .where(
        InvoiceCorrection.reference.in_(bindparam("names", expanding=True)),
        InvoiceCorrection.is_decided.is_(False),
    )
    .order_by(InvoiceCorrection.party != bindparam("party"), InvoiceCorrection.id)
    .limit(MAX_LINKS)
)


def with_number(session: Session, number: str, *, party: int | None) -> Sequence[InvoiceRecord]:
    """Accepted documents under a normalized number, or an authority's id: a party's, or any seller's own."""
    is_named = or_(InvoiceRecord.number_plain == number, InvoiceRecord.official_plain == number)
    query = select(InvoiceRecord).where(is_named, InvoiceRecord.outcome.in_(ACCEPTED))
    whose = InvoiceRecord.scope == SELLERS_OWN if party is None else InvoiceRecord.uploader_party == party
    return session.scalars(query.where(whose).order_by(InvoiceRecord.id).limit(MAX_CANDIDATES)).all()


def decisions(session: Session, correction_id: str) -> Sequence[CorrectionDecision]:
    """What was decided about a correction, oldest first."""
    query = select(CorrectionDecision).where(CorrectionDecision.correction == correction_id)
    return session.scalars(query.order_by(CorrectionDecision.number).limit(MAX_PAGE)).all()


def last_decision(session: Session, correction_id: str) -> int:
    """The number of a correction's last decision; 0 before the first."""
    query = select(func.max(CorrectionDecision.number)).where(CorrectionDecision.correction == correction_id)
    return session.scalar(query) or 0
