"""A party's account, or the operator for itself, says where messages go."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.use_cases import require_decider
from registry.relay.context import Context
from registry.webhooks import queries
from registry.webhooks.addresses import target
from registry.webhooks.announcing import News, message
from registry.webhooks.errors import TooManyWebhooks, WebhookDisabled, WebhookNotFound
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookSecret
from registry.webhooks.rules import SECRET_BYTES, Ending, Kind, shown_secret

MAX_ENDPOINTS = 10
OVERLAP = timedelta(hours=24)  # how long the former secret is good beside a new one


def add_endpoint(
    context: Context, by: Actor, url: str, kinds: Sequence[Kind] = (), *, allows_loopback: bool = False
) -> tuple[str, WebhookEndpoint]:
    """The secret, which is shown once, and the endpoint. ``kinds``: of what it wants to be told, empty for everything,
    what may be added later too.

    Raises Forbidden, WebhookUrlRefused, TooManyWebhooks.
    """
    require_decider(by)
    target(url, allows_loopback=allows_loopback)
    party = owner(by)
    endpoint = WebhookEndpoint(
        id=context.new_id("whk"),
        party=party,
        url=url,
        kinds=sorted(set(kinds)),
        made_by=by.person,
        made_at=context.clock.now(),
        disabled_at=None,
        disabled_because=None,
    )
    secret = context.random(SECRET_BYTES)
    with context.database.write() as session:
        if queries.count_of(session, party) >= MAX_ENDPOINTS:
            raise TooManyWebhooks(f"Remove one first: {MAX_ENDPOINTS} is the most.", most=MAX_ENDPOINTS)
        session.add(endpoint)
        session.flush()
        session.add(WebhookSecret(endpoint=endpoint.id, number=1, secret=secret, ends_at=None))
    return shown_secret(secret), endpoint


def rotate_secret(context: Context, by: Actor, endpoint_id: str) -> tuple[str, WebhookEndpoint]:
    """A new secret, shown once. For 24 hours messages are signed with the former one too; what was before both ends
    at once. Raises Forbidden, WebhookNotFound."""
    secret, now = context.random(SECRET_BYTES), context.clock.now()
    with context.database.write() as session:
        endpoint = _own(session, by, endpoint_id)
        newest, *older = queries.secrets(session, endpoint.id)
        for one in older:
            session.delete(one)
        newest.ends_at = now + OVERLAP
        session.add(
            WebhookSecret(endpoint=endpoint.id, number=newest.number + 1, secret=secret, ends_at=None)
        )
    return shown_secret(secret), endpoint


def disable_endpoint(context: Context, by: Actor, endpoint_id: str) -> WebhookEndpoint:
    """Nothing is written for it or sent from here on; what waits is kept. Raises Forbidden, WebhookNotFound."""
    with context.database.write() as session:
        endpoint = _own(session, by, endpoint_id)
        if endpoint.disabled_at is None:
            endpoint.disabled_at, endpoint.disabled_because = context.clock.now(), Ending.OWNER
    return endpoint


def enable_endpoint(context: Context, by: Actor, endpoint_id: str) -> WebhookEndpoint:
    """What waited goes on, in the order it was due; what had failed for good is sent again by hand. Raises Forbidden,
    WebhookNotFound."""
    with context.database.write() as session:
        endpoint = _own(session, by, endpoint_id)
        endpoint.disabled_at = endpoint.disabled_because = None
    return endpoint


def remove_endpoint(context: Context, by: Actor, endpoint_id: str) -> None:
    """With all that was or is to be sent to it. Raises Forbidden, WebhookNotFound."""
    with context.database.write() as session:
        queries.forget_endpoint(session, _own(session, by, endpoint_id).id)


def send_test(context: Context, by: Actor, endpoint_id: str) -> WebhookDelivery:
    """A message that tells of nothing. Raises Forbidden, WebhookNotFound, WebhookDisabled."""
    with context.database.write() as session:
        endpoint = _own(session, by, endpoint_id)
        _require_enabled(endpoint)
        news = News(Kind.TEST, endpoint.id, f"/webhooks/{endpoint.id}/deliveries", frozenset())
        sent = message(endpoint, news, context.clock, context.new_id)
        session.add(sent)
    return sent


def redeliver(context: Context, by: Actor, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """Send a message again, under its own id, at once and with all attempts before it: one that was given up, waits,
    or was taken already. Raises Forbidden, WebhookNotFound, WebhookDeliveryNotFound, WebhookDisabled."""
    with context.database.write() as session:
        endpoint = _own(session, by, endpoint_id)
        _require_enabled(endpoint)
        found = queries.delivery(session, endpoint.id, delivery_id)
        found.attempts, found.delivered_at = 0, None
        found.next_attempt_at = context.clock.now()
    return found


def _own(session: Session, by: Actor, endpoint_id: str) -> WebhookEndpoint:
    endpoint = queries.endpoint(session, endpoint_id)
    if endpoint.party != owner(by):  # of another's it is not said that it is there
        raise WebhookNotFound(f"You have no webhook {endpoint_id}.", webhook=endpoint_id)
    require_decider(by)
    return endpoint


def owner(by: Actor) -> int:
    """The party whose webhooks somebody decides on; 0 for the operator's."""
    return 0 if by.is_operator else by.party


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.disabled_at is not None:
        raise WebhookDisabled("Enable it first.", webhook=endpoint.id)
