"""Where a party's own servers are told what reaches it here (Standard Webhooks)."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from api import webhook_views as views
from api.deps import ActorDep, ContextDep, ServiceDep
from api.v1 import webhook_shapes as shapes
from api.v1.access_shapes import DoneOut
from api.v1.documented import problems
from api.v1.fields import After, Body, Limit, Position, RecordId
from api.v1.strict import area
from api.views import View
from registry.webhooks import queries
from registry.webhooks.addresses import MAX_URL_CHARS
from registry.webhooks.errors import (
    TooManyWebhooks,
    WebhookDeliveryNotFound,
    WebhookDisabled,
    WebhookNotFound,
    WebhookUrlRefused,
)
from registry.webhooks.rules import Kind
from registry.webhooks.use_cases import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    redeliver,
    remove_endpoint,
    rotate_secret,
    send_test,
)

router = area("webhooks")

WebhookInPath = Annotated[RecordId, Path(description="A webhook's id")]


class WebhookIn(Body):
    url: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_URL_CHARS)]
    kinds: Annotated[
        list[Kind],
        Field(
            max_length=len(Kind), description="Of what to tell; empty for everything, also what comes later"
        ),
    ] = []  # noqa: RUF012 - pydantic copies it


@router.get(
    "/webhooks", response_model=shapes.WebhookPage, responses=problems(), summary="Your party's webhooks"
)
def list_webhooks(context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.endpoints(session, after=after, limit=limit + 1)
    items = [views.endpoint(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/webhooks",
    status_code=201,
    response_model=shapes.NewWebhookOut,
    responses=problems(WebhookUrlRefused, TooManyWebhooks),
    summary="Have a server told",
)
def add_webhook(body: WebhookIn, context: ContextDep, actor: ActorDep, service: ServiceDep) -> View:
    """Your party's account decides; the operator makes its own. The secret is in this answer and nowhere else.
    Only https, and only to addresses on the internet."""
    secret, made = add_endpoint(
        context, actor, body.url, body.kinds, allows_loopback=service.settings.webhook_loopback
    )
    return {"secret": secret, "webhook": views.endpoint(made)}


@router.post(
    "/webhooks/{webhook}/rotate",
    response_model=shapes.NewWebhookOut,
    responses=problems(WebhookNotFound),
    summary="Make a new secret",
)
def rotate_webhook(webhook: WebhookInPath, context: ContextDep, actor: ActorDep) -> View:
    """Shown in this answer only. For 24 hours messages carry a signature by the former secret too."""
    secret, of = rotate_secret(context, actor, webhook)
    return {"secret": secret, "webhook": views.endpoint(of)}


@router.post(
    "/webhooks/{webhook}/disable",
    response_model=shapes.WebhookOut,
    responses=problems(WebhookNotFound),
    summary="Send nothing more for now",
)
def disable_webhook(webhook: WebhookInPath, context: ContextDep, actor: ActorDep) -> View:
    """What happens meanwhile is not sent later; what waits is kept."""
    return views.endpoint(disable_endpoint(context, actor, webhook))


@router.post(
    "/webhooks/{webhook}/enable",
    response_model=shapes.WebhookOut,
    responses=problems(WebhookNotFound),
    summary="Send again",
)
def enable_webhook(webhook: WebhookInPath, context: ContextDep, actor: ActorDep) -> View:
    """What waited goes on; what had failed for good is sent again by `redeliver`."""
    return views.endpoint(enable_endpoint(context, actor, webhook))


@router.post(
    "/webhooks/{webhook}/remove",
    response_model=DoneOut,
    responses=problems(WebhookNotFound),
    summary="Remove a webhook",
)
def remove_webhook(webhook: WebhookInPath, context: ContextDep, actor: ActorDep) -> View:
    """With its secrets and all that was or is to be sent to it."""
    remove_endpoint(context, actor, webhook)
    return {"is_done": True}


@router.post(
    "/webhooks/{webhook}/test",
    status_code=201,
    response_model=shapes.DeliveryOut,
    responses=problems(WebhookNotFound, WebhookDisabled),
    summary="Send a test message",
)
def test_webhook(webhook: WebhookInPath, context: ContextDep, actor: ActorDep) -> View:
    """Goes out within a second or so, whatever kinds the webhook is told of; see its deliveries."""
    return views.delivery(send_test(context, actor, webhook))


@router.get(
    "/webhooks/{webhook}/deliveries",
    response_model=shapes.DeliveryPage,
    responses=problems(WebhookNotFound),
    summary="What was or is to be sent to a webhook, newest first",
)
def list_webhook_deliveries(
    webhook: WebhookInPath, context: ContextDep, after: Position = "", limit: Limit = 50
) -> View:
    with context.database.read() as session:
        of = queries.endpoint(session, webhook)
        found = queries.deliveries(session, of.id, before=int(after) if after else None, limit=limit + 1)
    items = [views.delivery(one) for one in found[:limit]]
    return {"items": items, "next": str(found[limit - 1].position) if len(found) > limit else None}


@router.post(
    "/webhooks/{webhook}/deliveries/{delivery}/redeliver",
    response_model=shapes.DeliveryOut,
    responses=problems(WebhookNotFound, WebhookDeliveryNotFound, WebhookDisabled),
    summary="Send a message again",
)
def redeliver_webhook(
    webhook: WebhookInPath,
    delivery: Annotated[RecordId, Path(description="A message's id")],
    context: ContextDep,
    actor: ActorDep,
) -> View:
    """Under its own id, at once and with all attempts before it: one that failed, waits, or was taken already."""
    return views.delivery(redeliver(context, actor, webhook, delivery))
