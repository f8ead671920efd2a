"""Tables of the parties area.

``Party``, ``PartyKey``, ``PartyRecovery`` and ``ChainSetting`` are projections of the chain that only the mirror
writes; all others are the registry's own.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json, Unsigned64


class PartyProfile(Base):
    """Who a party is; personal enough not to be on a chain. ``number`` is its number there."""

    __tablename__ = "party_profile"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    account: Mapped[str] = mapped_column(String(42), unique=True)
    created_at: Mapped[datetime]


class PartyIdentifier(Base):
    """A party's legal or tax identifier; one identifier, one party."""

    __tablename__ = "party_identifier"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    party: Mapped[int] = mapped_column(ForeignKey("party_profile.number"), index=True)


class PartyDocument(Base):
    """What a party's admission rests on: a document's SHA-256 (64 hex digits) and what it is. The document
    itself stays with whoever looked at it."""

    __tablename__ = "party_document"

    party: Mapped[int] = mapped_column(ForeignKey("party_profile.number"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kept_at: Mapped[datetime]


class CompanyStatement(Base):
    """A company's signed word for an account of its party (``registry.parties.statements``).

    ``said_at``: seconds since 1970; ``certificates``: in DER as hex, the company's own first; ``signature``: hex.
    """

    __tablename__ = "company_statement"

    party: Mapped[int] = mapped_column(ForeignKey("party_profile.number"), primary_key=True)
    account: Mapped[str] = mapped_column(String(42), primary_key=True)
    said_at: Mapped[int] = mapped_column(Unsigned64)
    certificates: Mapped[list[str]] = mapped_column(Json)
    signature: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class Invitation(Base):
    """A prepared admission. It has no account yet: the invited party names its own, which signs.

    ``identifiers``: country, scheme and value each; ``evidence``: title and SHA-256 each. ``act`` is the
    admission's, once it was accepted; ``ended_at`` is set where it was taken back.
    """

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    identifiers: Mapped[list[list[str]]] = mapped_column(Json)
    roles: Mapped[list[str]] = mapped_column(Json)
    valid_until: Mapped[date]
    evidence: Mapped[list[list[str]]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    party: Mapped[int | None]
    act: Mapped[str | None] = mapped_column(String(40))


class Party(Base):
    """Projection of ``party[number]``; times in seconds, roles and flags as bits (registry.chain.words)."""

    __tablename__ = "party"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    identity: Mapped[str] = mapped_column(String(66), unique=True)
    account: Mapped[str] = mapped_column(String(42))
    valid_until: Mapped[int]
    nonce: Mapped[int]
    epoch: Mapped[int]
    roles: Mapped[int]
    flags: Mapped[int]
    block_number: Mapped[int]


class PartyKey(Base):
    """Projection of ``keyOf[address]``; the address is EIP-55 checksummed."""

    __tablename__ = "party_key"

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    party: Mapped[int] = mapped_column(index=True)
    scopes: Mapped[int]
    currency: Mapped[int]
    valid_until: Mapped[int]
    cap: Mapped[int] = mapped_column(Unsigned64)
    epoch: Mapped[int]
    block_number: Mapped[int]


class PartyRecovery(Base):
    """Projection of ``recovery[party]``: the account proposed for a party and from when (seconds) it may be taken.

    The row goes when the account is vetoed or taken; the party's flags say that there was a veto.
    """

    __tablename__ = "party_recovery"

    party: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(String(42))
    effective: Mapped[int]
    block_number: Mapped[int]


class ChainSetting(Base):
    """Projection of single values, as 0x hex: ``limits`` (packed word), ``fingerprint_key:N``, and ``arbiter`` (EIP-55)
    once it is another than was named at deployment, which no event tells."""

    __tablename__ = "chain_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(66))
    block_number: Mapped[int]


class RetiredFingerprintKey(Base):
    """The registry's own note that it enters and tells nothing under this version any more."""

    __tablename__ = "retired_fingerprint_key"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    retired_at: Mapped[datetime]


PROJECTIONS: tuple[type[Base], ...] = (Party, PartyKey, PartyRecovery, ChainSetting)

__all__ = [
    "PROJECTIONS",
    "ChainSetting",
    "Invitation",
    "Party",
    "PartyDocument",
    "PartyIdentifier",
    "PartyKey",
    "PartyProfile",
    "PartyRecovery",
    "RetiredFingerprintKey",
]
