"""Tables of the invoices area. Contents stay here; only keyed fingerprints ever go on chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.invoices.rules import Outcome
from registry.storage.base import Base, Json

SELLERS_OWN = 0


class InvoiceRecord(Base):
    """A document that was taken in: ``new``, ``review``, or ``conflict`` (blocked until a person decides).

    ``scope`` is 0 where the uploader is the invoice's seller, else the uploader's party number. Amounts are
    in minor units of ``currency`` (ISO 4217 numeric). ``number_plain`` is the number normalized.
    ``fingerprints``: hex of 32 bytes each, official keys only.
    """

    __tablename__ = "invoice"
    __table_args__ = (Index("ix_invoice_near", "scope", "currency", "payable_minor"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    uploader_party: Mapped[int] = mapped_column(index=True)
    scope: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    syntax: Mapped[str] = mapped_column(String(20))
    layer: Mapped[str] = mapped_column(String(20))
    number: Mapped[str]
    number_plain: Mapped[str] = mapped_column(index=True)
    document_class: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date]
    currency: Mapped[int]
    gross_minor: Mapped[int | None]
    payable_minor: Mapped[int]
    cap_minor: Mapped[int]
    seller_ids: Mapped[list[dict[str, str]]] = mapped_column(Json)
    buyer_ids: Mapped[list[dict[str, str]]] = mapped_column(Json)
    parsed: Mapped[dict[str, Any]] = mapped_column(Json)
    content_tag: Mapped[dict[str, Any]] = mapped_column(Json)
    gist: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    doubts: Mapped[list[str]] = mapped_column(Json)
    of_invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"))
    fingerprints: Mapped[list[str]] = mapped_column(Json)
    fingerprint_key_version: Mapped[int]
    created_at: Mapped[datetime]

    @property
    def is_accepted(self) -> bool:
        """Whether a receivable may rest on it: a blocked document backs nothing, whatever its cap."""
        return self.outcome in (Outcome.NEW.value, Outcome.REVIEW.value)


class InvoiceKey(Base):
    """A legal key of an accepted invoice, as its keyed fingerprint (32 bytes), never in clear text.

    The one UNIQUE constraint that keeps an invoice from being registered twice. ``scope`` is 0 only where the
    uploader has the very identifier the key rests on, so that nobody can occupy somebody else's key.
    """

    __tablename__ = "invoice_key"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    scope: Mapped[int]


class InvoiceBlockedKey(Base):
    """A legal key of a blocked document: it blocks nothing, yet tells a later equal document."""

    __tablename__ = "invoice_blocked_key"
    __table_args__ = (Index("ix_invoice_blocked_key_scope_key", "scope", "key"),)

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    scope: Mapped[int]


class InvoiceVerification(Base):
    """One look at an invoice, its own or an outside service's; rows are only ever added, in order of ``position``.

    ``kind``: ``examination`` of the file by this registry when it was brought, or ``answer`` of ``provider``.
    ``state``: see ``verification.findings.State``; ``was``: what the answer before said, None for the first.
    ``document_sha256`` of the file that was brought, ``answer_sha256`` of the answer; hex.
    """

    __tablename__ = "invoice_verification"
    __table_args__ = (Index("ix_invoice_verification_invoice_id_position", "invoice_id", "position"),)

    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"))
    kind: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20), index=True)
    was: Mapped[str | None] = mapped_column(String(20))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    document_sha256: Mapped[str] = mapped_column(String(64))
    answer_sha256: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


TABLES = (
    InvoiceRecord.__table__,
    InvoiceKey.__table__,
    InvoiceBlockedKey.__table__,
    InvoiceVerification.__table__,
)
