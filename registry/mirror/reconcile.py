"""Does the database say what the chain says? Every cell of every projection, and the stored events too.

The chain's logs up to the cursor are folded into a scratch database in memory; stored events and projections
are compared with it cell by cell, rows too many or too few included. Then each record that has a word in the
contract's state is asked for at the cursor's block, so that a wrong fold, or wrong logs, show as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from registry.chain.node import Json, Node
from registry.kit.clock import Clock
from registry.mirror import queries
from registry.mirror.chain_words import ROW, Asked, asked_records
from registry.mirror.digest import projection_tables
from registry.mirror.fold import DECODER
from registry.mirror.folding import fold, happened
from registry.mirror.model import ChainEvent, MirrorCursor, Reconciliation
from registry.mirror.pace import Pace
from registry.mirror.queries import StoredEvent
from registry.storage.base import Base, table_of
from registry.storage.unit_of_work import Database

PRESENT, ABSENT = "present", "absent"
CALLS_A_REQUEST = 100
BLOCKS_A_REQUEST = 2_000


@dataclass(frozen=True, order=True)
class Drift:
    """One cell in which database and chain differ.

    ``key``: the primary key, joined by ``/``. ``field``: the column, or ROW where a whole row is missing or
    should not be there. Values as text.
    """

    table: str
    key: str
    field: str
    database: str
    chain: str

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.field}: database {self.database}, chain {self.chain}"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


class _Drifts:
    """Collected by cell, so that a difference seen in two ways is named once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Drift] = {}

    def note(self, table: str, key: str, field: str, database: object, chain: object) -> None:
        """``database`` is only heeded where the cell was not noted before: the first look is at itself."""
        former = self._found.get((table, key, field))
        held = former.database if former else str(database)
        self._found.pop((table, key, field), None)
        if held != str(chain):
            self._found[table, key, field] = Drift(table, key, field, held, str(chain))

    def is_noted(self, table: str, key: str, field: str) -> bool:
        return (table, key, field) in self._found

    def sorted(self) -> list[Drift]:
        return sorted(self._found.values())


@dataclass(frozen=True)
class Reconciled:
    """The drifts, sorted; how many events and words of the chain were compared, and up to which block."""

    drifts: list[Drift]
    records: int
    block_number: int


def reconcile(database: Database, node: Node, contract_address: str) -> Reconciled:
    """Every difference between database and chain at the mirror's cursor.

    The mirror may go on meanwhile. Raises ChainNotReachable, NodeRefused (also where the node no longer has
    the state of the cursor's block), UndecodableLog.
    """
    scratch = Database("sqlite://")
    try:
        Base.metadata.create_all(scratch.engine, tables=projection_tables())
        return _Reconciliation(database, scratch, node, contract_address).run()
    finally:
        scratch.close()


def keep(database: Database, found: Reconciled, clock: Clock) -> None:
    """Write down what was found, for whoever watches."""
    with database.write() as session:
        session.add(
            Reconciliation(
                at=clock.now(),
                block_number=found.block_number,
                records=found.records,
                drifts=len(found.drifts),
            )
        )


