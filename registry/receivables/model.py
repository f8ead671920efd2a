"""Tables of the receivables area.

``Draft`` and ``DraftInvoice`` are the registry's own; the others are projections of the chain that only the
mirror writes. Ids are 0x hex: a receivable's 16 digits, a lot's 64. Amounts in minor units, times in seconds.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Unsigned64


class Draft(Base):
    """A receivable as the supplier wants it registered: terms, and what stands behind their hashes."""

    __tablename__ = "receivable_draft"
    __table_args__ = (Index("ix_receivable_draft_registered_act_receivable", "registered_act", "receivable"),)

    receivable: Mapped[str] = mapped_column(String(18), primary_key=True)
    commitment: Mapped[str] = mapped_column(String(66), unique=True)
    originator: Mapped[int] = mapped_column(index=True)
    obligor: Mapped[int] = mapped_column(index=True)
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    packed_invoices: Mapped[str]
    documents: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    registered_act: Mapped[str | None] = mapped_column(String(40))


class DraftInvoice(Base):
    """How much of which invoice a receivable uses."""

    __tablename__ = "receivable_draft_invoice"

    receivable: Mapped[str] = mapped_column(ForeignKey("receivable_draft.receivable"), primary_key=True)
    invoice: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    amount_minor: Mapped[int]


class Reason(Base):
    """The words behind a reason's hash, as the party gave them here: the registry's own, never on the ledger."""

    __tablename__ = "receivable_reason"

    receivable: Mapped[str] = mapped_column(String(18), primary_key=True)
    hash: Mapped[str] = mapped_column(String(66), primary_key=True)
    words: Mapped[str]
    party: Mapped[int]
    said_at: Mapped[datetime]


class Receivable(Base):
    """Projection of ``facts[id]`` and of the terms its registration showed.

    ``owed``: what a declining obligor says it does owe. ``reason``: the hash given last, with a declinature,
    withdrawal, cancellation, suspension or resumption.
    """

    __tablename__ = "receivable"
    __table_args__ = (  # a party's pages
        Index("ix_receivable_obligor_id", "obligor", "id"),
        Index("ix_receivable_originator_id", "originator", "id"),
        Index("ix_receivable_settler_id", "settler", "id"),
    )

    id: Mapped[str] = mapped_column(String(18), primary_key=True)
    commitment: Mapped[str] = mapped_column(String(66), unique=True)
    status: Mapped[int] = mapped_column(index=True)
    flags: Mapped[int]
    expires: Mapped[int]
    obligor: Mapped[int]
    originator: Mapped[int]
    settler: Mapped[int]
    face: Mapped[int] = mapped_column(Unsigned64)
    settled: Mapped[int] = mapped_column(Unsigned64)
    currency: Mapped[int]
    maturity: Mapped[int] = mapped_column(index=True)
    issued_on: Mapped[int]
    delivered_on: Mapped[int]
    accepted_on: Mapped[int]
    documents_root: Mapped[str] = mapped_column(String(66))
    invoices_hash: Mapped[str] = mapped_column(String(66))
    salt: Mapped[str] = mapped_column(String(66))
    owed: Mapped[int | None] = mapped_column(Unsigned64)
    reason: Mapped[str | None] = mapped_column(String(66))
    block_number: Mapped[int]


class Contest(Base):
    """Projection: who contested a receivable, or one ``lot`` of it, and with which evidence (a hash).

    ``code`` 1 to 6 for C01 to C06. ``at`` is block time. Nothing on the chain follows from it.
    """

    __tablename__ = "receivable_contest"

    receivable: Mapped[str] = mapped_column(String(18), primary_key=True)
    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party: Mapped[int] = mapped_column(index=True)
    lot: Mapped[str | None] = mapped_column(String(66), index=True)
    code: Mapped[int]
    evidence: Mapped[str] = mapped_column(String(66))
    at: Mapped[int]
    tx_hash: Mapped[str] = mapped_column(String(66))


class ReceivableInvoice(Base):
    """Projection: which fingerprints a receivable's registration named, at which place."""

    __tablename__ = "receivable_invoice"

    receivable: Mapped[str] = mapped_column(String(18), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(66), primary_key=True, index=True)
    place: Mapped[int]
    cap: Mapped[int] = mapped_column(Unsigned64)
    amount: Mapped[int] = mapped_column(Unsigned64)


class InvoiceUse(Base):
    """Projection of ``invoiceOf[fingerprint]``; the row goes when the last use is released."""

    __tablename__ = "invoice_use"
    __table_args__ = (Index("ix_invoice_use_receivable_place", "receivable", "place"),)

    fingerprint: Mapped[str] = mapped_column(String(66), primary_key=True)
    receivable: Mapped[str] = mapped_column(String(18))
    cap: Mapped[int] = mapped_column(Unsigned64)
    used: Mapped[int] = mapped_column(Unsigned64)
    uses: Mapped[int]
    currency: Mapped[int]
    place: Mapped[int]
    fingerprints: Mapped[int]
    block_number: Mapped[int]


class Obligation(Base):
    """Projection of ``obligations[obligor, currency]``: what an obligor owes in all."""

    __tablename__ = "obligation"

    obligor: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    currency: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outstanding: Mapped[int] = mapped_column(Unsigned64)
    quota: Mapped[int] = mapped_column(Unsigned64)
    count: Mapped[int]
    block_number: Mapped[int]


class Lot(Base):
    """Projection of ``lot[id]`` and of where it came from."""

    __tablename__ = "lot"
    __table_args__ = (
        Index("ix_lot_holder_status", "holder", "status"),
        Index("ix_lot_holder_id", "holder", "id"),  # a holder's pages
        Index("ix_lot_holder_receivable", "holder", "receivable"),
        Index("ix_lot_peer_receivable", "peer", "receivable"),
    )

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    receivable: Mapped[str] = mapped_column(String(18), index=True)
    parent: Mapped[str | None] = mapped_column(String(66), index=True)
    holder: Mapped[int]
    peer: Mapped[int]
    amount: Mapped[int] = mapped_column(Unsigned64)
    until: Mapped[int]
    seq: Mapped[int]
    hops: Mapped[int]
    status: Mapped[int]
    block_number: Mapped[int]


class LotHop(Base):
    """Projection: each act on a lot in order, as its history shows it. ``at`` is block time.

    ``holder``, ``peer`` and ``status`` are the lot's after the act; ``amount`` is what it was about (what
    left in a split, what was paid or written off). ``detail``: the other lot of a split, the hash of a sale's terms,
    of a payment or of a reason.
    """

    __tablename__ = "lot_hop"
    __table_args__ = (
        Index("ix_lot_hop_kind_block_number", "kind", "block_number"),
        Index("ix_lot_hop_holder_receivable", "holder", "receivable"),
    )

    lot: Mapped[str] = mapped_column(String(66), primary_key=True)
    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receivable: Mapped[str] = mapped_column(String(18), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    holder: Mapped[int]
    peer: Mapped[int]
    amount: Mapped[int] = mapped_column(Unsigned64)
    status: Mapped[int]
    detail: Mapped[str | None] = mapped_column(String(66))
    at: Mapped[int]
    tx_hash: Mapped[str] = mapped_column(String(66))


PROJECTIONS: tuple[type[Base], ...] = (
    Receivable,
    Contest,
    ReceivableInvoice,
    InvoiceUse,
    Obligation,
    Lot,
    LotHop,
)
