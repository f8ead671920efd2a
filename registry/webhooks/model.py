"""Tables of the webhooks area, all the registry's own."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Position


class WebhookEndpoint(Base):
    """Where a party (0: the operator) wants to be told. ``kinds``: of what, empty for everything.

    ``disabled_because`` is an ``Ending``; nothing is written for it or sent while ``disabled_at`` stands.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[int] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(String(500))
    kinds: Mapped[list[str]] = mapped_column(Json)
    made_by: Mapped[str] = mapped_column(String(42))
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None] = mapped_column(String(20))


class WebhookSecret(Base):
    """What an endpoint's messages are signed with: at most two at a time, the older one until ``ends_at``. Kept as it
    is, since it has to be used."""

    __tablename__ = "webhook_secret"

    endpoint: Mapped[str] = mapped_column(ForeignKey("webhook_endpoint.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[bytes]
    ends_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One message to one endpoint: written with what it tells of, sent until it is taken or given up.

    ``id`` is the message's, the same at every attempt; ``body`` what is sent, byte for byte. ``next_attempt_at`` None:
    nothing more is tried. ``status_code`` and ``failure`` are of the last attempt.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_endpoint_next_attempt_at", "endpoint", "next_attempt_at"),
        Index("ix_webhook_delivery_endpoint_position", "endpoint", "position"),
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    endpoint: Mapped[str] = mapped_column(ForeignKey("webhook_endpoint.id"))
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[str]
    made_at: Mapped[datetime]
    attempts: Mapped[int]
    attempted_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    status_code: Mapped[int | None]
    failure: Mapped[str | None] = mapped_column(String(200))

    @property
    def state(self) -> str:
        if self.delivered_at is not None:
            return "delivered"
        return "failed" if self.next_attempt_at is None else "waiting"
