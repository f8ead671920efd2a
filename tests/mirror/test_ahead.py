"""Far from the head another process reads ahead: what it brings is what the mirror reads itself, and what it cannot
bring, the mirror reads itself."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Pipe
from pathlib import Path
from threading import Thread, current_thread, main_thread

import pytest

from registry.chain.contract import UndecodableLog
from registry.chain.node import Node
from registry.kit.clock import FixedClock
from registry.mirror import ahead, queries, reader
from registry.mirror.ahead import Ahead, read_ahead
from registry.mirror.errors import NodeInconsistent
from registry.mirror.mirror import Mirror
from registry.mirror.model import ChainEvent
from registry.mirror.reader import BLOCKS_A_STEP, Block, ReadBlock
from registry.storage.unit_of_work import Database
from tests.builders.anvil import anvil
from tests.builders.databases import a_database
from tests.builders.lying_proxy import lying_proxy
from tests.mirror.busy_chain import OPTIONS, BusyChain
from tests.mirror.test_mirror_safety import RECEIPTS, count, digest_of

FAR = 10
EMPTY = 8 * BLOCKS_A_STEP  # more than a line between processes holds of them
PATIENCE_S = 20


@pytest.fixture(scope="module")
def chain() -> Iterator[BusyChain]:
    """Much happens, then for some steps nothing, then much again."""
    with anvil(*OPTIONS) as node:
        busy = BusyChain(node)
        busy.grow(300)
        node.call("anvil_mine", EMPTY)
        busy.now += EMPTY * 12
        busy.grow(600)
        yield busy


class Spied(Ahead):
    """Is far already where tests are, and ready as soon as it is started; remembers what it gave."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.given: list[ReadBlock] = []
        self.started = []
        spied.append(self)

    def after(self, block: Block, url: str, final: int) -> list[ReadBlock]:
        found = super().after(block, url, final)
        self.given += found
        return found

    def _start(self):  # type: ignore[no-untyped-def]
        line = super()._start()
        self.started.append(self._process)
        assert line.poll(PATIENCE_S)
        return line


spied: list[Spied] = []


def of_this_test(address: str) -> Ahead:
    """Registries that stay open for other tests mirror in threads of theirs; those are not spied upon."""
    return (Spied if current_thread() is main_thread() else Ahead)(address)


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    spied.clear()
    monkeypatch.setattr(ahead, "FAR", FAR)
    monkeypatch.setattr("registry.mirror.mirror.Ahead", of_this_test)
    # What the mirror reads itself while the other starts.
    monkeypatch.setattr("registry.mirror.mirror.BLOCKS_A_STEP", 20)


def mirror_of(chain: BusyChain, database: Database, *nodes: Node) -> Mirror:
    nodes = nodes or (chain._node,)
    return Mirror(database, nodes[0], chain.address, chain.start_block, FixedClock(), others=nodes[1:])


@pytest.fixture
def target() -> Iterator[Database]:
    """Without rows."""
    database = a_database()
    yield database
    database.close()


@pytest.fixture
def expected(chain: BusyChain, database: Database) -> str:
    """The digest of what one process mirrors."""
    mirror = mirror_of(chain, database)
    while mirror.step():
        pass
    assert count(database, ChainEvent) == chain.events
    assert not spied
    return digest_of(database)


def ended(one: Spied) -> bool:
    return all(process.poll() is not None for process in one.started)


def test_what_is_read_ahead_is_what_the_mirror_reads_itself(
    chain: BusyChain, expected: str, database: Database, target: Database
) -> None:
    mirror_of(chain, target).catch_up()
    (one,) = spied
    assert len(one.given) > EMPTY - BLOCKS_A_STEP
    assert sum(len(block.logs) for block in one.given) > chain.events // 3
    assert digest_of(target) == expected
    with target.read() as mine, database.read() as theirs:
        assert [*queries.row_dicts(mine, ChainEvent)] == [*queries.row_dicts(theirs, ChainEvent)]


def test_nothing_is_left_running(chain: BusyChain, target: Database) -> None:
    mirror = mirror_of(chain, target)
    mirror.catch_up(lambda: bool(spied[0].given))
    (one,) = spied
    assert one.started
    assert ended(one)


