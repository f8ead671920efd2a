"""Tables of the mirror: what it read, and how far. Hashes and addresses are 0x hex, times seconds (UTC)."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base


class ChainBlock(Base):
    """Each block the mirror applied, also those without events."""

    __tablename__ = "chain_block"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(66), unique=True)
    parent: Mapped[str] = mapped_column(String(66))
    time: Mapped[int]
    events: Mapped[int]


class ChainEvent(Base):
    """A log of the contract as the chain holds it; kept forever, the source for rebuilding.

    ``topics`` are 32 bytes each, one after the other. ``time`` is the block's.
    """

    __tablename__ = "chain_event"

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_hash: Mapped[str] = mapped_column(String(66))
    tx_hash: Mapped[str] = mapped_column(String(66), index=True)
    time: Mapped[int]
    topics: Mapped[bytes]
    data: Mapped[bytes]
    decoder: Mapped[int]


class MirrorCursor(Base):
    """The one row that says which block the database stands at, and which fold wrote the projections."""

    __tablename__ = "mirror_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(66))
    schema_version: Mapped[int]
    moved_at: Mapped[datetime]


class Quarantine(Base):
    """A log that cannot be decoded. It stops the cursor until a version that can read it comes."""

    __tablename__ = "quarantine"

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_hash: Mapped[str] = mapped_column(String(66))
    tx_hash: Mapped[str] = mapped_column(String(66))
    topics: Mapped[bytes]
    data: Mapped[bytes]
    reason: Mapped[str]
    seen_at: Mapped[datetime]
