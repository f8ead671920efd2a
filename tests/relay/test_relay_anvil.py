"""The relay and a real mempool: what is stuck, dropped, replaced or missing is seen to, and takes effect once."""

import pytest

from registry.chain.messages import keccak256
from registry.chain.node import Node
from registry.mirror.worker import Worker
from registry.relay import queries
from registry.relay.model import ActStatus
from tests.mirror.life import KEYS, anvil_life, send
from tests.relay.test_relay import Breaking, BreakingDatabase, Crash, act_of, minima_on_chain, settings

GWEI = 10**9


@pytest.fixture
def life(tmp_path):
    """A node that makes blocks only when told to."""
    with anvil_life(tmp_path) as life:
        life.node.call("evm_setAutomine", False)
        life.mirror.catch_up()
        yield life


def relay_of(life, node=None, *, is_hasty=True, **more):
    """One for which everything that waits has waited too long."""
    relay = life.new_relay(life.database, node)
    relay._stuck *= 0 if is_hasty else 1
    for name, value in more.items():
        setattr(relay, name, value)
    return relay


def mine(life):
    life.node.call("evm_mine")
    life.mirror.catch_up()


def signed_for(life, act_id):
    with life.database.read() as session:
        return [one.tx_hash for one in queries.transactions(session, act_id)]


def base_fee(life, wei):
    life.node.call("anvil_setNextBlockBaseFeePerGas", wei)


class SendingTwice(Breaking):
    """Lets what is sent again pass, and crashes before the dearer one is sent."""

    def send_raw(self, raw):
        if self.sent:
            raise Crash
        return super().send_raw(raw)


def test_what_no_block_takes_is_replaced_by_a_dearer_one(life):
    (act_id,) = settings(life, 501)
    relay_of(life).step()
    first = act_of(life, act_id)
    base_fee(life, 100 * GWEI)
    mine(life)
    assert act_of(life, act_id).status == ActStatus.SENT
    relay_of(life, is_hasty=False).step()
    assert act_of(life, act_id).tx_hash == first.tx_hash
    relay_of(life).step()
    second = act_of(life, act_id)
    assert (second.nonce, second.status) == (first.nonce, ActStatus.SENT)
    assert second.tx_hash != first.tx_hash
    assert life.node.transaction(first.tx_hash) is None
    mine(life)
    assert act_of(life, act_id).status == ActStatus.INCLUDED
    assert minima_on_chain(life) == [501]
    assert set(signed_for(life, act_id)) == {first.tx_hash, second.tx_hash}


def test_a_replaced_transaction_that_is_mined_all_the_same_is_the_acts(life):
    (act_id,) = settings(life, 502)
    relay_of(life).step()
    first = act_of(life, act_id)
    with pytest.raises(Crash):
        relay_of(life, SendingTwice(life.node)).step()
    assert act_of(life, act_id).tx_hash != first.tx_hash
    mine(life)
    included = act_of(life, act_id)
    assert (included.status, included.tx_hash) == (ActStatus.INCLUDED, first.tx_hash)
    relay_of(life).step()
    mine(life)
    assert minima_on_chain(life) == [502]


def test_a_crash_before_a_dearer_one_is_committed_leaves_the_first(life):
    (act_id,) = settings(life, 512)
    relay_of(life).step()
    first = act_of(life, act_id)
    broken = BreakingDatabase(life.database.url)
    dying = life.new_relay(broken)
    dying._stuck *= 0
    with pytest.raises(Crash):
        dying.step()
    broken.close()
    assert (act_of(life, act_id).tx_hash, signed_for(life, act_id)) == (first.tx_hash, [first.tx_hash])
    mine(life)
    assert minima_on_chain(life) == [512]


def test_no_more_is_offered_than_the_setting_allows(life):
    (act_id,) = settings(life, 503)
    relay = relay_of(life, _bound=3 * GWEI)
    relay.step()
    base_fee(life, 100 * GWEI)
    mine(life)
    for _ in range(8):
        relay.step()
    assert "relay_max_fee_gwei" in relay.troubles["operator"]
    with life.database.read() as session:
        offered = [one.max_fee for one in queries.transactions(session, act_id)]
    assert max(offered) <= 3 * GWEI
    generous = relay_of(life)
    generous.step()
    assert generous.troubles == {}
    mine(life)
    assert minima_on_chain(life) == [503]


def test_what_the_node_dropped_is_sent_again(life):
    acts = settings(life, 504, 505)
    relay = relay_of(life, is_hasty=False)
    relay.step()
    life.node.call("anvil_dropTransaction", act_of(life, acts[0]).tx_hash)
    mine(life)
    assert minima_on_chain(life) == []
    relay.step()
    mine(life)
    assert minima_on_chain(life) == [504, 505]
    assert [len(signed_for(life, one)) for one in acts] == [1, 1]


