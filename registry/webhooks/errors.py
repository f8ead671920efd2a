"""Refusals of the webhooks area."""

from registry.kit.errors import BadInput, Conflict, NotFound


class WebhookUrlRefused(BadInput):
    code = "webhook_url_refused"
    title = "Nothing is sent to this address"


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    title = "The party has as many webhooks as it may have"


class WebhookNotFound(NotFound):
    code = "webhook_not_found"
    title = "There is no such webhook"


class WebhookDeliveryNotFound(NotFound):
    code = "webhook_delivery_not_found"
    title = "There is no such delivery"


class WebhookDisabled(Conflict):
    code = "webhook_disabled"
    title = "The webhook is disabled"
