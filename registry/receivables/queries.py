"""Every SELECT of the receivables area."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from registry.chain.words import LotStatus, PartyFlag, ReceivableStatus
from registry.receivables.errors import AmbiguousId, LotNotFound, ReceivableNotFound
from registry.receivables.model import (
    Draft,
    DraftInvoice,
    InvoiceUse,
    Lot,
    LotHop,
    Obligation,
    Reason,
    Receivable,
    ReceivableInvoice,
)
from registry.receivables.seen_queries import ids_of_page
from registry.relay.model import Act, ActStatus
from registry.relay.queries import UNFINISHED
from registry.storage.sight import Found, first_keys, viewer_of

MAX_PAGE = 200
MAX_HOPS_SHOWN = 10_000
MAX_ANCESTORS = 256


def draft(session: Session, receivable: str) -> Draft:
    """Raises ReceivableNotFound."""
    found = session.get(Draft, receivable)
    if found is None:
        raise ReceivableNotFound(
            f"No receivable {receivable} was prepared here; prepare it first.", receivable=receivable
        )
    return found


def registered_act(session: Session, receivable: str) -> str | None:
    """The id of the act that a receivable was handed in with, alone or in a batch; None where it came past this
    registry."""
    return session.scalar(select(Draft.registered_act).where(Draft.receivable == receivable))


def draft_invoices(session: Session, receivable: str) -> Sequence[DraftInvoice]:
    return session.scalars(
        select(DraftInvoice).where(DraftInvoice.receivable == receivable).order_by(DraftInvoice.invoice)
    ).all()


def receivable(session: Session, receivable_id: str) -> Receivable:
    """What the chain says of a receivable. Raises ReceivableNotFound."""
    found = session.get(Receivable, receivable_id)
    if found is None:
        raise ReceivableNotFound(
            f"There is no receivable {receivable_id} on the chain (yet). If it was just registered, wait for its block.",
            receivable=receivable_id,
        )
    return found


def receivables(
    session: Session,
    *,
    party: int | None = None,
    status: int | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[Receivable]:
    """Receivables by id behind ``after``: of a party as obligor or originator, in a status."""
    query = select(Receivable).where(Receivable.id > after)
    if party is not None or viewer_of(session) is not None:
        query = query.where(Receivable.id.in_(ids_of_page(session, after, party=party, status=status)))
    elif status is not None:
        query = query.where(Receivable.status == status)
    return session.scalars(query.order_by(Receivable.id).limit(min(limit, MAX_PAGE))).all()


def invoices_drafted(session: Session, receivables: Collection[str]) -> dict[str, list[tuple[str, int]]]:
    """Receivable → the ids of the invoices behind it and how much of each, where this registry knows them."""
    query = select(DraftInvoice).where(DraftInvoice.receivable.in_(receivables))
    found: dict[str, list[tuple[str, int]]] = {}
    for row in session.scalars(query.order_by(DraftInvoice.receivable, DraftInvoice.invoice)):
        found.setdefault(row.receivable, []).append((row.invoice, row.amount_minor))
    return found


def reason(session: Session, record: Receivable) -> Reason | None:
    """The words of the reason given last for a receivable, where they were given to this registry."""
    return session.get(Reason, (record.id, record.reason)) if record.reason else None


def lot(session: Session, lot_id: str) -> Lot:
    """Raises LotNotFound."""
    found = session.get(Lot, lot_id)
    if found is None:
        raise no_lot(lot_id)
    return found


def no_lot(lot_id: str) -> LotNotFound:
    return LotNotFound(f"There is no lot {lot_id}. See `counterfoil lot list`.", lot=lot_id)


def full_lot_id(session: Session, prefix: str) -> str:
    """The one lot whose id begins with these hex digits (at least 6). Raises LotNotFound, AmbiguousId."""
    found = session.scalars(
        select(Lot.id).where(Lot.id >= prefix, Lot.id < prefix + "g").order_by(Lot.id).limit(2)
    ).all()
    if not found:
        raise LotNotFound(f"There is no lot {prefix}. See `counterfoil lot list`.", lot=prefix)
    if len(found) > 1:
        raise AmbiguousId(f"Several lots begin with {prefix}; give more digits.", prefix=prefix)
    return found[0]


def with_fingerprints(session: Session, fingerprints: list[str], limit: int) -> Sequence[str]:
    """Ids of the receivables whose registration named any of these invoices."""
    wanted = select(ReceivableInvoice.receivable).where(ReceivableInvoice.fingerprint.in_(fingerprints))
    return session.scalars(wanted.distinct().order_by(ReceivableInvoice.receivable).limit(limit)).all()


def lots(
    session: Session,
    *,
    holder: int | None = None,
    receivable_id: str | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[Lot]:
    """Lots by id behind ``after``, of a holder or a receivable."""
    query = select(Lot).where(Lot.id > after)
    if holder is not None:
        query = query.where(Lot.holder == holder)
    if receivable_id is not None:
        query = query.where(Lot.receivable == receivable_id)
    return session.scalars(query.order_by(Lot.id).limit(min(limit, MAX_PAGE))).all()


def claims_of(
    session: Session, funder: int, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[tuple[Lot, Receivable]]:
    """What a party is paid for: lots it holds or has in pledge, unpaid, by id behind ``after``."""
    query = select(Lot, Receivable).join(Receivable, Receivable.id == Lot.receivable)
    query = query.where(*_claimed_by(funder), Lot.id > after).order_by(Lot.id)
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def claim_totals_of(session: Session, funder: int) -> list[tuple[int, int, int, int, int]]:
    """The same added up by ``(obligor, currency, maturity)``, with amount and number of lots behind."""
    keys = (Receivable.obligor, Receivable.currency, Receivable.maturity)
    query = select(*keys, func.sum(Lot.amount), func.count()).join(
        Receivable, Receivable.id == Lot.receivable
    )
    rows = session.execute(query.where(*_claimed_by(funder)).group_by(*keys).order_by(*keys))
    return [tuple(map(int, row)) for row in rows]  # type: ignore[misc]


def _claimed_by(funder: int) -> tuple[ColumnElement[bool], ...]:
    is_pledgee = (Lot.peer == funder) & (Lot.status == int(LotStatus.PLEDGED))
    is_title = (Lot.holder == funder) & (Lot.status != int(LotStatus.PLEDGED))
    return is_pledgee | is_title, Lot.status != int(LotStatus.REDEEMED)


def locked_for(session: Session, funder: int, *, after: str = "", limit: int = MAX_PAGE) -> Sequence[Lot]:
    """Lots that their holders locked for a funder, by id behind ``after``."""
    query = select(Lot).where(Lot.peer == funder, Lot.status == int(LotStatus.LOCKED), Lot.id > after)
    return session.scalars(query.order_by(Lot.id).limit(min(limit, MAX_PAGE))).all()


def hops(session: Session, lot_id: str) -> Sequence[LotHop]:
    """A lot's acts in chain order."""
    query = select(LotHop).where(LotHop.lot == lot_id).order_by(LotHop.block_number, LotHop.log_index)
    return session.scalars(query.limit(MAX_HOPS_SHOWN)).all()


