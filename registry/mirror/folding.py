"""Many events into the projections at once, and which of them is to blame where one does not fit."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.chain.contract import Event, decode_event
from registry.chain.place import Place
from registry.mirror.fold import IGNORED, apply_event, rows_read
from registry.mirror.model import ChainEvent, ProjectionUndo
from registry.mirror.queries import StoredEvent
from registry.mirror.reader import ReadBlock, Unreadable
from registry.mirror.undo import undo_values
from registry.storage.base import table_of
from registry.storage.many import insert_many
from registry.storage.rows import Key, Kind, Rows

_UNFOLDABLE = (LookupError, ValueError, TypeError, IntegrityError)


class Happened(NamedTuple):
    """A decoded event and where it stands."""

    event: Event
    at: Place

    @property
    def block_number(self) -> int:
        return self.at.block_number


class DoesNotFit(Exception):  # noqa: N818 - carries what is put in quarantine
    """The projections cannot follow an event; which one is sure only where they were folded ``singly``."""

    def __init__(self, at: Place, reason: str) -> None:
        super().__init__(reason)
        self.at, self.reason = at, reason


def happened_in(blocks: Iterable[ReadBlock]) -> list[Happened]:
    """All events of these blocks in order."""
    return [
        Happened(event, Place(block.header.number, log.number, log.tx_hash, block.header.time))
        for block in blocks
        for log, event in block.logs
    ]


def up_to_what_does_not_fit(
    blocks: list[ReadBlock], stopped: DoesNotFit
) -> tuple[list[ReadBlock], Unreadable]:
    """The blocks below that of the event to blame, and its log."""
    place = [block.header.number for block in blocks].index(stopped.at.block_number)
    found = next(log for log, _ in blocks[place].logs if log.number == stopped.at.log_index)
    return blocks[:place], Unreadable(blocks[place].header, found, stopped.reason)


def happened(stored: ChainEvent | StoredEvent) -> Happened:
    """What a stored log tells. Raises UndecodableLog."""
    topics = [stored.topics[start : start + 32] for start in range(0, len(stored.topics), 32)]
    at = Place(stored.block_number, stored.log_index, stored.tx_hash, stored.time)
    return Happened(decode_event(topics, stored.data), at)


def fold(
    session: Session, events: Sequence[Happened], *, undo_above: int | None = None, singly: bool = False
) -> None:
    """Bring the projections to the state after these events, whole blocks in chain order. Blocks above ``undo_above``
    leave undo rows (None: no block does).

    All rows are read and written together, which costs a fraction of asking for each event's; with ``singly`` each
    event's are written with it. Raises DoesNotFit.
    """
    events = [each for each in events if each.event.name not in IGNORED]
    if not events:
        return
    rows, undo, each = Rows(session), list[dict[str, object]](), events[0]
    _read_ahead(rows, events)
    try:
        for number, of_block in groupby(events, lambda one: one.block_number):
            rows.is_noting = undo_above is not None and number > undo_above
            for each in of_block:
                apply_event(rows, each.event, each.at)
                if singly:
                    rows.write()
            undo += undo_values(number, rows.take_before())
        rows.write()
    except _UNFOLDABLE as error:
        raise DoesNotFit(each.at, f"{each.event.name}: {error}") from error
    insert_many(session.connection(), table_of(ProjectionUndo), undo)


def _read_ahead(rows: Rows, events: Iterable[Happened]) -> None:
    wanted: dict[Kind, set[Key]] = {}
    for each in events:
        try:
            for kind, key in rows_read(each.event):
                wanted.setdefault(kind, set()).add(key)
        except _UNFOLDABLE:
            continue  # its turn to be blamed comes
    for kind, keys in wanted.items():
        rows.load(kind, keys)
