"""The chain is everyone's to read; what could not be read of it is the operator's trouble."""

from registry.mirror.model import (
    ChainBlock,
    ChainEvent,
    MirrorCursor,
    OrphanedEvent,
    ProjectionUndo,
    Quarantine,
    Reconciliation,
)
from registry.storage.sight import shows_everyone, shows_nobody

shows_everyone(ChainBlock, ChainEvent, MirrorCursor, OrphanedEvent)
shows_nobody(ProjectionUndo, Quarantine, Reconciliation)
