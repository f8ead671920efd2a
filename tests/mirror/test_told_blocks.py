"""A real node that tells of its new blocks: they are mirrored at once, however seldom it is polled."""

from contextlib import contextmanager
from threading import Event, Thread

from registry.chain.heads import Heads
from registry.kit.clock import Deadline
from registry.mirror import queries
from tests.mirror.life import anvil_life, until

SELDOM_S = 1_000.0


@contextmanager
def working(life, *loops):
    stop = Event()
    threads = [Thread(target=life.worker.loop, args=(stop, SELDOM_S))]
    threads += [Thread(target=loop, args=(stop,)) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        life.worker.wake()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()


def height(life):
    with life.database.read() as session:
        cursor = queries.cursor(session)
    return -1 if cursor is None else cursor.number


def mined(life):
    life.node.call("evm_mine")
    return life.node.block_number()


def test_a_block_is_mirrored_as_soon_as_the_node_tells_of_it(tmp_path):
    with anvil_life(tmp_path) as life:
        life.worker.run_until_idle()
        heads = Heads(life.node.url.replace("http", "ws", 1), life.worker.wake)
        with working(life, heads.loop):
            until(lambda: heads.is_listening or None)
            for _ in range(3):
                block = mined(life)
                until(lambda block=block: height(life) >= block or None)


def test_control_without_its_word_the_same_block_waits_to_be_polled(tmp_path):
    with anvil_life(tmp_path) as life, working(life):
        until(lambda: height(life) == life.node.block_number() or None)
        Deadline(1).pause(1)  # the round that follows the first
        block = mined(life)
        Deadline(1).pause(1)
        assert height(life) < block
