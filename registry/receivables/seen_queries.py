"""Which receivables a viewer sees, found from its side: a page of them takes looking at no more than a page."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, select, true
from sqlalchemy.orm import Session, aliased

from registry.receivables.model import Receivable
from registry.storage.questions import Question, asked_within
from registry.storage.sight import Viewer, keys_seen


def ids_seen(session: Session, after: str, limit: int, status: int | None = None) -> list[str]:
    """The first ``limit`` behind ``after``, and ``after`` itself where it is seen; in a status, or in any. Of a session
    that is somebody's."""
    if status is None:
        found = asked_within(session, _SEEN, after=after, limit=limit)
    else:
        found = asked_within(session, _SEEN_SO, after=after, limit=limit, status=status)
    return [one.key for one in found]


def _seen_by(viewer: Viewer | None, only: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> Select[str]:
    limit: BindParameter[int] = bindparam("limit", 1)
    return keys_seen(Receivable, viewer or Viewer(), bindparam("after", ""), limit + 1, only)


def _has_status(receivable: ColumnElement[str]) -> ColumnElement[bool]:
    of = aliased(Receivable)
    return exists(select(of.id).where(of.id == receivable, of.status == bindparam("status", 0)))


_SEEN = Question(partial(_seen_by, only=lambda _: true()))
_SEEN_SO = Question(partial(_seen_by, only=_has_status))