def test_where_it_is_killed_the_mirror_goes_on_itself(
    chain: BusyChain, expected: str, target: Database
) -> None:
    def kill() -> bool:
        (one,) = spied
        if one.given and not ended(one):
            one.started[0].kill()
            one.started[0].wait(PATIENCE_S)
        return False

    mirror_of(chain, target).catch_up(kill)
    (one,) = spied
    assert len(one.started) == 1
    assert 0 < len(one.given) < EMPTY
    assert digest_of(target) == expected


def test_where_it_cannot_be_started_the_mirror_goes_on_itself(
    chain: BusyChain, expected: str, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead.sys, "executable", "/nowhere/python")
    mirror_of(chain, target).catch_up()
    assert spied[0].given == []
    assert digest_of(target) == expected


def test_a_lie_told_to_it_is_named_by_the_mirror(chain: BusyChain, expected: str, target: Database) -> None:
    last = chain._node.block_number()

    def alter(receipts):  # type: ignore[no-untyped-def]
        if int(receipts[0]["blockNumber"], 16) == last:
            receipts[0]["logs"][0]["data"] = "0x" + "ee" * 32
        return receipts

    with lying_proxy(chain._node.url, {RECEIPTS: alter}) as url, Node(url) as liar:
        with pytest.raises(NodeInconsistent, match="do not hash to the header's root"):
            mirror_of(chain, target, liar).catch_up()
        assert spied[0].given
        assert ended(spied[0])
        with target.read() as session:
            assert queries.cursor(session).number < last  # type: ignore[union-attr]
        mirror_of(chain, target, liar, chain._node).catch_up()
    assert digest_of(target) == expected


def test_no_word_of_its_command_names_the_node(chain: BusyChain, target: Database) -> None:
    words: list[bytes] = []

    def look() -> bool:
        words.extend(Path(f"/proc/{each.pid}/cmdline").read_bytes() for one in spied for each in one.started)
        return bool(words)

    mirror_of(chain, target).catch_up(look)
    assert b"registry.mirror" in words[0]
    assert b"127.0.0.1" not in words[0]


def test_blocks_that_do_not_follow_are_not_taken(chain: BusyChain) -> None:
    node = chain._node
    first, last = chain.start_block, node.block_number()
    here = Block(first, reader.Reader(node, chain.address).hash_of(first))
    elsewhere = Block(first, "0x" + "ee" * 32)
    with closing(Spied(chain.address)) as one:
        assert one.after(here, node.url, last) == []  # it starts
        found = one.after(here, node.url, last)
        assert found[0].header.parent == here.hash
    with closing(Spied(chain.address)) as another:
        assert another.after(elsewhere, node.url, last) == []
        assert another.after(elsewhere, node.url, last) == []
        assert ended(another)
        assert another.after(here, node.url, last) == []  # not tried once more
        assert len(another.started) == 1


def test_it_ends_with_the_mirrors_process(chain: BusyChain) -> None:
    with closing(Spied(chain.address)) as one:
        one.after(Block(0, ""), chain._node.url, chain._node.block_number())
        assert one._line is not None
        one._line.close()  # as the kernel does for whoever is killed
        assert one.started[0].wait(PATIENCE_S) == 0


@contextmanager
def reading(chain: BusyChain, first: int) -> Iterator[list[list[ReadBlock]]]:
    """What the process would send, from this block on."""
    here, there = Pipe()
    sent: list[list[ReadBlock]] = []

    def work() -> None:
        with there:
            read_ahead(there)

    with here:
        thread = Thread(target=work)
        thread.start()
        here.recv()
        here.send((chain._node.url, chain.address, first, chain._node.block_number()))
        with suppress(EOFError):
            while here.poll(PATIENCE_S) and (blocks := here.recv()):
                sent.append(blocks)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    yield sent


def test_a_log_that_cannot_be_decoded_ends_what_is_read_ahead(
    chain: BusyChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = chain._node.block_number()
    with reading(chain, last - 3) as sent:
        assert [block.header.number for blocks in sent for block in blocks] == [
            last - 3,
            last - 2,
            last - 1,
            last,
        ]
    decode, seen = reader.decode_event, []

    def stumble(topics, data):  # type: ignore[no-untyped-def]
        seen.append(data)
        if len(seen) > len(sent[0][0].logs):
            raise UndecodableLog("no such event")
        return decode(topics, data)

    monkeypatch.setattr(reader, "decode_event", stumble)
    with reading(chain, last - 3) as cut:
        assert [block.header.number for blocks in cut for block in blocks] == [last - 3]
