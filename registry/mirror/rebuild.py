"""Projections once more, from the stored events alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from registry.kit.collecting import uncollected
from registry.mirror import queries
from registry.mirror.digest import digest, projection_tables
from registry.mirror.fold import SCHEMA_VERSION
from registry.mirror.folding import Happened, fold, happened
from registry.mirror.model import MirrorCursor, ProjectionUndo
from registry.mirror.queries import StoredEvent
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

    Readers see the old rows until it is done. Raises UndecodableLog, DoesNotFit; then nothing is changed.
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


@uncollected()
def fold_all(source: Session, target: Session, *, undo_above: int | None = None) -> int:
    """Fold every event stored in ``source`` into ``target``'s projections, of blocks ``undo_above`` with undo rows;
    answers how many there were."""
    count = 0
    for events in _whole_blocks(queries.event_pages(source)):
        fold(target, events, undo_above=undo_above)
        count += len(events)
    return count


def _whole_blocks(pages: Iterator[Sequence[StoredEvent]]) -> Iterator[list[Happened]]:
    """About a page's events at a time."""
    waiting: list[Happened] = []
    for page in pages:
        waiting += map(happened, page)
        last = waiting[-1].block_number
        whole = [each for each in waiting if each.block_number < last]
        waiting = waiting[len(whole) :]
        yield whole
    yield waiting
