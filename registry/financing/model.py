"""Tables of the financing area; all are the registry's own. What became of a lot stands in its projection."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json


class FinancingStatus(StrEnum):
    RESERVED = "reserved"  # the lot is kept for the funder while it reviews; ends by itself
    AGREED = "agreed"  # price and recourse are fixed; both may sign
    SUBMITTED = "submitted"  # the sale is on its way to the chain
    FINANCED = "financed"  # never stored: the act is final and the chain still says so (see ``standing``)
    ENDED = "ended"  # released, run out, put back, enforced, passed on or redeemed


class Financing(Base):
    """One funder's way with one lot. Live while ``ended_at`` is empty: one lot, one live financing.

    ``terms`` are price and conditions; ``terms_hash`` is what both parties sign. ``until``: seconds.
    """

    __tablename__ = "financing"
    __table_args__ = (
        Index(
            "uq_financing_live_lot",
            "lot",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        *(
            Index(name, "id", sqlite_where=text(those), postgresql_where=text(those))
            for name, those in (
                ("ix_financing_live", "ended_at IS NULL"),
                ("ix_financing_ended", "ended_at IS NOT NULL"),
            )
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    lot: Mapped[str] = mapped_column(String(66), index=True)
    funder: Mapped[int] = mapped_column(index=True)
    seller: Mapped[int] = mapped_column(index=True)
    until: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    terms: Mapped[dict[str, Any] | None] = mapped_column(Json)
    terms_hash: Mapped[str | None] = mapped_column(String(66))
    act: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(40))
