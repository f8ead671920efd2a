"""Tables of the rules area, all the registry's own: packs by version, which of them hold, what was decided."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Position


class RulePack(Base):
    """A pack's text as it was when it was chosen or decided by. ``version``: SHA-256 of the text, hex."""

    __tablename__ = "rule_pack"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    pack: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str]
    stored_at: Mapped[datetime]


class RuleChoice(Base):
    """Which packs the registry works under, from ``chosen_at`` until the next row; ``versions`` in order."""

    __tablename__ = "rule_choice"

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    versions: Mapped[list[str]] = mapped_column(Json)
    chosen_at: Mapped[datetime]


class RuleDecision(Base):
    """What one pack said of one act, written with it. ``subject``: ``receivable:0x…`` or ``lot:0x…``.
    ``position`` is the order they were taken in."""

    __tablename__ = "rule_decision"
    __table_args__ = (
        Index("ix_rule_decision_subject_position", "subject", "position"),
        Index("ix_rule_decision_outcome_position", "outcome", "position"),
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    subject: Mapped[str] = mapped_column(String(90))
    act: Mapped[str] = mapped_column(String(20))
    pack: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(ForeignKey("rule_pack.version"))
    as_of: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(10))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    findings: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]


class PartySize(Base):
    """A party's size class, which some rules turn on: agency, large, medium, small, micro."""

    __tablename__ = "party_size"

    party: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[str] = mapped_column(String(10))
    set_at: Mapped[datetime]
