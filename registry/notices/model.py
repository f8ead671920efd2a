"""Tables of the notices area: the registry's own records, made from what the mirror sees and kept whatever becomes of
the projections. Ids of lots and receivables are 0x hex, amounts in minor units, parties by number."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Unsigned64

# What waits for the obligor: a notice that was taken back is not acknowledged any more.
OPEN = "acknowledged_at IS NULL AND withdrawn_at IS NULL"


def _index_where(name: str, columns: tuple[str, ...], those: str) -> Index:
    """Of those rows alone: which they are is read in order."""
    return Index(name, *columns, sqlite_where=text(those), postgresql_where=text(those))


class Notice(Base):
    """An obligor's notice that a claim on it passed on, or went back; one act, one notice.

    Fields after ISO 20022 tsin.008, the acknowledgment's after tsin.013. ``arrived_at``: from when the obligor could
    retrieve it, which is when it counts as arrived. From then on the obligor pays ``payee``; before it was
    ``payee_before``. ``agreement``: the hash of the terms both sides signed;
    ``invoices``: ids of those behind it, where this registry knows them. ``assigned_at`` and ``maturity``:
    seconds. What is signed about it is kept with its signatures, their deadlines, and the block the registry
    stood at, whose keys they were checked against.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("tx_hash", "log_index"),
        Index("ix_notice_obligor_maturity", "obligor", "maturity"),
        Index("ix_notice_block_number_log_index", "block_number", "log_index"),
        _index_where("ix_notice_open", ("block_number", "log_index"), OPEN),
        _index_where("ix_notice_answered", ("block_number", "log_index"), f"NOT ({OPEN})"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    obligor: Mapped[int]
    assignor: Mapped[int]
    assignee: Mapped[int] = mapped_column(index=True)
    payee: Mapped[int]
    payee_before: Mapped[int]
    receivable: Mapped[str] = mapped_column(String(18), index=True)
    lot: Mapped[str] = mapped_column(String(66), index=True)
    amount: Mapped[int] = mapped_column(Unsigned64)
    currency: Mapped[int]
    maturity: Mapped[int]
    invoices: Mapped[list[Any]] = mapped_column(Json)
    agreement: Mapped[str | None] = mapped_column(String(66))
    block_number: Mapped[int]
    log_index: Mapped[int]
    tx_hash: Mapped[str] = mapped_column(String(66))
    assigned_at: Mapped[int]
    arrived_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledgment: Mapped[dict[str, Any] | None] = mapped_column(Json)
    withdrawn_at: Mapped[datetime | None]
    withdrawal: Mapped[dict[str, Any] | None] = mapped_column(Json)

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the obligor's acknowledgment."""
        return self.acknowledged_at is None and self.withdrawn_at is None


class CorrectionWarning(Base):
    """That a party was told of a correction of an invoice behind a receivable of its; one correction, one party and
    one receivable, one warning.

    ``role``: obligor, holder, funder, recourse or supplier, the first that applies of funder, holder, recourse,
    obligor, supplier. ``is_after_notice``: the correction is younger than the first notice by which the obligor was
    told to pay somebody else.
    """

    __tablename__ = "correction_warning"
    __table_args__ = (
        UniqueConstraint("correction", "party", "receivable"),
        _index_where("ix_correction_warning_unread", ("id",), "read_at IS NULL"),
        _index_where("ix_correction_warning_read", ("id",), "read_at IS NOT NULL"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    correction: Mapped[str] = mapped_column(ForeignKey("invoice_correction.id"))
    party: Mapped[int] = mapped_column(index=True)
    receivable: Mapped[str] = mapped_column(String(18))
    role: Mapped[str] = mapped_column(String(20))
    is_after_notice: Mapped[bool]
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class PaymentAccount(Base):
    """Where a party is paid in one currency from ``effective_on`` on, unless a later version is in effect.

    ``scheme`` IBAN or OTHER; ``bank_scheme`` names what ``bank`` is (BIC, CNAPS, ABA), both empty for an IBAN without
    one. Rows are never changed: the highest version that is in effect counts.
    """

    __tablename__ = "payment_account"
    __table_args__ = (UniqueConstraint("party", "currency", "version"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[int]
    currency: Mapped[int]
    version: Mapped[int]
    holder_name: Mapped[str] = mapped_column(String(200))
    scheme: Mapped[str] = mapped_column(String(10))
    number: Mapped[str] = mapped_column(String(40))
    bank_scheme: Mapped[str] = mapped_column(String(10))
    bank: Mapped[str] = mapped_column(String(20))
    effective_on: Mapped[date]
    signed: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]


class AccountSeen(Base):
    """That an obligor acknowledged an account by its signature."""

    __tablename__ = "payment_account_seen"

    account: Mapped[str] = mapped_column(ForeignKey("payment_account.id"), primary_key=True)
    obligor: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime]
