"""Tables of the mirror: what it read, and how far. Hashes and addresses are 0x hex, times seconds (UTC)."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Position


class ChainBlock(Base):
    """Each block of the unfinal window, also those without events; of what is final those with events."""

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
    tx_hash: Mapped[str] = mapped_column(String(66))
    time: Mapped[int]
    topics: Mapped[bytes]
    data: Mapped[bytes]
    decoder: Mapped[int]


class OrphanedEvent(Base):
    """A log that a reorganization took away. Nothing follows from it any more; its block may come back."""

    __tablename__ = "orphaned_event"

    block_hash: Mapped[str] = mapped_column(String(66), primary_key=True)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_number: Mapped[int]
    tx_hash: Mapped[str] = mapped_column(String(66))
    time: Mapped[int]
    topics: Mapped[bytes]
    data: Mapped[bytes]
    decoder: Mapped[int]
    orphaned_at: Mapped[datetime]


class ProjectionUndo(Base):
    """A row of a projection as it was before an unfinal block changed it; ``before`` None: there was none.

    ``position`` numbers a block's rows, ``key`` is the primary key in the table's order. Gone once the block is final.
    """

    __tablename__ = "projection_undo"

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    projection: Mapped[str] = mapped_column(String(40))
    key: Mapped[list[Any]] = mapped_column(Json)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)


class MirrorCursor(Base):
    """The one row that says which block the database stands at, up to which block that is final, and which fold wrote
    the projections."""

    __tablename__ = "mirror_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(66))
    final_number: Mapped[int]
    final_hash: Mapped[str] = mapped_column(String(66))
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


class Reconciliation(Base):
    """What was found when the database was last compared with the chain: how many records, how many differences, up to
    which block. One row each time."""

    __tablename__ = "reconciliation"

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    block_number: Mapped[int]
    records: Mapped[int]
    drifts: Mapped[int]
