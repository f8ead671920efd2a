"""Acts of the outbox when a real node reorganizes its chain: sent again, and never twice."""

import pytest

from registry.chain.finality import Finality
from registry.mirror.digest import digest
from registry.mirror.mirror import Mirror
from registry.mirror.worker import Worker
from registry.relay import queries
from registry.relay.model import Act, ActStatus
from tests.mirror.life import KEYS, anvil_life, send
from tests.mirror.test_worker import limits, minima_on_chain

DEPTH = 10


@pytest.fixture
def life(tmp_path):
    with anvil_life(tmp_path) as life:
        life.new_mirror = lambda database: Mirror(
            database, life.node, life.address, life.start_block, life.clock, finality=Finality(DEPTH)
        )
        life.mirror = life.new_mirror(life.database)
        life.worker = Worker(life.relay, life.mirror)
        yield life


def reorganize(life, depth):
    """The last blocks are others now, and empty; anvil takes the depth as a plain number only."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "anvil_reorg", "params": [depth, []]}
    assert "error" not in life.node._post(request)


def acts_of(life, ids) -> list[Act]:
    with life.database.read() as session:
        return [queries.act(session, one) for one in ids]


def says_what_a_fresh_replay_says(life):
    other = life.open_database("other.db")
    life.new_mirror(other).catch_up()
    with life.database.read() as one, other.read() as two:
        same = digest(one) == digest(two)
    other.close()
    return same


def settled(life, *minima):
    """One block each."""
    ids = []
    for minimum in minima:
        ids += limits(life, minimum)
        life.worker.run_until_idle()
    return ids


def test_acts_whose_blocks_went_are_sent_again_with_the_same_bytes(life):
    ids = settled(life, 401, 402, 403)
    before = acts_of(life, ids)
    reorganize(life, 2)
    life.mirror.catch_up()
    assert minima_on_chain(life) == [401]
    assert [one.status for one in acts_of(life, ids)] == ["included", "orphaned", "orphaned"]
    assert says_what_a_fresh_replay_says(life)
    life.worker.run_until_idle()
    after = acts_of(life, ids)
    assert [one.status for one in after] == [ActStatus.INCLUDED] * 3
    assert [one.tx_hash for one in after] == [one.tx_hash for one in before]
    assert minima_on_chain(life) == [401, 402, 403]
    assert says_what_a_fresh_replay_says(life)


def test_an_act_whose_nonce_another_transaction_took_is_signed_anew_once_that_is_final(life):
    first, second = settled(life, 411, 412)
    before = acts_of(life, [second])[0]
    reorganize(life, 1)
    other = KEYS["relay"].address
    send(life.node, KEYS["operator"], bytes.fromhex(other[2:]), b"", nonce=before.nonce)
    for _ in range(DEPTH - 1):
        life.worker.run_once()
        orphaned = acts_of(life, [second])[0]
        # The branch it was in could still come back.
        assert (orphaned.status, orphaned.tx_hash) == (ActStatus.ORPHANED, before.tx_hash)
        life.node.call("anvil_mine", 1)
    life.node.call("anvil_mine", 2)
    life.worker.run_until_idle()
    after = acts_of(life, [second])[0]
    assert (after.status, after.nonce) == (ActStatus.INCLUDED, before.nonce + 1)
    assert after.tx_hash != before.tx_hash
    assert minima_on_chain(life) == [411, 412]
    assert acts_of(life, [first])[0].status == ActStatus.INCLUDED
    assert says_what_a_fresh_replay_says(life)
