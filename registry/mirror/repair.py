"""What differs from the chain put right: stored logs anew from their blocks, then every projection from the logs."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from registry.chain.contract import UndecodableLog
from registry.chain.node import Node
from registry.mirror import queries
from registry.mirror.checks import Header
from registry.mirror.errors import NodeBehind, NodeInconsistent
from registry.mirror.model import ChainEvent
from registry.mirror.reader import ReadBlock, Reader
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

    A log is believed only out of its block's receipts, under the root in the header of the block the mirror stands on.
    Some blocks at a time are a transaction, rebuilding is the last. Raises NodeBehind, NodeInconsistent, UndecodableLog,
    ChainNotReachable, NodeRefused: what was put right by then stays so.
    """
    events = ChainEvent.__tablename__
    numbers = sorted({int(drift.key.partition("/")[0]) for drift in drifts if drift.table == events})
    reader, replaced = Reader(node, contract_address), 0
    while replaced < len(numbers):
        some = numbers[replaced : replaced + BLOCKS_A_STEP]
        read, unreadable = reader.blocks([_header(reader, number) for number in some], set())
        if unreadable is not None:
            raise UndecodableLog(f"Block {unreadable.header.number:,}: {unreadable.reason}")
        with database.write() as session:
            _replace_events(session, read)
        replaced += len(read)
    return Repaired(replaced, rebuild(database))


def _header(reader: Reader, number: int) -> Header:
    found = reader.headers(number, number)
    if not found:
        raise NodeBehind(f"The node has no block {number:,}; is it in sync?", block_number=number)
    return found[0]


def _replace_events(session: Session, blocks: list[ReadBlock]) -> None:
    for header in (block.header for block in blocks):
        # Of a final block without events nothing is kept.
        if queries.hash_at(session, header.number) not in (None, header.hash):
            raise NodeInconsistent(
                f"The node has another block {header.number:,} than the mirror.", block_number=header.number
            )
    numbers = [block.header.number for block in blocks]
    session.execute(delete(ChainEvent).where(ChainEvent.block_number.in_(numbers)))
    write_events(session, blocks)
