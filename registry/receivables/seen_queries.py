"""Which receivables a viewer sees, found from its side: a page of them takes looking at no more than a page."""

from sqlalchemy import Select, bindparam
from sqlalchemy.orm import Session, aliased

from registry.receivables.model import Receivable
from registry.storage.questions import Question, asked_within
from registry.storage.sight import Found, Viewer, keys_seen

_MORE_THAN_A_PAGE = 201  # and the one that the page before ended with


def ids_seen(session: Session, after: str, status: int | None = None) -> list[str]:
    """The first ones from ``after`` on, more than a page has; in a status, or in any. Of somebody's session."""
    if status is None:
        found = asked_within(session, _SEEN, after=after)
    else:
        found = asked_within(session, _SEEN_SO, after=after, status=status)
    return [one.key for one in found]


def _seen(viewer: Viewer | None) -> Select[str]:
    return _keys(viewer, None)


def _seen_so(viewer: Viewer | None) -> Select[str]:
    of = aliased(Receivable)
    return _keys(viewer, Found(of.id, of.status == bindparam("status", 0)))


def _keys(viewer: Viewer | None, among: Found | None) -> Select[str]:
    return keys_seen(Receivable, viewer or Viewer(), bindparam("after", ""), _MORE_THAN_A_PAGE, among)


_SEEN, _SEEN_SO = Question(_seen), Question(_seen_so)
