"""Blocks to projections: each step is one transaction, guarded by the hash of the block it builds on."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.finality import Finality
from registry.chain.node import Node
from registry.kit.clock import Clock
from registry.kit.collecting import uncollected
from registry.kit.errors import Refusal
from registry.mirror import queries
from registry.mirror.ahead import Ahead
from registry.mirror.checks import Header, check_links
from registry.mirror.errors import (
    EventConflict,
    MirrorHalted,
    NodeBehind,
    NodeInconsistent,
    NodesDisagree,
    OtherSchema,
    ReorgDetected,
)
from registry.mirror.fold import SCHEMA_VERSION
from registry.mirror.folding import DoesNotFit, fold, happened_in, up_to_what_does_not_fit
from registry.mirror.model import MirrorCursor, Quarantine
from registry.mirror.outcomes import outcomes
from registry.mirror.queries import CURSOR_ID
from registry.mirror.reader import BLOCKS_A_STEP, Block, ReadBlock, Reader, Unreadable
from registry.mirror.undo import forget_final, orphan_events, undo
from registry.mirror.writing import write_blocks
from registry.relay.model import Act
from registry.relay.queries import own_transactions
from registry.relay.refusals import ChainRefused
from registry.relay.use_cases import mark_included, mark_orphaned, mark_refused
from registry.storage.base import table_of
from registry.storage.unit_of_work import Database

log = logging.getLogger(__name__)

INSTANTLY = Finality(0)
_NO_BLOCK = "0x" + "00" * 32
_CURSOR, _QUARANTINE = table_of(MirrorCursor), table_of(Quarantine)
# A reorganization below what is final is a fault too, as long as another node shows none.
_AT_FAULT = (ChainNotReachable, NodeRefused, NodeInconsistent, NodeBehind, NodesDisagree, ReorgDetected)


@dataclass(frozen=True)
class Standing:
    """The block the mirror stands on, and the last of those it stands on that is final."""

    block: Block
    final: Block


@dataclass(frozen=True)
class _Step:
    """From where the mirror stands to the block new ones are built on, which is a lower one after a reorganization."""

    standing: Standing
    base: Block
    headers: list[Header]
    final: tuple[int, str | None]
    blocks: list[ReadBlock] | None = None  # where they were read ahead

    @property
    def is_reorganization(self) -> bool:
        return self.base != self.standing.block


class _Lost(Exception):  # noqa: N818 - not an error: another mirror was faster
    """Another mirror moved the cursor meanwhile."""


class Mirror:
    """Follows one contract, deployed in ``start_block``, and undoes what a reorganization of the chain takes away.

    ``witness`` is called at the end of each step's transaction, when its blocks are folded and it is known what is
    final: what it writes must rest on final blocks only, since of it nothing is undone.
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
        others: Sequence[Node] = (),
        finality: Finality = INSTANTLY,
        witness: Callable[[Session], object] | None = None,
    ) -> None:
        self._database = database
        self._address = contract_address
        self._readers = [Reader(one, contract_address) for one in (node, *others)]
        self._reader = self._readers[0]
        self._start_block = start_block
        self._clock = clock
        self._finality = finality
        self._witness = witness

    def step(self, limit: int = BLOCKS_A_STEP) -> int:
        """Apply up to ``limit`` blocks in one transaction; answers how many, 0 at the head. After a reorganization the
        new branch is read whole first; undoing the old one and applying the new one are that one transaction.

        Acts of the outbox in these blocks are marked included or refused in that same transaction, those in blocks
        that went orphaned. Raises ChainNotReachable, NodeRefused, NodeBehind, NodeInconsistent (try again), and
        ReorgDetected, MirrorHalted, EventConflict, OtherSchema (somebody has to look). Where a node is at fault, the
        others are asked, and only what the first said is raised.
        """
        return self._step_by_any(limit, None)

    def catch_up(self, is_enough: Callable[[], bool] = lambda: False) -> int:
        """Steps until nothing is left to apply, or it is enough; answers how many blocks."""
        total = 0
        with closing(Ahead(self._address)) as ahead:
            while applied := self._step_by_any(BLOCKS_A_STEP, ahead):
                total += applied
                if is_enough():
                    break
        return total

    def _step_by_any(self, limit: int, ahead: Ahead | None) -> int:
        faults: list[Refusal] = []
        for reader in list(self._readers):
            self._reader = reader
            try:
                applied = self._step(limit, ahead)
            except _AT_FAULT as fault:
                if len(self._readers) > 1:
                    log.warning("node %s: %s: %s", reader.node.url, fault.code, fault.detail)
                faults.append(fault)
            else:
                self._readers.sort(key=lambda one: one is not reader)
                return applied
        raise faults[0]

    @uncollected()
    def _step(self, limit: int, ahead: Ahead | None) -> int:
        step = self._next(limit, ahead)
        blocks, unreadable = (step.blocks, None) if step.blocks else self._reader.blocks(step.headers)
        # A block can only hold an act's transaction after its hash was committed: so asked after the blocks.
        with self._database.read() as session:
            own = own_transactions(session, (tx for block in blocks for tx in block.header.transactions))
        blocks = self._reader.completed(blocks, own)
        what_became = outcomes(self._reader.node, blocks, own)
        try:
            applied = self._apply(step, blocks, what_became)
        except DoesNotFit:
            try:
                applied = self._apply(step, blocks, what_became, singly=True)
            except DoesNotFit as stopped:
                blocks, unreadable = up_to_what_does_not_fit(blocks, stopped)
                applied = self._apply(step, blocks, what_became)
        if unreadable is not None and applied == len(blocks):
            self._quarantine(unreadable)
        return applied

    def _standing(self) -> Standing:
        if (cursor := queries.standing(self._database)) is None:
            return self._begin()
        if cursor.schema_version != SCHEMA_VERSION:
            raise OtherSchema(
                f"The projections have version {cursor.schema_version}, this program writes "
                f"{SCHEMA_VERSION}; run `counterfoil mirror rebuild`."
            )
        return Standing(Block(cursor.number, cursor.hash), Block(cursor.final_number, cursor.final_hash))

    def _begin(self) -> Standing:
        number = self._start_block - 1
        block = Block(number, self._reader.hash_of(number) if number >= 0 else _NO_BLOCK)
        with self._database.write() as session:
            if queries.cursor(session) is None:
                session.add(
                    MirrorCursor(
                        id=CURSOR_ID,
                        number=block.number,
                        hash=block.hash,
                        final_number=block.number,
                        final_hash=block.hash,
                        schema_version=SCHEMA_VERSION,
                        moved_at=self._clock.now(),
                    )
                )
        return Standing(block, block)

    # What the node has

    def _next(self, limit: int, ahead: Ahead | None) -> _Step:
        """The headers to go on with. Raises NodeBehind, NodeInconsistent, ReorgDetected."""
        standing = self._standing()
        block = standing.block
        head, at, after = self._reader.look(block.number)
        final = self._reader.final(self._finality, head)
        if head <= block.number:
            if self._is_same(standing, head, at):
                return _Step(standing, block, [], final)
        elif read := ahead.after(block, self._reader.node.url, final[0]) if ahead else []:
            return _Step(standing, block, [one.header for one in read], final, read)
        else:
            first, last = block.number + 1, min(head, block.number + limit)
            headers = [after] if after and first == last else self._reader.headers(first, last)
            if not headers or headers[0].parent == block.hash:
                return _Step(standing, block, headers, final)
        with self._database.read() as session:
            known = queries.hashes_above(session, standing.final.number)
        last = min(head, block.number)
        base, headers = self._reader.branch(known, standing.final, last)
        headers += self._reader.headers(last + 1, min(head, block.number + limit))
        check_links(headers)
        if not headers or headers[0].parent != base.hash:
            raise NodeInconsistent("The node's chain changed while it was read.", block_number=base.number)
        return _Step(standing, base, headers, final)

    def _is_same(self, standing: Standing, head: int, at: Header | None) -> bool:
        """Whether the node's head is the block the mirror stands on, ``at`` what the node has there; False where it is
        on another branch."""
        if head == standing.block.number and at is not None:
            return at.hash == standing.block.hash
        found = self._reader.hash_of(head) if head >= 0 else _NO_BLOCK
        if head == standing.block.number:
            return found == standing.block.hash
        with self._database.read() as session:
            ours = queries.hashes_above(session, standing.final.number)
        ours[standing.final.number] = standing.final.hash
        if ours.get(head, found) == found:
            raise NodeBehind(
                f"The node is at block {head}, the mirror at {standing.block.number}. Wait until it is in sync; "
                "if its chain was replaced, use a fresh data folder.",
                block_number=head,
            )
        return False

    def _is_agreed(self, final: Block) -> bool:
        """Whether a second node, where there are several, has this block too, and calls it final where a tag says what
        is. Raises NodesDisagree where all that answer have another."""
        found, is_agreed = [], len(self._readers) == 1
        for reader in self._readers:
            if reader is not self._reader:
                try:
                    found.append(reader.hash_of(final.number))
                    if found[-1] == final.hash:
                        by_depth = self._finality.depth is not None
                        is_agreed |= by_depth or reader.final(self._finality, 0)[0] >= final.number
                except _AT_FAULT as fault:
                    log.warning("node %s: %s: %s", reader.node.url, fault.code, fault.detail)
        if found and final.hash not in found:
            raise NodesDisagree(
                f"Block {final.number} is {final.hash} at {self._reader.node.url}, and {' and '.join(found)} elsewhere. "
                "Find out which node is wrong.",
                block_number=final.number,
            )
        return is_agreed

    # What is written

    def _apply(
        self,
        step: _Step,
        blocks: list[ReadBlock],
        outcomes: dict[str, ChainRefused | None],
        *,
        singly: bool = False,
    ) -> int:
        """Blocks applied. Raises DoesNotFit, which names the right event if they are folded ``singly``."""
        last = Block(blocks[-1].header.number, blocks[-1].header.hash) if blocks else step.base
        final = self._final_block(step, blocks, last)
        if final != step.standing.final and not self._is_agreed(final):
            final = step.standing.final
        if Standing(last, final) == step.standing:
            return 0
        finished: list[Act | None] = []
        try:
            with self._database.write() as session:
                self._move_cursor(session, step.standing, Standing(last, final))
                if step.is_reorganization:
                    self._take_back(session, step)
                self._require_no_events(session, blocks)
                write_blocks(session, blocks)
                fold(session, happened_in(blocks), undo_above=final.number, singly=singly)
                for block in blocks:
                    finished += _finish_acts(session, block, outcomes)
                session.execute(delete(_QUARANTINE).where(_QUARANTINE.c.block_number <= last.number))
                forget_final(session, final.number)
                if self._witness is not None:
                    self._witness(session)
        except _Lost:
            return 0
        for act in filter(None, finished):
            log.info("act %s", act.status, extra={"act": act.id, "transaction": act.tx_hash})
        return len(blocks)

    def _final_block(self, step: _Step, blocks: list[ReadBlock], last: Block) -> Block:
        """The last final block once the step is done: it never goes back, and is one of those the mirror stands on then.

        Raises NodeInconsistent where what the node calls final is not in the chain it sent."""
        number, expected = step.final
        target = min(number, last.number)
        if target <= step.standing.final.number:
            return step.standing.final
        stood_on = {block.header.number: block.header.hash for block in blocks}
        stood_on.setdefault(step.standing.block.number, step.standing.block.hash)
        found = stood_on.get(target) or self._hash_at(target)
        if found is None or (target == number and expected not in (None, found)):
            raise NodeInconsistent(
                f"The node calls block {number} final, {expected}, and sent {found} there.",
                block_number=number,
            )
        return Block(target, found)

    def _hash_at(self, number: int) -> str | None:
        with self._database.read() as session:
            return queries.hash_at(session, number)

    def _take_back(self, session: Session, step: _Step) -> None:
        above = step.base.number
        undo(session, above)
        events = orphan_events(session, above, self._clock.now())
        acts = mark_orphaned(session, above, self._clock.now())
        session.execute(delete(_QUARANTINE).where(_QUARANTINE.c.block_number > above))
        log.warning(
            "reorganization: blocks %d to %d went, with %d events; %d acts are sent again",
            above + 1, step.standing.block.number, events, acts,
        )  # fmt: skip

    def _move_cursor(self, session: Session, standing: Standing, to: Standing) -> None:
        """Compare and set, first of all: it also holds other mirrors back until this transaction ends."""
        moved = session.execute(
            update(_CURSOR)
            .where(
                _CURSOR.c.id == CURSOR_ID,
                _CURSOR.c.number == standing.block.number,
                _CURSOR.c.hash == standing.block.hash,
                _CURSOR.c.final_number == standing.final.number,
            )
            .values(
                number=to.block.number,
                hash=to.block.hash,
                final_number=to.final.number,
                final_hash=to.final.hash,
                moved_at=self._clock.now(),
            )
        )
        if getattr(moved, "rowcount", 0) != 1:
            raise _Lost

    @staticmethod
    def _require_no_events(session: Session, blocks: list[ReadBlock]) -> None:
        if not blocks:
            return
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
                    log_index=found.number,
                    block_hash=header.hash,
                    tx_hash=found.tx_hash,
                    topics=b"".join(found.topics),
                    data=found.data,
                    reason=unreadable.reason,
                    seen_at=self._clock.now(),
                )
            )
        raise MirrorHalted(
            f"Block {header.number}, log {found.number}: {unreadable.reason} A newer version of this program "
            "may read it.",
            block_number=header.number,
            log_index=found.number,
        )


def _finish_acts(
    session: Session, block: ReadBlock, outcomes: dict[str, ChainRefused | None]
) -> Iterator[Act | None]:
    for tx_hash in block.succeeded:
        if tx_hash not in outcomes:
            continue
        reason = outcomes[tx_hash]
        if reason is None:
            yield mark_included(session, tx_hash, block.header.number)
        else:
            yield mark_refused(session, tx_hash, reason.code, reason.detail, block.header.number)
