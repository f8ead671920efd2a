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


class InvoiceCorrection(Base):
    """What one document, or an authority, says of an invoice that came before: see ``chains``.

    ``origin``: the correcting document's id, or ``authority:`` and what it found; ``reference``: the corrected
    number, normalized, empty where a credit note names none (of a finding: the invoice's id). ``number``: what
    people call the correction. ``party`` brought it, 0 for an authority; ``is_own``: that party is its seller.
    ``amount_minor`` in ``currency``: what it takes off, of a replacement what it stands for; None = the whole.
    ``doubt`` says why a person must decide; ``is_decided``: one has.
    """

    __tablename__ = "invoice_correction"
    __table_args__ = (
        UniqueConstraint("origin", "reference"),
        Index("ix_invoice_correction_reference_party", "reference", "party"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    origin: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str]
    number: Mapped[str]
    correcting: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    corrected: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    party: Mapped[int]
    is_own: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int | None]
    currency: Mapped[int]
    issued_on: Mapped[date]
    standing: Mapped[str] = mapped_column(String(20), index=True)
    doubt: Mapped[str] = mapped_column(String(20))
    is_decided: Mapped[bool]
    created_at: Mapped[datetime]


class CorrectionDecision(Base):
    """That a person decided what a correction concerns: who, when and why. Rows are never changed, the last counts."""

    __tablename__ = "invoice_correction_decision"

    correction: Mapped[str] = mapped_column(ForeignKey("invoice_correction.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    standing: Mapped[str] = mapped_column(String(20))
    invoice: Mapped[str | None] = mapped_column(ForeignKey("invoice.id"))
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


TABLES = tuple(
    model.__table__
    for model in (InvoiceRecord, InvoiceKey, InvoiceBlockedKey, InvoiceCorrection, CorrectionDecision)
)