def hops_behind(session: Session, block_number: int, kinds: Iterable[str]) -> Sequence[LotHop]:
    """Acts of these kinds on any lot, in blocks behind this one, in chain order."""
    query = select(LotHop).where(LotHop.kind.in_(list(kinds)), LotHop.block_number > block_number)
    return session.scalars(query.order_by(LotHop.block_number, LotHop.log_index)).all()


def hop_before(session: Session, hop: LotHop) -> LotHop | None:
    """The act on a lot before this one; before a part's first, its parent's split. None for a confirmation."""
    is_earlier = (LotHop.block_number < hop.block_number) | (
        (LotHop.block_number == hop.block_number) & (LotHop.log_index < hop.log_index)
    )
    query = select(LotHop).where(LotHop.lot == hop.lot, is_earlier)
    found = session.scalar(query.order_by(LotHop.block_number.desc(), LotHop.log_index.desc()).limit(1))
    if found is None and hop.detail is not None:
        return session.get(LotHop, (hop.detail, hop.block_number, hop.log_index))
    return found


def payable_lots(session: Session, obligor: int, first: int, end: int) -> Sequence[tuple[Lot, Receivable]]:
    """What an obligor still owes on confirmed receivables that mature from ``first`` until before ``end``
    (seconds), by lot's id."""
    query = (
        select(Lot, Receivable)
        .join(Receivable, Receivable.id == Lot.receivable)
        .where(
            Receivable.obligor == obligor,
            Receivable.status == int(ReceivableStatus.CONFIRMED),
            Receivable.maturity >= first,
            Receivable.maturity < end,
            Lot.status != int(LotStatus.REDEEMED),
        )
    )
    return [(row.Lot, row.Receivable) for row in session.execute(query.order_by(Lot.id))]


