"""Blocks to projections: each step is one transaction, guarded by the hash of the block it builds on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session

from registry.chain.node import Node
from registry.chain.place import Place
from registry.kit.clock import Clock
from registry.mirror import queries
from registry.mirror.errors import EventConflict, MirrorHalted, NodeBehind, OtherSchema, ReorgDetected
from registry.mirror.fold import DECODER, SCHEMA_VERSION, apply_event
from registry.mirror.model import ChainBlock, ChainEvent, MirrorCursor, Quarantine
from registry.mirror.queries import CURSOR_ID
from registry.mirror.reader import ReadBlock, Reader, Unreadable
from registry.relay.queries import sent_by_hash
from registry.relay.refusals import ChainRefused
from registry.relay.use_cases import mark_included, mark_refused
from registry.storage.unit_of_work import Database

log = logging.getLogger(__name__)

BLOCKS_A_STEP = 200
_NO_BLOCK = "0x" + "00" * 32
_UNFOLDABLE = (LookupError, ValueError, TypeError, InvalidRequestError, IntegrityError)


@dataclass(frozen=True)
class Standing:
    """The block the mirror stands on."""

    number: int
    hash: str


class _Lost(Exception):  # noqa: N818 - not an error: another mirror was faster
    """Another mirror moved the cursor meanwhile."""


class _Unfoldable(Exception):  # noqa: N818 - carries what is put in quarantine
    def __init__(self, place: int, unreadable: Unreadable) -> None:
        super().__init__(unreadable.reason)
        self.place = place
        self.unreadable = unreadable


class Mirror:
    """Follows one contract, deployed in ``start_block``.

    ``witness`` is called at the end of each step's transaction, when its blocks are folded: what it writes stands
    if and only if they do.
    Several on one database do no harm: one moves the cursor, the others' work of that step is thrown away.
    """

    def __init__(
        self,
        database: Database,
        node: Node,
        contract_address: str,
        start_block: int,
        clock: Clock,
        *,
        witness: Callable[[Session], object] | None = None,
    ) -> None:
        self._database = database
        self._reader = Reader(node, contract_address)
        self._start_block = start_block
        self._clock = clock
        self._witness = witness

    def step(self, limit: int = BLOCKS_A_STEP) -> int:
        """Apply up to ``limit`` blocks in one transaction; answers how many, 0 at the head.

        Acts of the outbox in these blocks are marked included or refused in that same transaction. Raises
        ChainNotReachable, NodeRefused, NodeBehind, NodeInconsistent (try again), and ReorgDetected, MirrorHalted,
        EventConflict, OtherSchema (somebody has to look).
        """
        standing = self._standing()
        head = self._reader.head()
        if head <= standing.number:
            self._check_head(standing, head)
            return 0
        last = min(head, standing.number + limit)
        headers = self._reader.headers(standing.hash, standing.number + 1, last)
        # A block can only hold an act's transaction after its hash was committed: so asked after the headers.
        with self._database.read() as session:
            own = sent_by_hash(session, (tx for header in headers for tx in header.transactions))
        blocks, unreadable = self._reader.blocks(headers, set(own))
        refused = self._refused(blocks, set(own))
        try:
            applied = self._apply(standing, blocks, refused)
        except _Unfoldable as stopped:
            blocks, unreadable = blocks[: stopped.place], stopped.unreadable
            applied = self._apply(standing, blocks, refused)
        if unreadable is not None and applied == len(blocks):
            self._quarantine(unreadable)
        return applied

    def catch_up(self) -> int:
        """Steps until nothing is left to apply; answers how many blocks."""
        total = 0
        while applied := self.step():
            total += applied
        return total

    def _standing(self) -> Standing:
        with self._database.read() as session:
            cursor = queries.cursor(session)
        if cursor is None:
            return self._begin()
        if cursor.schema_version != SCHEMA_VERSION:
            raise OtherSchema(
                f"The projections have version {cursor.schema_version}, this program writes "
                f"{SCHEMA_VERSION}; run `counterfoil mirror rebuild`."
            )
        return Standing(cursor.number, cursor.hash)

    def _check_head(self, standing: Standing, head: int) -> None:
        """At the head, the node's block is the one the mirror stands on."""
        if head < standing.number:
            raise NodeBehind(
                f"The node is at block {head}, the mirror at {standing.number}. Wait until it is in sync; "
                "if its chain was replaced, use a fresh data folder.",
                block_number=head,
            )
        found = self._reader.hash_of(head) if head >= 0 else _NO_BLOCK
        if found != standing.hash:
            raise ReorgDetected(
                f"Block {head} is {found}, the mirror stands on {standing.hash}.",
                block_number=head,
                found=found,
                expected=standing.hash,
            )

    def _begin(self) -> Standing:
        number = self._start_block - 1
        standing = Standing(number, self._reader.hash_of(number) if number >= 0 else _NO_BLOCK)
        with self._database.write() as session:
            if queries.cursor(session) is None:
                session.add(
                    MirrorCursor(
                        id=CURSOR_ID,
                        number=standing.number,
                        hash=standing.hash,
                        schema_version=SCHEMA_VERSION,
                        moved_at=self._clock.now(),
                    )
                )
        return standing

    def _refused(self, blocks: list[ReadBlock], own: set[str]) -> dict[str, ChainRefused]:
        """Reasons of the outbox's transactions that reverted, by hash."""
        return {
            tx_hash: self._reader.why_reverted(tx_hash, block.header)
            for block in blocks
            for tx_hash, is_success in block.succeeded.items()
            if tx_hash in own and not is_success
        }

    def _apply(self, standing: Standing, blocks: list[ReadBlock], refused: dict[str, ChainRefused]) -> int:
        if not blocks:
            return 0
        try:
            with self._database.write() as session:
                self._move_cursor(session, standing, blocks[-1])
                self._require_no_events(session, blocks)
                _write_blocks(session, blocks)
                for place, block in enumerate(blocks):
                    _fold(session, place, block)
                    _finish_acts(session, block, refused)
                session.execute(delete(Quarantine).where(Quarantine.block_number <= blocks[-1].header.number))
                if self._witness is not None:
                    self._witness(session)
        except _Lost:
            return 0
        return len(blocks)

    def _move_cursor(self, session: Session, standing: Standing, last: ReadBlock) -> None:
        """Compare and set, first of all: it also holds other mirrors back until this transaction ends."""
        moved = session.execute(
            update(MirrorCursor)
            .where(
                MirrorCursor.id == CURSOR_ID,
                MirrorCursor.number == standing.number,
                MirrorCursor.hash == standing.hash,
            )
            .values(number=last.header.number, hash=last.header.hash, moved_at=self._clock.now())
            .execution_options(synchronize_session=False)
        )
        if getattr(moved, "rowcount", 0) != 1:
            raise _Lost

    @staticmethod
    def _require_no_events(session: Session, blocks: list[ReadBlock]) -> None:
        first, last = blocks[0].header.number, blocks[-1].header.number
        for found in queries.events_in(session, first, last):
            raise EventConflict(
                f"Block {found.block_number}, log {found.log_index} is stored already, from block "
                f"{found.block_hash}, though the cursor stands before it. Restore a backup.",
                block_number=found.block_number,
                log_index=found.log_index,
            )

    def _quarantine(self, unreadable: Unreadable) -> None:
        header, found = unreadable.header, unreadable.log
        with self._database.write() as session:
            session.merge(
                Quarantine(
                    block_number=header.number,
                    log_index=found.index,
                    block_hash=header.hash,
                    tx_hash=found.tx_hash,
                    topics=b"".join(found.topics),
                    data=found.data,
                    reason=unreadable.reason,
                    seen_at=self._clock.now(),
                )
            )
        raise MirrorHalted(
            f"Block {header.number}, log {found.index}: {unreadable.reason} A newer version of this program "
            "may read it.",
            block_number=header.number,
            log_index=found.index,
        )


