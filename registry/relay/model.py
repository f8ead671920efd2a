"""The outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Position

_UNFINISHED = text("status IN ('pending', 'sent')")


class ActStatus(StrEnum):
    PENDING = "pending"  # written with its use case, not yet signed
    SENT = "sent"  # signed with a nonce and kept; may be sent any number of times
    INCLUDED = "included"  # the mirror saw it succeed
    REFUSED = "refused"  # the chain said no; ``refusal_code`` says why
    ORPHANED = "orphaned"  # the block it was in went; it is sent again


class Act(Base):
    """One contract call to be made. ``position`` is the order in which acts go out.

    ``arguments`` and ``consents`` are JSON; bytes and addresses as 0x hex, integers above 2⁵³ as decimal
    strings. ``about`` names the record it concerns (``lot:…``, ``receivable:…``, ``party:…``): one act at a
    time on each. ``actor``: the party that consents; ``requester``: the party that handed it in here, 0 for
    the operator. ``signer`` (the address of the key that ``sender`` named then), ``nonce``, ``tx_hash`` and
    ``raw_transaction`` are those of the transaction signed last, or mined.
    """

    __tablename__ = "act"
    __table_args__ = (
        Index("ix_act_status_position", "status", "position"),
        Index("ix_act_about_status", "about", "status"),
        Index("ix_act_actor_position", "actor", "position"),
        Index("ix_act_requester_position", "requester", "position"),
        # Both hold by the code as well; here they hold whoever writes at the same time.
        Index(
            "uq_act_about_unfinished",
            "about",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
        UniqueConstraint("signer", "nonce"),
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[list[Any]] = mapped_column(Json)
    consents: Mapped[list[Any] | None] = mapped_column(Json)
    sender: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(90))
    actor: Mapped[int]
    requester: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(String(10), default=ActStatus.PENDING)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    signer: Mapped[str | None] = mapped_column(String(42))
    nonce: Mapped[int | None]
    tx_hash: Mapped[str | None] = mapped_column(String(66), unique=True)
    raw_transaction: Mapped[bytes | None]
    block_number: Mapped[int | None]
    refusal_code: Mapped[str | None] = mapped_column(String(60))
    refusal_detail: Mapped[str | None]


class ActTransaction(Base):
    """Every transaction that was ever signed for an act: one that was replaced may be mined all the same. Of one nonce
    the chain takes one. ``gas``: its limit, 0 where it was not kept; fees in wei a unit of gas."""

    __tablename__ = "act_transaction"

    tx_hash: Mapped[str] = mapped_column(String(66), primary_key=True)
    act: Mapped[str] = mapped_column(ForeignKey("act.id"), index=True)
    nonce: Mapped[int]
    gas: Mapped[int]
    max_fee: Mapped[int]
    tip: Mapped[int]
    signed_at: Mapped[datetime]


class KeptConsent(Base):
    """One signature under an act that takes two, until the other comes: from the party that it ``awaits``, which is the
    same where two keys of one party must sign.

    ``kind`` and ``about`` are the act's; ``message`` tells what was signed (0x hex of its digest without deadline): a
    signature over what has changed since counts no more; ``filled_in`` what goes with it in words that the ledger
    has only as a hash; ``deadline`` (seconds) when the first of ``consents`` ends.
    """

    __tablename__ = "kept_consent"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    about: Mapped[str] = mapped_column(String(90), primary_key=True)
    party: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    awaits: Mapped[int] = mapped_column(index=True)
    message: Mapped[str] = mapped_column(String(66))
    consents: Mapped[list[Any]] = mapped_column(Json)
    filled_in: Mapped[dict[str, Any]] = mapped_column(Json)
    deadline: Mapped[int]
    kept_at: Mapped[datetime]
