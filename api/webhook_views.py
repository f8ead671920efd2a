"""How webhooks and what was sent to them look from outside. Secrets are not among what they have."""

from api.access_views import ended, moment
from api.views import View
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint


def endpoint(record: WebhookEndpoint) -> View:
    return {
        "id": record.id,
        "party": record.party or None,
        "url": record.url,
        "kinds": record.kinds,
        "made_by": record.made_by,
        "made_at": moment(record.made_at),
        "disabled_at": ended(record.disabled_at),
        "disabled_because": record.disabled_because,
    }


def delivery(record: WebhookDelivery) -> View:
    return {
        "id": record.id,
        "webhook": record.endpoint,
        "kind": record.kind,
        "state": record.state,
        "body": record.body,
        "made_at": moment(record.made_at),
        "attempts": record.attempts,
        "attempted_at": ended(record.attempted_at),
        "next_attempt_at": ended(record.next_attempt_at),
        "delivered_at": ended(record.delivered_at),
        "status_code": record.status_code,
        "failure": record.failure,
    }
