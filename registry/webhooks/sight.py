"""A party sees where it wanted to be told and what was sent there; secrets nobody sees again."""

from sqlalchemy import ColumnElement, exists, select

from registry.storage.sight import Viewer, shows, shows_nobody
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookSecret

shows_nobody(WebhookSecret)


@shows(WebhookEndpoint)
def _own(viewer: Viewer) -> ColumnElement[bool]:
    return WebhookEndpoint.party == viewer.me


@shows(WebhookDelivery)
def _to_own(viewer: Viewer) -> ColumnElement[bool]:
    endpoint = WebhookEndpoint.__table__.alias()
    return exists(select(1).where(endpoint.c.id == WebhookDelivery.endpoint, endpoint.c.party == viewer.me))
