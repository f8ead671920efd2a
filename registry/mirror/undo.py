"""What an unfinal block changed can be taken back: before it changes a projection's row, the row is put aside."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, bindparam, delete, event, insert
from sqlalchemy.orm import Session

from registry.mirror import queries
from registry.mirror.digest import projection_tables
from registry.mirror.fold import PROJECTIONS
from registry.mirror.model import ChainBlock, ChainEvent, OrphanedEvent, ProjectionUndo

Key = tuple[Any, ...]


@contextmanager
def recorded(session: Session, block_number: int) -> Iterator[None]:
    """Within it, the first change of each projection's row leaves an undo row. What is changed must be changed through
    the session's objects and flushed before the end. A block may be recorded in several parts."""
    seen: set[tuple[str, Key]] = set()

    def keep(_session: Session, _context: object, _instances: object) -> None:
        for each in [*session.new, *session.dirty, *session.deleted]:
            if isinstance(each, PROJECTIONS):
                table = each.__table__
                assert isinstance(table, Table)
                key = tuple(getattr(each, column.name) for column in table.primary_key.columns)
                if (table.name, key) not in seen:
                    seen.add((table.name, key))
                    kept.append((table, key, queries.row_at(session, table, key)))

    kept: list[tuple[Table, Key, dict[str, Any] | None]] = []
    event.listen(session, "before_flush", keep)
    try:
        yield
    finally:
        event.remove(session, "before_flush", keep)
    rows = [
        {
            "block_number": block_number,
            "position": position,
            "projection": table.name,
            "key": list(key),
            "before": before,
        }
        for position, (table, key, before) in enumerate(kept, queries.undo_count(session, block_number))
    ]
    if rows:
        session.execute(insert(ProjectionUndo), rows)


def undo(session: Session, above: int) -> None:
    """Projections as they were after block ``above``. Of each row what the lowest of the blocks put aside counts."""
    tables = {table.name: table for table in projection_tables()}
    restored: dict[tuple[str, Key], dict[str, Any] | None] = {}
    for each in queries.undo_rows(session, above):
        restored.setdefault((each.projection, tuple(each.key)), each.before)
    for name, table in tables.items():
        keys = [key for of, key in restored if of == name]
        if not keys:
            continue
        columns = list(table.primary_key.columns)
        gone = delete(table).where(*(column == bindparam(f"key_{column.name}") for column in columns))
        named = [f"key_{column.name}" for column in columns]
        # All go before any comes back, so that no two rows meet in a unique column.
        connection = session.connection()
        connection.execute(gone, [dict(zip(named, key, strict=True)) for key in keys])
        rows = [row for key in keys if (row := restored[name, key]) is not None]
        if rows:
            connection.execute(insert(table), rows)
    session.execute(delete(ProjectionUndo).where(ProjectionUndo.block_number > above))
    session.expire_all()


def orphan_events(session: Session, above: int, now: Any) -> int:
    """Put aside the events of all blocks above, and forget these blocks; answers how many events went."""
    gone = queries.events_above(session, above)
    for each in gone:
        session.merge(
            OrphanedEvent(
                block_hash=each.block_hash,
                log_index=each.log_index,
                block_number=each.block_number,
                tx_hash=each.tx_hash,
                time=each.time,
                topics=each.topics,
                data=each.data,
                decoder=each.decoder,
                orphaned_at=now,
            )
        )
    session.flush()
    session.execute(delete(ChainEvent).where(ChainEvent.block_number > above))
    session.execute(delete(ChainBlock).where(ChainBlock.number > above))
    session.expire_all()
    return len(gone)


def forget_final(session: Session, final: int) -> None:
    """What is final needs no undo, and a final block without events no row."""
    session.execute(delete(ProjectionUndo).where(ProjectionUndo.block_number <= final))
    session.execute(delete(ChainBlock).where(ChainBlock.number <= final, ChainBlock.events == 0))