def days_owed(
    session: Session, obligor: int, *, after: tuple[int, int] = (0, 0), limit: int = MAX_PAGE
) -> list[tuple[int, int, int, int]]:
    """``(maturity, currency, amount, lots)`` of what an obligor still owes, earliest first, behind ``after`` =
    (maturity as block time, currency)."""
    keys = (Receivable.maturity, Receivable.currency)
    query = select(*keys, func.sum(Lot.amount), func.count()).join(Lot, Lot.receivable == Receivable.id)
    query = query.where(
        Receivable.obligor == obligor,
        Receivable.status == int(ReceivableStatus.CONFIRMED),
        tuple_(*keys) > after,
        Lot.amount > 0,
    )
    rows = session.execute(query.group_by(*keys).order_by(*keys).limit(min(limit, MAX_PAGE)))
    return [(int(at), int(numeric), int(total), int(lots)) for at, numeric, total, lots in rows]


def ancestors(session: Session, lot_id: str) -> list[Lot]:
    """The lot, its parent, and so on up to the root lot."""
    line = [lot(session, lot_id)]
    while line[-1].parent is not None and len(line) < MAX_ANCESTORS:
        line.append(lot(session, line[-1].parent))
    return line


def obligation(session: Session, obligor: int, currency: int) -> Obligation | None:
    return session.get(Obligation, (obligor, currency))


def obligations(session: Session, obligor: int) -> Sequence[Obligation]:
    return session.scalars(
        select(Obligation).where(Obligation.obligor == obligor).order_by(Obligation.currency)
    ).all()


def used_on_chain(session: Session, fingerprints: Collection[str]) -> dict[str, int]:
    """Fingerprint → how much the chain says is used under it; 0 where none is. Of an invoice that is the most under any
    of its own."""
    query = select(InvoiceUse.fingerprint, InvoiceUse.used).where(InvoiceUse.fingerprint.in_(fingerprints))
    return dict.fromkeys(fingerprints, 0) | {row.fingerprint: row.used for row in session.execute(query)}


def use_of(session: Session, fingerprints: list[str]) -> tuple[int, int]:
    """How much of an invoice the chain says is used, and by how many receivables, by any of its fingerprints."""
    query = select(func.max(InvoiceUse.used), func.max(InvoiceUse.uses))
    used, uses = session.execute(query.where(InvoiceUse.fingerprint.in_(fingerprints))).one()
    return used or 0, uses or 0


def used_by_waiting_drafts(session: Session, invoice: str, unfinished_acts: Sequence[str]) -> int:
    """Of an invoice, what drafts take whose registration is on its way and not yet on the chain."""
    query = (
        select(func.coalesce(func.sum(DraftInvoice.amount_minor), 0))
        .join(Draft, Draft.receivable == DraftInvoice.receivable)
        .outerjoin(Receivable, Receivable.id == Draft.receivable)
        .where(
            DraftInvoice.invoice == invoice,
            Draft.registered_act.in_(unfinished_acts),
            Receivable.id.is_(None),
        )
    )
    return int(session.scalar(query) or 0)


def invoices_in_use() -> Select[str]:
    """Ids of the invoices behind what was prepared here, is registered or confirmed and not paid in full: to be
    asked within another query."""
    live = (int(ReceivableStatus.REGISTERED), int(ReceivableStatus.CONFIRMED))
    query = select(DraftInvoice.invoice).join(Receivable, Receivable.id == DraftInvoice.receivable)
    return query.where(Receivable.status.in_(live), Receivable.settled < Receivable.face)


def registered_invoices(session: Session, receivable_id: str) -> Sequence[ReceivableInvoice]:
    query = select(ReceivableInvoice).where(ReceivableInvoice.receivable == receivable_id)
    return session.scalars(query.order_by(ReceivableInvoice.place, ReceivableInvoice.fingerprint)).all()


def later_fingerprints(session: Session, receivable_id: str) -> list[list[str]]:
    """Per invoice of a receivable, in order: fingerprints that later registrations added to it."""
    named = registered_invoices(session, receivable_id)
    places: dict[int, list[str]] = {}
    for row in named:
        places.setdefault(row.place, []).append(row.fingerprint)
    added: list[list[str]] = []
    for place in sorted(places):
        word = session.get(InvoiceUse, places[place][0])
        if word is None:
            added.append([])
            continue
        alike = session.scalars(
            select(InvoiceUse.fingerprint)
            .where(InvoiceUse.receivable == word.receivable, InvoiceUse.place == word.place)
            .order_by(InvoiceUse.fingerprint)
        )
        added.append([one for one in alike if one not in places[place]])
    return added


