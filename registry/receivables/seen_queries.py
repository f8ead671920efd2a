"""Pages of receivables that are found from a party's side, the viewer's or that of whoever is asked about: a page takes
looking at no more than a page of each kind."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import BindParameter, Select, and_, bindparam
from sqlalchemy.orm import Session, aliased

from registry.receivables.model import Receivable
from registry.storage.questions import Question, asked_within
from registry.storage.sight import Found, Viewer, first_keys, found_for

_MORE_THAN_A_PAGE = 201  # and the one that the page before ended with


def ids_of_page(
    session: Session, after: str, *, party: int | None = None, status: int | None = None
) -> list[str]:
    """The first ones from ``after`` on, more than a page has: of a party as obligor or originator, in a status. Either
    somebody's session, or of a party."""
    given = {name: one for name, one in (("party", party), ("status", status)) if one is not None}
    return [one.key for one in asked_within(session, _PAGES[frozenset(given)], after=after, **given)]


def _page(given: frozenset[str], viewer: Viewer | None) -> Select[str]:
    of = aliased(Receivable)
    party: BindParameter[int] = bindparam("party", 0)
    conditions = []
    if "status" in given:
        conditions.append(of.status == bindparam("status", 0))
    if "party" in given and viewer is not None:
        conditions.append((of.obligor == party) | (of.originator == party))
    kinds = _of_party() if viewer is None else found_for(Receivable, viewer)
    among = Found(of.id, and_(*conditions)) if conditions else None
    return first_keys(kinds, bindparam("after", ""), _MORE_THAN_A_PAGE, among)


def _of_party() -> Iterator[Found]:
    for side in (Receivable.obligor, Receivable.originator):
        yield Found(Receivable.id, side == bindparam("party", 0))


_PAGES = {
    given: Question(partial(_page, given))
    for given in map(frozenset[str], ((), ("party",), ("status",), ("party", "status")))
}
