"""Tables of the invoices area. Contents stay here; only keyed fingerprints ever go on chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.invoices.rules import Outcome
from registry.storage.base import Base, Json

SELLERS_OWN = 0


class InvoiceRecord(Base):
    """A document that was taken in: ``new``, ``review``, or ``conflict`` (blocked until a person decides).

    ``scope`` is 0 where the uploader is the invoice's seller, else the uploader's party number. Amounts are
    in minor units of ``currency`` (ISO 4217 numeric). ``number_plain`` is the number normalized.
    ``fingerprints``: key version → hex of 32 bytes each, official keys only; those of retired keys stay, since
    the chain has them.
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
    fingerprints: Mapped[dict[str, list[str]]] = mapped_column(Json)
    created_at: Mapped[datetime]

    @property
    def entries(self) -> list[str]:
        """Its fingerprints under every key, the oldest key's first: what each act on the ledger names."""
        return [one for version in sorted(self.fingerprints, key=int) for one in self.fingerprints[version]]

    @property
    def is_accepted(self) -> bool:
        """Whether a receivable may rest on it: a blocked document backs nothing, whatever its cap."""
        return self.outcome in (Outcome.NEW.value, Outcome.REVIEW.value)


class _Entry:
    """``version`` of the fingerprint key; ``check_key`` and ``contents`` are what the blind check tells the invoice
    by (``registry.invoices.entries``), missing in rows older than it until they are completed."""

    version: Mapped[int]
    check_key: Mapped[bytes | None]
    contents: Mapped[bytes | None]


class InvoiceKey(_Entry, Base):
    """A legal key of an accepted invoice, as its keyed fingerprint (32 bytes), never in clear text.

    The one UNIQUE constraint that keeps an invoice from being registered twice. ``scope`` is 0 only where the
    uploader has the very identifier the key rests on, so that nobody can occupy somebody else's key.
    """

    __tablename__ = "invoice_key"
    __table_args__ = (
        UniqueConstraint("scope", "key"),
        Index("ix_invoice_key_version_check_key", "version", "check_key"),
    )

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    scope: Mapped[int]


class InvoiceBlockedKey(_Entry, Base):
    """A legal key of a blocked document: it blocks nothing, yet tells a later equal document."""

    __tablename__ = "invoice_blocked_key"
    __table_args__ = (Index("ix_invoice_blocked_key_scope_key", "scope", "key"),)

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    scope: Mapped[int]


TABLES = (InvoiceRecord.__table__, InvoiceKey.__table__, InvoiceBlockedKey.__table__)
