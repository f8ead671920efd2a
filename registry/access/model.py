"""Tables of the access area, all the registry's own. Secrets are kept as SHA-256 only, in hex."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base, Json


class Person(Base):
    """Somebody who signs in with a key that need not sign anything else: what its party, or the operator for an
    auditor (``party`` 0), lets it do here. Adds to what a key may do that the ledger knows."""

    __tablename__ = "person"

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    party: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(Json)
    added_by: Mapped[str] = mapped_column(String(42))
    added_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A person's stay, from signature to sign-out. The row stays until ``expires_at``, so that no challenge
    opens two."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    challenge: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(42), index=True)
    signed_in_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class ApiKey(Base):
    """A machine's way in: some of a party's roles, or an outsider's (``party`` 0), for as long as it says.

    The machine sends a secret, or signs its requests: ``keyid`` is then what its signatures name (of the live keys no
    two have the same), ``certificate`` PEM with those between it and an authority, or none where an address signs.
    """

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    keyid: Mapped[str | None] = mapped_column(String(120), index=True)
    certificate: Mapped[str | None] = mapped_column(Text)
    party: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(Json)
    made_by: Mapped[str] = mapped_column(String(42))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class UsedNonce(Base):
    """That a signed request came in, kept for as long as its signature could be sent again."""

    __tablename__ = "used_nonce"

    keyid: Mapped[str] = mapped_column(String(120), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ViewingConsent(Base):
    """A party lets another party (``viewer``) or an auditor (``viewer_person``) see its records, for a time."""

    __tablename__ = "viewing_consent"
    __table_args__ = (Index("ix_viewing_consent_viewer_viewer_person", "viewer", "viewer_person"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    party: Mapped[int] = mapped_column(index=True)
    viewer: Mapped[int]
    viewer_person: Mapped[str] = mapped_column(String(42))
    purpose: Mapped[str] = mapped_column(String(200))
    granted_by: Mapped[str] = mapped_column(String(42))
    granted_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Answer(Base):
    """What a write was answered, under its caller's idempotency key, written with the write itself.

    ``request``: SHA-256 over operation, address and body. ``status`` 0 and no body: the write stands, and the
    process ended before it could answer.
    """

    __tablename__ = "idempotent_answer"

    person: Mapped[str] = mapped_column(String(42), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime] = mapped_column(index=True)
