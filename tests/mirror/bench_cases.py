"""One case of the mirror's benchmark in a process of its own, so that processor time and memory are its own:
``python -m tests.mirror.bench_cases CASE URL CONTRACT FIRST LAST DATABASE`` prints a Figure as JSON; with one of
WORKS for CASE it works until its input ends."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from random import Random
from threading import Event, Thread

import orjson
from sqlalchemy import func, select

from registry.chain.contract import encode_call
from registry.chain.finality import Finality
from registry.chain.heads import Heads
from registry.chain.node import Node
from registry.kit.clock import SystemClock
from registry.mirror.mirror import BLOCKS_A_STEP, Mirror
from registry.mirror.model import ChainEvent
from registry.mirror.rebuild import rebuild
from registry.mirror.worker import Worker
from registry.relay.relay import Relay
from registry.storage.unit_of_work import Database
from tests.builders.ledger import OPERATOR
from tests.mirror.figures import Figure, measured
from tests.mirror.life import send, until

REORGANIZED = 64
POLL_S, SELDOM_S = 0.1, 1_000.0
LOOK_S = 0.0005
POLL, HEED = "poll", "heed"
# What a live case's worker does: how often it asks, and by what it is told.
WORKS: dict[str, tuple[float, tuple[type[Heads], ...]]] = {POLL: (POLL_S, ()), HEED: (SELDOM_S, (Heads,))}
READY = b"ready\n"
SIGHTS, WARM_UP = 205, 5  # blocks in one round of a live case, and those of them that are not counted


@dataclass(frozen=True)
class Place:
    """A contract on a node, the blocks to read, ends included, and the database to bring up."""

    node: Node
    contract: str
    first: int
    last: int
    database: Database

    def mirror(self, depth: int = 0) -> Mirror:
        return Mirror(
            self.database, self.node, self.contract, self.first, SystemClock(), finality=Finality(depth)
        )

    def stored(self) -> int:
        with self.database.read() as session:
            return int(session.scalar(select(func.count()).select_from(ChainEvent)) or 0)

    @contextmanager
    def height(self) -> Iterator[Callable[[], int]]:
        """Asks where the mirror stands, in one statement: whoever waits is not to slow down the mirror beside it."""
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield lambda: int(connection.exec_driver_sql("SELECT number FROM mirror_cursor").scalar_one())


def own(place: Place) -> Figure:
    """The project's backfill of blocks that are final, with all of its checks."""
    return measured(lambda: (place.mirror().catch_up(), place.stored())[1])


def raw(place: Place) -> Figure:
    """What the node takes to tell the logs, and JSON to be parsed; nothing is checked, decoded or kept."""

    def read() -> int:
        return sum(
            len(
                place.node.logs(
                    from_block=start,
                    to_block=min(place.last, start + BLOCKS_A_STEP - 1),
                    address=place.contract,
                )
            )
            for start in range(place.first, place.last + 1, BLOCKS_A_STEP)
        )

    return measured(read)


def rebuilding(place: Place) -> Figure:
    """Projections once more from the events that an earlier case stored."""
    return measured(lambda: rebuild(place.database).events)


def undoing(place: Place) -> Figure:
    """The last blocks, mirrored but not final, are taken back and as many empty ones come in their place."""
    mirror = place.mirror(depth=2 * REORGANIZED)
    mirror.catch_up()
    before = place.stored()
    # anvil takes the depth as a plain number only
    request = {"jsonrpc": "2.0", "id": 1, "method": "anvil_reorg", "params": [REORGANIZED, []]}
    assert "error" not in place.node._post(request)

    def undo() -> int:
        assert mirror.catch_up() == REORGANIZED
        return before - place.stored()

    found = measured(undo)
    return replace(found, waits_ms=(found.wall_s * 1000,))


def live(place: Place) -> Figure:
    """What passes from an act's block being mined to its being seen in the database, a worker asking the node for it
    every POLL_S. The first blocks are not counted: a process puts its statements into words at their first use."""
    return _live(place, POLL)


def live_told(place: Place) -> Figure:
    """The same where the node tells of new blocks, and is asked so seldom that it makes no difference."""
    return _live(place, HEED)


def _live(place: Place, work: str) -> Figure:
    random = Random(1)
    waits: list[float] = []

    def watch() -> int:
        with working(place, work), place.height() as standing:
            seen = place.stored()
            for minimum in range(101, 101 + SIGHTS):
                data = encode_call("setLimits", 365, 10, 5, 30, minimum)
                send(place.node, OPERATOR, bytes.fromhex(place.contract[2:]), data)
                time.sleep(random.uniform(0, 2 * POLL_S))
                place.node.call("evm_mine")
                mined, height = time.perf_counter(), place.node.block_number()
                while standing() < height:
                    time.sleep(LOOK_S)
                waits.append((time.perf_counter() - mined) * 1000)
        return place.stored() - seen

    found = measured(watch)
    return replace(found, waits_ms=tuple(waits[WARM_UP:]))


@contextmanager
def working(place: Place, work: str) -> Iterator[None]:
    """A worker in a process of its own, as `counterfoil work` is, so that whoever looks does not keep it waiting."""
    where = (place.node.url, place.contract, str(place.first), str(place.last), place.database.url)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mirror.bench_cases", work, *where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == READY, "the worker did not start"
        yield


def serve(place: Place, work: str) -> None:
    """Work so, until nobody holds the other end of the input."""
    poll_s, listeners = WORKS[work]
    worker = Worker(Relay(place.database, place.node, place.contract, {}, SystemClock()), place.mirror())
    worker.run_once()
    heads = [listener(place.node.url.replace("http", "ws", 1), worker.wake) for listener in listeners]
    stop = Event()
    threads = [
        Thread(target=worker.loop, args=(stop, poll_s)),
        *(Thread(target=one.loop, args=(stop,)) for one in heads),
    ]
    for thread in threads:
        thread.start()
    until(lambda: all(one.is_listening for one in heads) or None)
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    sys.stdin.read()
    stop.set()
    worker.wake()
    for thread in threads:
        thread.join()


CASES: dict[str, Callable[[Place], Figure]] = {
    "own_sqlite": own,
    "own_postgresql": own,
    "raw": raw,
    "rebuild": rebuilding,
    "undo": undoing,
    "live": live,
    "live_told": live_told,
}


def main(case: str, url: str, contract: str, first: str, last: str, database_url: str) -> None:
    gc.freeze()  # what was imported is not looked through for garbage, as in the command (api/__main__.py)
    database = Database(database_url)
    with Node(url, timeout=60) as node:
        place = Place(node, contract, int(first), int(last), database)
        if case in WORKS:
            serve(place, case)
        else:
            sys.stdout.write(orjson.dumps(asdict(CASES[case](place))).decode())
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
