"""Tables of the invoices area. Contents stay here; only keyed fingerprints ever go on chain."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.invoices.rules import Outcome
from registry.storage.base import Base, Json, Position

SELLERS_OWN = 0


class InvoiceRecord(Base):
    """A document that was taken in: ``new`` or ``review``; or blocked as ``conflict`` until a person decides, as
    ``duplicate`` or ``replaced`` because one did.

    ``scope`` is 0 where the uploader is the invoice's seller, else the uploader's party number. Amounts are
    in minor units of ``currency`` (ISO 4217 numeric). ``number_plain`` is the number normalized, ``official_plain``
    what the tax authority knows it by instead (UUID, access key), else empty.
    ``fingerprints``: key version → hex of 32 bytes each, official keys only; those of retired keys stay, since
    the chain has them.
    """

    __tablename__ = "invoice"
    # All that a search for part of a number asks, of each invoice there is.
    __table_args__ = (
        Index("ix_invoice_number_plain_uploader_party_id", "number_plain", "uploader_party", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    uploader_party: Mapped[int] = mapped_column(index=True)
    scope: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    syntax: Mapped[str] = mapped_column(String(20))
    layer: Mapped[str] = mapped_column(String(20))
    number: Mapped[str]
    number_plain: Mapped[str]
    official_plain: Mapped[str] = mapped_column(index=True, default="")
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
        return in_order(self.fingerprints)

    @property
    def is_accepted(self) -> bool:
        """Whether a receivable may rest on it: a blocked document backs nothing, whatever its cap."""
        return Outcome(self.outcome).is_accepted


def in_order(fingerprints: dict[str, list[str]]) -> list[str]:
    """The fingerprints under each key version, the oldest key's first."""
    return [one for version in sorted(fingerprints, key=int) for one in fingerprints[version]]


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
        Index("ix_invoice_key_key", "key"),
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


class InvoiceBlock(Base):
    """A block of invoices alike that an invoice is in (``near_keys``), for finding its near-duplicates."""

    __tablename__ = "invoice_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own protocol

    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), primary_key=True)


class InvoiceSuspicion(Base):
    """That an invoice may be another one once more, for a person to decide. Once for each two.

    ``party`` brought ``invoice_id``, the later one. ``is_hidden``: another party's ``other_id`` that says nothing
    against it, for the operator's eyes. ``is_contradiction``: they share a legal key. ``verdict`` is the last one,
    empty before there is any.
    """

    __tablename__ = "invoice_suspicion"
    __table_args__ = (UniqueConstraint("invoice_id", "other_id"), Index(None, "verdict", "score", "id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"))
    other_id: Mapped[str] = mapped_column(ForeignKey("invoice.id"), index=True)
    party: Mapped[int] = mapped_column(index=True)
    is_hidden: Mapped[bool]
    is_contradiction: Mapped[bool]
    score: Mapped[int]
    signs: Mapped[list[str]] = mapped_column(Json)
    differs: Mapped[list[str]] = mapped_column(Json)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime]


class InvoiceVerdict(Base):
    """What was decided of a suspicion, by whom and why, in ``place`` from 1 on. Never changed: the last one counts."""

    __tablename__ = "invoice_verdict"

    suspicion_id: Mapped[str] = mapped_column(ForeignKey("invoice_suspicion.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(20))
    why: Mapped[str]
    by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]


class InvoiceVerification(Base):
    """One look at an invoice, its own or an outside service's; rows are only ever added, in order of ``position``.

    ``kind``: ``examination`` of the file by this registry when it was brought, or ``answer`` of ``provider``.
    ``state``: see ``verification.findings.State``; ``was``: what the answer before said, None for the first.
    ``document_sha256`` of the file that was brought, ``answer_sha256`` of the answer; hex.
    """

    __tablename__ = "invoice_verification"
    __table_args__ = (Index("ix_invoice_verification_invoice_id_position", "invoice_id", "position"),)

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
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
        Index("ix_invoice_correction_party_id", "party", "id"),
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
    one.__table__
    for one in (
        InvoiceRecord, InvoiceKey, InvoiceBlockedKey, InvoiceBlock, InvoiceSuspicion, InvoiceVerdict,
        InvoiceVerification, InvoiceCorrection, CorrectionDecision,
    )
)  # fmt: skip
