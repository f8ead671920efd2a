"""What answers about webhooks look like."""

from pydantic import Field

from api.v1.shapes import Shape
from registry.webhooks.rules import Ending


class WebhookOut(Shape):
    id: str
    party: int | None = Field(description="None for the operator's")
    url: str
    kinds: list[str] = Field(description="Of what it is told; empty for everything")
    made_by: str
    made_at: str
    disabled_at: str | None
    disabled_because: Ending | None = Field(
        description="`owner`: by hand; `gone`: it answered 410; `exhausted`: the last attempt at a message failed"
    )


class WebhookPage(Shape):
    items: list[WebhookOut]
    next: str | None


class NewWebhookOut(Shape):
    secret: str = Field(description="`whsec_` and base64: what messages are signed with; shown here only")
    webhook: WebhookOut


class DeliveryOut(Shape):
    id: str = Field(description="The message's id, as in the header `webhook-id` at every attempt")
    webhook: str
    kind: str
    state: str = Field(description="`waiting`, `delivered` or `failed`: nothing more is tried")
    body: str = Field(description="What is sent, byte for byte")
    made_at: str
    attempts: int
    attempted_at: str | None
    next_attempt_at: str | None
    delivered_at: str | None
    status_code: int | None = Field(description="Of the last attempt; None where no answer came")
    failure: str | None = Field(description="Why the last attempt failed")


class DeliveryPage(Shape):
    items: list[DeliveryOut]
    next: str | None
