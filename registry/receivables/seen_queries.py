"""Which receivables a viewer sees, found from its side: a page of them takes looking at no more than a page."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, true
from sqlalchemy.orm import Session, aliased

from registry.receivables.model import Receivable
from registry.storage.questions import Question, asked_within
from registry.storage.sight import Viewer, keys_seen

_MORE_THAN_A_PAGE = 201  # and the one that the page before ended with


def ids_seen(session: Session, after: str, status: int | None = None) -> list[str]:
    """The first ones from ``after`` on, more than a page has; in a status, or in any. Of somebody's session."""
    if status is None:
        found = asked_within(session, _SEEN, after=after)
    else:
        found = asked_within(session, _SEEN_SO, after=after, status=status)
    return [one.key for one in found]


def _seen_by(viewer: Viewer | None, only: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> Select[str]:
    return keys_seen(Receivable, viewer or Viewer(), bindparam("after", ""), _MORE_THAN_A_PAGE, only)


def _has_status(receivable: ColumnElement[str]) -> ColumnElement[bool]:
    of = aliased(Receivable)
    return exists(select(of.id).where(of.id == receivable, of.status == bindparam("status", 0)))


_SEEN = Question(partial(_seen_by, only=lambda _: true()))
_SEEN_SO = Question(partial(_seen_by, only=_has_status))