def test_what_a_former_key_signed_and_no_block_takes_is_named(life):
    (act_id,) = settings(life, 530)
    relay_of(life).step()
    base_fee(life, 100 * GWEI)
    mine(life)
    changed = relay_of(life)
    changed._senders = {"operator": KEYS["clerk"]}
    changed.step()
    assert f"({KEYS['operator'].address}). Put that key back" in changed.troubles["operator"]
    relay_of(life).step()
    mine(life)
    assert act_of(life, act_id).status == ActStatus.INCLUDED
    assert minima_on_chain(life) == [530]


def test_a_gap_in_the_nonces_is_filled(life):
    other = send(life.node, KEYS["operator"], bytes.fromhex(KEYS["clerk"].address[2:]), b"")
    acts = settings(life, 506, 507)
    relay = relay_of(life, is_hasty=False)
    relay.step()
    life.node.call("anvil_dropTransaction", other)
    mine(life)
    relay.step()
    mine(life)
    assert minima_on_chain(life) == []
    relay_of(life).step()
    mine(life)
    assert minima_on_chain(life) == [506, 507]
    assert [len(signed_for(life, one)) for one in acts] == [1, 1]


def test_a_new_act_takes_the_gap_where_there_is_one(life):
    other = send(life.node, KEYS["operator"], bytes.fromhex(KEYS["clerk"].address[2:]), b"")
    (waiting,) = settings(life, 508)
    relay = relay_of(life, is_hasty=False)
    relay.step()
    life.node.call("anvil_dropTransaction", other)
    (filling,) = settings(life, 509)
    relay.step()
    assert act_of(life, filling).nonce == act_of(life, waiting).nonce - 1
    mine(life)
    assert minima_on_chain(life) == [509, 508]


def test_a_sender_without_money_is_told_and_what_may_need_its_acts_waits(life):
    acts = settings(life, 510, 511)
    operator = KEYS["operator"].address
    life.node.call("anvil_setBalance", operator, 0)
    # The contract refuses it as things stand; after the operator's acts it might not.
    other = life.enqueue("freeze", [1, True], sender="relay")
    worker = Worker(relay_of(life, is_hasty=False), life.mirror)
    worker.try_round_if_free()
    assert operator in worker.trouble
    assert [act_of(life, one).status for one in (*acts, other)] == [ActStatus.PENDING] * 3
    life.node.call("anvil_setBalance", operator, 10**20)
    worker.try_round_if_free()
    assert worker.trouble is None
    assert [act_of(life, one).status for one in acts] == [ActStatus.SENT] * 2
    mine(life)
    worker.try_round_if_free()
    assert act_of(life, other).status == ActStatus.REFUSED


def test_a_sender_without_money_stops_no_other(life):
    life.node.call("anvil_setBalance", KEYS["relay"].address, 0)
    poor = life.enqueue("setLimits", [365, 10, 5, 30, 520], sender="relay", about="limits:520")
    rich = settings(life, 521, 522)
    relay = relay_of(life, Breaking(life.node), is_hasty=False)
    # The contract would refuse the poor one's act; what is tried here is its money.
    relay._node.estimate_gas = lambda to, data, sender: (
        100_000 if sender == KEYS["relay"].address else life.node.estimate_gas(to, data, sender)
    )
    assert relay.step() == 2
    assert list(relay.troubles) == ["relay"]
    mine(life)
    assert [act_of(life, one).status for one in rich] == [ActStatus.INCLUDED] * 2
    assert act_of(life, poor).status == ActStatus.PENDING


class Silent(Breaking):
    """Says that it took what it was sent, and keeps it to itself."""

    def send_raw(self, raw):
        self.sent.append(raw)
        return keccak256(raw)


def test_what_the_first_node_keeps_to_itself_the_others_are_handed_once(life):
    (act_id,) = settings(life, 531)
    silent, away = Silent(life.node), Node("http://127.0.0.1:9", timeout=1)
    other = Breaking(life.node)
    relay = life.new_relay(life.database, silent)
    relay._others = (away, other)
    relay.step()
    relay.step()
    mine(life)
    assert act_of(life, act_id).status == ActStatus.SENT
    assert other.sent == []  # it does not wait for too long yet
    relay._stuck *= 0
    relay._bound = 1  # no dearer one is signed
    relay.step()
    relay.step()
    assert len(silent.sent) >= 4
    assert len(other.sent) == 1
    mine(life)
    assert act_of(life, act_id).status == ActStatus.INCLUDED
    away.close()
