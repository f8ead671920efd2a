"""What the audit log holds."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.model import AuditEntry

_PAGE = 2_000


def last_entry(session: Session) -> AuditEntry | None:
    return session.scalar(select(AuditEntry).order_by(AuditEntry.position.desc()).limit(1))


def entries(session: Session, *, limit: int) -> list[AuditEntry]:
    """The latest, newest first."""
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.position.desc()).limit(limit)))


def all_entries(session: Session) -> Iterator[AuditEntry]:
    """Oldest first, a page at a time, so that memory stays flat."""
    after = -1
    while page := list(
        session.scalars(
            select(AuditEntry).where(AuditEntry.position > after).order_by(AuditEntry.position).limit(_PAGE)
        )
    ):
        yield from page
        after = page[-1].position
        session.expunge_all()