def _write_blocks(session: Session, blocks: list[ReadBlock]) -> None:
    rows = [
        {
            "number": block.header.number,
            "hash": block.header.hash,
            "parent": block.header.parent,
            "time": block.header.time,
            "events": len(block.logs),
        }
        for block in blocks
    ]
    session.execute(insert(ChainBlock), rows)
    events = [
        {
            "block_number": block.header.number,
            "log_index": each.index,
            "block_hash": block.header.hash,
            "tx_hash": each.tx_hash,
            "time": block.header.time,
            "topics": b"".join(each.topics),
            "data": each.data,
            "decoder": DECODER,
        }
        for block in blocks
        for each, _ in block.logs
    ]
    if events:
        session.execute(insert(ChainEvent), events)


def _fold(session: Session, place: int, block: ReadBlock) -> None:
    header = block.header
    for each, event in block.logs:
        try:
            apply_event(session, event, Place(header.number, each.index, each.tx_hash, header.time))
            # Here and not later, so that what does not fit is blamed on this event.
            session.flush()
        except _UNFOLDABLE as error:
            raise _Unfoldable(place, Unreadable(header, each, f"{event.name}: {error}")) from error


def _finish_acts(session: Session, block: ReadBlock, refused: dict[str, ChainRefused]) -> None:
    for tx_hash in block.succeeded:
        reason = refused.get(tx_hash)
        if reason is not None:
            mark_refused(session, tx_hash, reason.code, reason.detail, block.header.number)
        elif block.succeeded[tx_hash]:
            mark_included(session, tx_hash, block.header.number)
