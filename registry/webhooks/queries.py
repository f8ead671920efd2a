"""Every SELECT of the webhooks area."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from registry.webhooks.errors import WebhookDeliveryNotFound, WebhookNotFound
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookSecret

MAX_PAGE = 200


def endpoint(session: Session, endpoint_id: str) -> WebhookEndpoint:
    """Raises WebhookNotFound."""
    found = session.get(WebhookEndpoint, endpoint_id)
    if found is None:
        raise WebhookNotFound(f"There is no webhook {endpoint_id}.", webhook=endpoint_id)
    return found


def endpoints(session: Session, after: str = "", limit: int = MAX_PAGE) -> Sequence[WebhookEndpoint]:
    """By id behind ``after``."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id > after).order_by(WebhookEndpoint.id)
    return session.scalars(query.limit(min(limit, MAX_PAGE))).all()


def endpoints_of(session: Session, parties: Collection[int]) -> Sequence[WebhookEndpoint]:
    """All of these parties', oldest id first; a party has a handful at most."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.party.in_(parties)).order_by(WebhookEndpoint.id)
    return session.scalars(query).all()


def count_of(session: Session, party: int) -> int:
    query = select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.party == party)
    return session.scalar(query) or 0


def secrets(session: Session, endpoint_id: str) -> Sequence[WebhookSecret]:
    """All that are kept of an endpoint, newest first."""
    query = select(WebhookSecret).where(WebhookSecret.endpoint == endpoint_id)
    return session.scalars(query.order_by(WebhookSecret.number.desc())).all()


def live_secrets(session: Session, endpoint_id: str, now: datetime) -> Sequence[bytes]:
    """What an endpoint's messages are signed with now, newest first."""
    query = select(WebhookSecret.secret).where(
        WebhookSecret.endpoint == endpoint_id,
        or_(WebhookSecret.ends_at.is_(None), WebhookSecret.ends_at > now),
    )
    return session.scalars(query.order_by(WebhookSecret.number.desc())).all()


def delivery(session: Session, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """Raises WebhookDeliveryNotFound."""
    found = find_delivery(session, delivery_id)
    if found is None or found.endpoint != endpoint_id:
        raise WebhookDeliveryNotFound(
            f"There is no delivery {delivery_id} to {endpoint_id}.", delivery=delivery_id
        )
    return found


def find_delivery(session: Session, delivery_id: str) -> WebhookDelivery | None:
    return session.scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id))


def deliveries(
    session: Session, endpoint_id: str, *, before: int | None = None, limit: int = MAX_PAGE
) -> Sequence[WebhookDelivery]:
    """An endpoint's, newest first; those written before position ``before``."""
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint == endpoint_id)
    if before is not None:
        query = query.where(WebhookDelivery.position < before)
    return session.scalars(query.order_by(WebhookDelivery.position.desc()).limit(min(limit, MAX_PAGE))).all()


def due(
    session: Session, now: datetime, *, busy: Collection[str], limit: int
) -> Sequence[tuple[WebhookDelivery, WebhookEndpoint]]:
    """What is to be tried now, longest due first, one of each endpoint that is not ``busy``: of a slow receiver's
    many messages none stands in another's way."""
    other = aliased(WebhookDelivery)
    first = (
        select(other.position)
        .where(other.endpoint == WebhookEndpoint.id, other.next_attempt_at <= now)
        .order_by(other.next_attempt_at, other.position)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint)
        .where(
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEndpoint.id.not_in(busy),
            WebhookDelivery.position == first,
        )
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.position)
    )
    return [(one, to) for one, to in session.execute(query.limit(limit))]


def forget_deliveries(session: Session, endpoint_id: str, made_before: datetime) -> None:
    """Of those at their end."""
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.endpoint == endpoint_id,
            WebhookDelivery.next_attempt_at.is_(None),
            WebhookDelivery.made_at < made_before,
        )
    )


def forget_endpoint(session: Session, endpoint_id: str) -> None:
    """With all that was sent to it, and its secrets."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.endpoint == endpoint_id))
    session.execute(delete(WebhookSecret).where(WebhookSecret.endpoint == endpoint_id))
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))