class _Reconciliation:
    def __init__(self, database: Database, scratch: Database, node: Node, address: str) -> None:
        self._database = database
        self._scratch = scratch
        self._node = node
        self._address = address
        self._drifts = _Drifts()
        self._records = 0
        self._pace = Pace(BLOCKS_A_REQUEST)

    def run(self) -> Reconciled:
        with self._database.read() as session:
            cursor = queries.cursor(session)
            first = queries.first_block(session)
        if cursor is None:
            return Reconciled([], 0, 0)
        folded = (cursor.number + 1 if first is None else first) - 1
        while True:
            self._fold_chain(folded + 1, cursor.number)
            folded = cursor.number
            with self._database.read() as session:
                now = queries.cursor(session)
                if now is None or now.number <= folded:
                    self._compare_tables(session)
                    break
            # The mirror moved on: take the few blocks since as well, so that both stand at the same place.
            cursor = now
        self._check_cursor(cursor)
        self._compare_words(cursor.hash)
        return Reconciled(self._drifts.sorted(), self._records, cursor.number)

    # The chain's logs

    def _fold_chain(self, first: int, last: int) -> None:
        """Fold the chain's logs of these blocks into the scratch database, compare the stored ones."""
        start = first
        while start <= last:
            logs, count = self._pace.ask(last - start + 1, partial(self._logs, start))
            end = start + count - 1
            times = self._times({int(log["blockNumber"], 16) for log in logs})
            events = [_as_event(log, times) for log in logs]
            self._records += len(events)
            with self._scratch.write() as scratch:
                fold(scratch, list(map(happened, events)))
            with self._database.read() as session:
                stored = queries.events_in(session, start, end)
            table = table_of(ChainEvent)
            self._compare(table, _event_rows(table, stored), _event_rows(table, events))
            start = end + 1

    def _logs(self, start: int, count: int) -> list[Json]:
        return self._node.logs(from_block=start, to_block=start + count - 1, address=self._address)

    def _times(self, numbers: set[int]) -> dict[int, int]:
        times: dict[int, int] = {}
        waiting = sorted(numbers)
        for start in range(0, len(waiting), CALLS_A_REQUEST):
            some = waiting[start : start + CALLS_A_REQUEST]
            blocks = self._node.batch([("eth_getBlockByNumber", number, False) for number in some])
            times |= {number: int(block["timestamp"], 16) for number, block in zip(some, blocks, strict=True)}
        return times

    def _check_cursor(self, cursor: MirrorCursor) -> None:
        block = self._node.block(cursor.number)
        found = ABSENT if block is None else str(block["hash"]).lower()
        self._drifts.note("mirror_cursor", str(cursor.id), "hash", cursor.hash, found)

    # The projections

    def _compare_tables(self, session: Session) -> None:
        with self._scratch.read() as scratch:
            for table in projection_tables():
                self._compare(table, queries.rows(session, table), queries.rows(scratch, table))

    def _compare(
        self, table: Table, held: Iterator[tuple[Any, ...]], wanted: Iterator[tuple[Any, ...]]
    ) -> None:
        """Walk both in the order of their primary keys."""
        names = [column.name for column in table.columns]
        places = [names.index(column.name) for column in table.primary_key.columns]
        one, other = next(held, None), next(wanted, None)
        while one is not None or other is not None:
            here = None if one is None else tuple(one[place] for place in places)
            there = None if other is None else tuple(other[place] for place in places)
            if one is not None and other is not None and here == there:
                self._compare_rows(table.name, _key(here), names, one, other)
                one, other = next(held, None), next(wanted, None)
            elif there is None or (here is not None and here < there):
                self._drifts.note(table.name, _key(here), ROW, PRESENT, ABSENT)
                one = next(held, None)
            else:
                self._drifts.note(table.name, _key(there), ROW, ABSENT, PRESENT)
                other = next(wanted, None)

    def _compare_rows(
        self, table: str, key: str, names: list[str], one: tuple[Any, ...], other: tuple[Any, ...]
    ) -> None:
        for name, held, wanted in zip(names, one, other, strict=True):
            if held != wanted:
                self._drifts.note(table, key, name, _text(held), _text(wanted))

    # The contract's state

    def _compare_words(self, block_hash: str) -> None:
        with self._scratch.read() as scratch:
            waiting: list[Asked] = []
            for asked in asked_records(scratch):
                waiting.append(asked)
                if len(waiting) == CALLS_A_REQUEST:
                    self._ask(waiting, block_hash)
                    waiting = []
            self._ask(waiting, block_hash)

    def _ask(self, several: list[Asked], block_hash: str) -> None:
        self._records += len(several)
        at = {"blockHash": block_hash}
        answers = self._node.batch(
            [("eth_call", {"to": self._address, "input": asked.data}, at) for asked in several]
        )
        for asked, answer in zip(several, answers, strict=True):
            self._compare_word(asked, asked.answer(bytes.fromhex(str(answer)[2:])))

    def _compare_word(self, asked: Asked, chain: dict[str, int | str] | None) -> None:
        table, key = asked.table, asked.key
        if asked.row is None or chain is None:
            held = ABSENT if asked.row is None else PRESENT
            self._drifts.note(table, key, ROW, held, ABSENT if chain is None else PRESENT)
            return
        if self._drifts.is_noted(table, key, ROW):
            return
        for name, value in chain.items():
            self._drifts.note(table, key, name, _text(asked.row[name]), _text(value))


def _as_event(log: Json, times: dict[int, int]) -> ChainEvent:
    number = int(log["blockNumber"], 16)
    return ChainEvent(
        block_number=number,
        log_index=int(log["logIndex"], 16),
        block_hash=str(log["blockHash"]).lower(),
        tx_hash=str(log["transactionHash"]).lower(),
        time=times[number],
        topics=b"".join(bytes.fromhex(topic[2:]) for topic in log["topics"]),
        data=bytes.fromhex(log["data"][2:]),
        decoder=DECODER,
    )


def _event_rows(table: Table, events: Sequence[ChainEvent | StoredEvent]) -> Iterator[tuple[Any, ...]]:
    # Which version decoded an event is the database's own note, not the chain's.
    for event in events:
        yield tuple(
            DECODER if column.name == "decoder" else getattr(event, column.name) for column in table.columns
        )


def _key(values: tuple[Any, ...] | None) -> str:
    return "/".join(str(value) for value in values or ())


def _text(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
