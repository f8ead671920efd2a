"""Blocks and their events as rows."""

from sqlalchemy.orm import Session

from registry.mirror.fold import DECODER
from registry.mirror.model import ChainBlock, ChainEvent
from registry.mirror.reader import ReadBlock
from registry.storage.base import table_of
from registry.storage.many import insert_many


def write_blocks(session: Session, blocks: list[ReadBlock]) -> None:
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
    insert_many(session.connection(), table_of(ChainBlock), rows)
    write_events(session, blocks)


def write_events(session: Session, blocks: list[ReadBlock]) -> None:
    events = [
        {
            "block_number": block.header.number,
            "log_index": each.number,
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
    insert_many(session.connection(), table_of(ChainEvent), events)
