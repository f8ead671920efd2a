"""What is told is told by the records themselves: whatever writes a notice or ends an act announces it by that.

Asked before each flush of a unit of work, so that messages are written with what they tell of or not at all, and no
use case has to remember them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from registry.kit.clock import Clock
from registry.notices.model import CorrectionWarning, Notice
from registry.relay.model import Act, ActStatus
from registry.webhooks import queries
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.webhooks.rules import Ending, Kind, body

_OF_ACTS = {
    ActStatus.INCLUDED: Kind.ACT_INCLUDED,
    ActStatus.REFUSED: Kind.ACT_REFUSED,
    ActStatus.ORPHANED: Kind.ACT_ORPHANED,
}


@dataclass(frozen=True)
class News:
    """One event: of which record, read at ``path`` under ``/v1``, and the parties it reaches (0: the operator)."""

    kind: Kind
    id: str
    path: str
    parties: frozenset[int]


def announce(session: Session, clock: Clock, ids: Callable[[str], str]) -> None:
    """Write a message to each endpoint of whom it reaches, of all that is about to be written here."""
    found = [one for record in (*session.new, *session.dirty) for one in _news_of(record)]
    if not found:
        return
    everybody = frozenset[int]().union(*(one.parties for one in found))
    endpoints = [one for one in queries.endpoints_of(session, everybody) if one.disabled_at is None]
    for one in found:
        for to in endpoints:
            if to.party in one.parties and (not to.kinds or one.kind in to.kinds):
                session.add(message(to, one, clock, ids))


def message(to: WebhookEndpoint, news: News, clock: Clock, ids: Callable[[str], str]) -> WebhookDelivery:
    """What tells an endpoint, to be sent at once. No more than an id and where to read the rest: whoever reads it
    there sees what it may see then."""
    now = clock.now()
    return WebhookDelivery(
        id=ids("msg"),
        endpoint=to.id,
        kind=news.kind,
        body=body(news.kind, now, {"id": news.id, "path": f"/v1{news.path}"}),
        made_at=now,
        attempts=0,
        attempted_at=None,
        next_attempt_at=now,
        delivered_at=None,
        status_code=None,
        failure=None,
    )


def _news_of(record: object) -> Iterator[News]:
    match record:
        case Notice():
            yield from _of_notice(record)
        case CorrectionWarning() if inspect(record).pending:
            path = f"/correction-warnings/{record.id}"
            yield News(Kind.CORRECTION_WARNED, record.id, path, frozenset({record.party}))
        case Act() if _becomes(record, "status", _OF_ACTS):
            whom = frozenset({record.actor, record.requester})
            yield News(_OF_ACTS[ActStatus(record.status)], record.id, f"/acts/{record.id}", whom)
        case WebhookEndpoint() if _becomes(record, "disabled_because", (Ending.GONE, Ending.EXHAUSTED)):
            whom = frozenset({record.party})
            yield News(Kind.WEBHOOK_DISABLED, record.id, f"/webhooks/{record.id}/deliveries", whom)


def _of_notice(one: Notice) -> Iterator[News]:
    path = f"/notices/{one.id}"
    if inspect(one).pending:
        yield News(Kind.NOTICE_ARRIVED, one.id, path, frozenset({one.obligor, one.assignee}))
    elif one.is_withdrawn and _becomes(one, "withdrawn_at"):
        yield News(Kind.NOTICE_WITHDRAWN, one.id, path, frozenset({one.obligor, one.assignee}))
    elif one.acknowledged_at is not None and _becomes(one, "acknowledged_at"):
        yield News(Kind.NOTICE_ACKNOWLEDGED, one.id, path, frozenset({one.obligor, one.assignee}))


def _becomes(record: object, column: str, values: Iterable[Any] | None = None) -> bool:
    """Whether a column of a record that stood before gets another value now, one of ``values`` where given."""
    state = inspect(record, raiseerr=True)
    added = state.attrs[column].history.added
    return bool(state.persistent and added) and (values is None or added[0] in values)