def overdue_since(session: Session, obligor: int, today: int) -> int | None:
    """The earliest maturity before ``today`` (block times) at which the obligor left a confirmed receivable
    unpaid; suspended ones aside, whether it owes them is being looked into."""
    query = select(func.min(Receivable.maturity)).where(Receivable.obligor == obligor, *_overdue(today))
    return session.scalar(query)


def overdue_obligors(
    session: Session, today: int, *, after: int = 0, limit: int = MAX_PAGE
) -> dict[int, tuple[int, int]]:
    """Obligor → ``overdue_since`` and how many receivables, of those with any; by number behind ``after``."""
    query = (
        select(Receivable.obligor, func.min(Receivable.maturity), func.count())
        .where(Receivable.obligor > after, *_overdue(today))
        .group_by(Receivable.obligor)
        .order_by(Receivable.obligor)
    )
    rows = session.execute(query.limit(min(limit, MAX_PAGE)))
    return {int(obligor): (int(since), int(number)) for obligor, since, number in rows}


def overdue_amounts(session: Session, today: int, obligors: Collection[int]) -> dict[int, dict[int, int]]:
    """Obligor → currency → what is overdue, in minor units."""
    query = (
        select(Receivable.obligor, Receivable.currency, func.sum(Receivable.face - Receivable.settled))
        .where(Receivable.obligor.in_(obligors), *_overdue(today))
        .group_by(Receivable.obligor, Receivable.currency)
        .order_by(Receivable.obligor, Receivable.currency)
    )
    found: dict[int, dict[int, int]] = {}
    for obligor, currency, amount in session.execute(query):
        found.setdefault(int(obligor), {})[int(currency)] = int(amount)
    return found


def _overdue(today: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Receivable.status == int(ReceivableStatus.CONFIRMED),
        Receivable.maturity < today,
        Receivable.settled < Receivable.face,
        Receivable.flags.bitwise_and(int(PartyFlag.FROZEN)) == 0,
    )


def counts(session: Session) -> dict[str, int]:
    """How many receivables and lots there are."""
    return {
        "receivables": session.scalar(select(func.count()).select_from(Receivable)) or 0,
        "lots": session.scalar(select(func.count()).select_from(Lot)) or 0,
    }


def drafts(
    session: Session, *, originator: int | None = None, after: str = "", limit: int = MAX_PAGE
) -> Sequence[Draft]:
    """What was prepared and is not on the ledger, by id behind ``after``."""
    limit = min(limit, MAX_PAGE)
    query = select(Draft).outerjoin(Receivable, Receivable.id == Draft.receivable)
    query = query.where(Draft.receivable > after, Receivable.id.is_(None))
    if originator is not None:
        query = query.where(Draft.originator == originator)
    elif viewer_of(session) is None:
        query = query.where(Draft.receivable.in_(first_keys(_unregistered(), literal(after), limit + 1)))
    return session.scalars(query.order_by(Draft.receivable).limit(limit)).all()


def _unregistered() -> Iterator[Found]:
    """Drafts that no act has brought to the ledger: by their own order, those that are on it would be passed over."""
    draft, receivable = aliased(Draft), aliased(Receivable)
    is_absent = ~exists(select(1).where(receivable.id == draft.receivable))
    yield Found(draft.receivable, and_(draft.registered_act.is_(None), is_absent))
    elsewhere = select(Act.id).where(Act.status.in_((*UNFINISHED, ActStatus.REFUSED)))
    yield Found(draft.receivable, and_(draft.registered_act.in_(elsewhere), is_absent))


def receivables_like(session: Session, prefix: str, limit: int) -> Sequence[Receivable]:
    """Receivables whose id (0x hex) begins so, by id."""
    query = select(Receivable).where(Receivable.id >= prefix, Receivable.id < prefix + "g")
    return session.scalars(query.order_by(Receivable.id).limit(limit)).all()


def lots_like(session: Session, prefix: str, limit: int) -> Sequence[Lot]:
    """Lots whose id (0x hex) begins so, by id."""
    query = select(Lot).where(Lot.id >= prefix, Lot.id < prefix + "g")
    return session.scalars(query.order_by(Lot.id).limit(limit)).all()
