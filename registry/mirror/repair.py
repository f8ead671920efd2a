"""What differs from the chain put right: stored logs anew from their blocks, then every projection from the logs."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from registry.chain.contract import UndecodableLog
from registry.chain.node import Node
from registry.mirror import queries
from registry.mirror.checks import Header, check_links
from registry.mirror.errors import NodeBehind, NodeInconsistent
from registry.mirror.model import ChainEvent
from registry.mirror.reader import HEADERS_A_REQUEST, ReadBlock, Reader
from registry.mirror.rebuild import Rebuilt, rebuild
from registry.mirror.reconcile import Drift
from registry.mirror.writing import write_events
from registry.storage.unit_of_work import Database

BLOCKS_A_STEP = 100


@dataclass(frozen=True)
class Repaired:
    """In how many blocks the stored logs were replaced, and what folding them all once more came to."""

    blocks: int
    rebuilt: Rebuilt


def repair(database: Database, node: Node, contract_address: str, drifts: Iterable[Drift]) -> Repaired:
    """Put right what ``reconcile`` found, and look again afterwards: a fold that is wrong stays wrong.

    A log is believed only out of its block's receipts, under the root in a header that the mirror's blocks bind.
    Some blocks at a time are a transaction, rebuilding is the last. Raises NodeBehind, NodeInconsistent, UndecodableLog,
    ChainNotReachable, NodeRefused: what was put right by then stays so.
    """
    events = ChainEvent.__tablename__
    numbers = sorted({int(drift.key.partition("/")[0]) for drift in drifts if drift.table == events})
    reader, replaced = Reader(node, contract_address), 0
    while replaced < len(numbers):
        some = numbers[replaced : replaced + BLOCKS_A_STEP]
        with database.read() as session:
            kept = {number: queries.kept_from(session, number) for number in some}
        read, unreadable = reader.blocks([_header(reader, number, kept[number]) for number in some])
        if unreadable is not None:
            raise UndecodableLog(f"Block {unreadable.header.number:,}: {unreadable.reason}")
        with database.write() as session:
            _replace_events(session, read)
        replaced += len(read)
    return Repaired(replaced, rebuild(database))


def _header(reader: Reader, number: int, kept: tuple[int, str]) -> Header:
    """The header that ``kept``, a block the mirror stands on, is built on or is itself: of a final block without events
    no hash is kept, and by itself any header would do."""
    last, bound_to = kept
    first = found = None
    for start in range(number, last + 1, HEADERS_A_REQUEST):
        end = min(start + HEADERS_A_REQUEST - 1, last)
        headers = reader.headers(start, end)
        if len(headers) <= end - start:
            raise NodeBehind(f"The node has no block {end:,}; is it in sync?", block_number=end)
        if found is not None:
            check_links([found, headers[0]])
        first, found = first or headers[0], headers[-1]
    if first is None or found is None or found.hash != bound_to:
        raise NodeInconsistent(f"The node has another block {last:,} than the mirror.", block_number=last)
    return first


def _replace_events(session: Session, blocks: list[ReadBlock]) -> None:
    for header in (block.header for block in blocks):
        # It was bound before this transaction; a reorganization may have come between.
        if queries.hash_at(session, header.number) not in (None, header.hash):
            raise NodeInconsistent(
                f"The node has another block {header.number:,} than the mirror.", block_number=header.number
            )
    numbers = [block.header.number for block in blocks]
    session.execute(delete(ChainEvent).where(ChainEvent.block_number.in_(numbers)))
    write_events(session, blocks)
