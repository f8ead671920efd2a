"""Records as they are shown, with all that stands beside them, each by one statement."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from registry.mirror.model import MirrorCursor
from registry.mirror.queries import CURSOR_ID
from registry.parties.model import PartyProfile
from registry.receivables.model import Lot, Receivable
from registry.relay.model import Act
from registry.relay.queries import UNFINISHED
from registry.storage.questions import Question
from registry.storage.sight import Found, Viewer, first_keys, found_for


def _unfinished(about: ColumnElement[str]) -> ScalarSelect[int | None]:
    """The place of the act on a record that is on its way, the first if a reorganization left several."""
    act = aliased(Act)
    wanted = select(func.min(act.position)).where(act.about == about, act.status.in_(UNFINISHED))
    return wanted.scalar_subquery()


def _lots(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    holder, peer, obligor = aliased(PartyProfile), aliased(PartyProfile), aliased(PartyProfile)
    final = select(MirrorCursor.final_number).where(MirrorCursor.id == CURSOR_ID).scalar_subquery()
    return (
        select(
            Lot.id,
            Lot.receivable,
            Lot.parent,
            Lot.holder,
            Lot.peer,
            Lot.amount,
            Lot.until,
            Lot.seq,
            Lot.hops,
            Lot.status,
            Lot.block_number,
            Receivable.currency,
            Receivable.obligor,
            Receivable.maturity,
            holder.name.label("holder_name"),
            peer.name.label("peer_name"),
            obligor.name.label("obligor_name"),
            Act.id.label("act"),
            Act.status.label("act_status"),
            final.label("final"),
        )
        .join(Receivable, Receivable.id == Lot.receivable)
        .outerjoin(holder, holder.number == Lot.holder)
        .outerjoin(peer, peer.number == Lot.peer)
        .outerjoin(obligor, obligor.number == Receivable.obligor)
        .outerjoin(Act, Act.position == _unfinished(literal("lot:") + Lot.id))
        .where(*wanted)
    )


# What a page is asked for at most, and one more that says whether another follows.
MAX_LOTS = 101


def _page_seen(viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
    """Of all lots that the viewer sees, receivable by receivable, as their keys have it: so they are found from the
    viewer's side. Whoever sees all gets them by id.
    As many as a page has at most: of a limit that comes later a prepared plan takes a tenth of all for granted."""
    if viewer is None:
        return _by_id()
    before, lot = Lot.__table__.alias(), Lot.__table__.alias()
    after: BindParameter[str] = bindparam("after", "")
    last = func.coalesce(select(before.c.receivable).where(before.c.id == after).scalar_subquery(), "")
    seen = first_keys(
        found_for(Receivable, viewer), last, MAX_LOTS + 1, among=Found(lot.c.receivable, true())
    )
    return (
        _lots(Lot.receivable.in_(seen), tuple_(Lot.receivable, Lot.id) > tuple_(last, after))
        .order_by(Lot.receivable, Lot.id)
        .limit(literal_column(str(MAX_LOTS), Integer))
    )


def _by_id(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    after = Lot.id > bindparam("after", "")
    return _lots(after, *wanted).order_by(Lot.id).limit(bindparam("limit", 1))


_HELD, _OF = Lot.holder == bindparam("holder", 0), Lot.receivable == bindparam("receivable", "")

# Of one value, ``lot``.
LOT = Question(_lots(Lot.id == bindparam("lot", "")))
# By what is asked for beside ``after`` and ``limit``; of all that a viewer sees they may be more, up to ``MAX_LOTS``.
LOTS = {
    frozenset[str](): Question(_page_seen),
    frozenset({"holder"}): Question(_by_id(_HELD)),
    frozenset({"receivable"}): Question(_by_id(_OF)),
    frozenset({"holder", "receivable"}): Question(_by_id(_HELD, _OF)),
}
