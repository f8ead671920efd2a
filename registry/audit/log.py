"""Adding to the audit log, and finding out whether it is as it was written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.audit import queries
from registry.audit.model import AuditEntry
from registry.audit.rules import BEFORE_THE_FIRST, entry_hash

ACCEPTED, REFUSED = "accepted", "refused"


def append(session: Session, at: datetime, *, who: str, what: str, about: str, outcome: str) -> AuditEntry:
    """Write one entry in the unit of work it is about. Whoever writes is alone, so that no two take one position."""
    before = queries.last_entry(session)
    position, previous = (before.position + 1, before.hash) if before else (1, BEFORE_THE_FIRST)
    who, what, about, outcome = _kept(who, 80), _kept(what, 80), _kept(about, 200), _kept(outcome, 100)
    entry = AuditEntry(
        position=position,
        at=at,
        who=who,
        what=what,
        about=about,
        outcome=outcome,
        previous=previous,
        hash=entry_hash(position, at, who, what, about, outcome, previous),
    )
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True)
class Checked:
    """``entries`` that are as they were written, the last one's ``head``; the first that is not, and why."""

    entries: int
    head: str
    broken_at: int | None = None
    why: str = ""


def check(session: Session) -> Checked:
    """Compute every hash anew, from the first entry to the first that does not fit.

    What was cut off at the end, or written anew from some entry on, fits: only a head that was kept elsewhere tells.
    """
    count, head = 0, BEFORE_THE_FIRST
    for one in queries.all_entries(session):
        if one.position != count + 1:
            return Checked(count, head, count + 1, "it is missing")
        if one.previous != head:
            return Checked(count, head, one.position, "it does not follow from the one before")
        made = entry_hash(one.position, one.at, one.who, one.what, one.about, one.outcome, one.previous)
        if one.hash != made:
            return Checked(count, head, one.position, "its fields are not those it was written with")
        count, head = count + 1, one.hash
    return Checked(count, head)


def _kept(text: str, length: int) -> str:
    """What anybody may have sent as a line of text: no more than fits, and nothing that does not print."""
    return "".join(one if one.isprintable() else "?" for one in text[:length])
