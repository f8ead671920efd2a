"""What an unfinal block changed can be taken back: before it changes a projection's row, the row is put aside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from registry.mirror import queries
from registry.mirror.digest import projection_tables
from registry.mirror.model import ChainBlock, ChainEvent, OrphanedEvent, ProjectionUndo
from registry.storage.base import table_of
from registry.storage.many import delete_many, insert_many
from registry.storage.rows import Before, Key

# By tables a statement is put to the database in three fifths of the time that classes take; a step puts few others.
_UNDO, _BLOCK = table_of(ProjectionUndo), table_of(ChainBlock)


def undo_values(block_number: int, before: Sequence[Before]) -> list[dict[str, Any]]:
    """What undoes a block, as values of ``projection_undo``, from the rows it changed."""
    return [
        {
            "block_number": block_number,
            "position": position,
            "projection": each.table,
            "key": list(each.key),
            "before": each.row,
        }
        for position, each in enumerate(before)
    ]


def undo(session: Session, above: int) -> None:
    """Projections as they were after block ``above``. Of each row what the lowest of the blocks put aside counts."""
    restored: dict[tuple[str, Key], dict[str, Any] | None] = {}
    for projection, key, before in queries.undo_rows(session, above):
        restored.setdefault((projection, tuple(key)), before)
    connection = session.connection()
    for table in projection_tables():
        keys = [key for of, key in restored if of == table.name]
        # All go before any comes back, so that no two rows meet in a unique column.
        delete_many(connection, table, keys)
        insert_many(connection, table, [row for key in keys if (row := restored[table.name, key])])
    session.execute(delete(ProjectionUndo).where(ProjectionUndo.block_number > above))
    session.expire_all()


def orphan_events(session: Session, above: int, now: datetime) -> int:
    """Put aside the events of all blocks above, and forget these blocks; answers how many events went."""
    count = queries.events_above(session, above)
    # A block can come back and go once more.
    came_back = OrphanedEvent.block_hash.in_(queries.hashes_of_events(above))
    session.execute(
        delete(OrphanedEvent).where(came_back).execution_options(synchronize_session=False),
    )
    names, gone = queries.events_as_orphaned(above, now)
    session.execute(insert(OrphanedEvent).from_select(names, gone))
    session.execute(delete(ChainEvent).where(ChainEvent.block_number > above))
    session.execute(delete(ChainBlock).where(ChainBlock.number > above))
    session.expire_all()
    return count


def forget_final(session: Session, final: int) -> None:
    """What is final needs no undo, and a final block without events no row."""
    session.execute(delete(_UNDO).where(_UNDO.c.block_number <= final))
    session.execute(delete(_BLOCK).where(_BLOCK.c.number <= final, _BLOCK.c.events == 0))
