"""Projections once more, from the stored events alone."""

from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from registry.mirror import queries
from registry.mirror.digest import digest, projection_tables
from registry.mirror.fold import SCHEMA_VERSION, apply_stored
from registry.mirror.model import MirrorCursor, ProjectionUndo
from registry.mirror.undo import recorded
from registry.storage.unit_of_work import Database


@dataclass(frozen=True)
class Rebuilt:
    """Digests of all projections before and after, and how many events were folded."""

    digest_before: str
    digest_after: str
    events: int

    @property
    def is_same(self) -> bool:
        return self.digest_before == self.digest_after


def rebuild(database: Database) -> Rebuilt:
    """Drop every projection's rows and fold ``chain_event`` again, in one transaction; asks no node. What undoes the
    unfinal blocks is made anew with them.

    Readers see the old rows until it is done. Raises UndecodableLog, LookupError where an event cannot be
    folded; then nothing is changed.
    """
    with database.write() as session:
        before = digest(session)
        for table in reversed(projection_tables()):
            session.execute(delete(table))
        session.execute(delete(ProjectionUndo))
        session.expire_all()
        events = fold_all(session, session, undo_above=queries.final_number(session))
        session.execute(update(MirrorCursor).values(schema_version=SCHEMA_VERSION))
        return Rebuilt(before, digest(session), events)


def fold_all(source: Session, target: Session, *, undo_above: int | None = None) -> int:
    """Fold every event stored in ``source`` into ``target``'s projections, of blocks ``undo_above`` with undo rows;
    answers how many there were."""
    count = 0
    for page in queries.event_pages(source):
        for number, of_block in groupby(page, attrgetter("block_number")):
            is_unfinal = undo_above is not None and number > undo_above
            with recorded(target, number) if is_unfinal else nullcontext():
                for stored in of_block:
                    apply_stored(target, stored)
                target.flush()
        # What was folded is in the database; kept in memory it would grow with the chain.
        target.expunge_all()
        count += len(page)
    return count
