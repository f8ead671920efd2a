"""The one table of the audit log."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from registry.storage.base import Base


class AuditEntry(Base):
    """One write, accepted or refused. Never changed, never deleted: each entry's hash is over its own fields and the
    hash of the one before (``previous``, hex), so that the last one's stands for all.

    ``who``: the address or API key's id that asked, or the user a command ran as; ``what``: the operation; ``about``:
    the record, or the address it was asked at; ``outcome``: ``accepted`` with its acts, or ``refused`` with the
    refusal's code.
    """

    __tablename__ = "audit_entry"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(80))
    about: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(100))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
