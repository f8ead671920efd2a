"""An act takes effect at most once, whatever crashes when, and at least once unless the chain refuses it."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from registry.chain.embedded.owner import open_chain
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.node import Node
from registry.chain.words import LimitsWord
from registry.kit.clock import FixedClock
from registry.mirror import queries as mirrored
from registry.mirror.folding import happened
from registry.relay import queries
from registry.relay.errors import ActPending
from registry.relay.model import Act, ActStatus
from registry.relay.refusals import ChainRefused
from registry.storage.unit_of_work import Database
from tests.mirror.life import GENESIS, KEYS, Life, deploy, embedded_life

FIXED = FixedClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


class Crash(BaseException):
    """The process ends here."""


class Breaking:
    """A node connection that crashes around sending; ``where`` None lets everything pass."""

    def __init__(self, node, where=None):
        self._node = node
        self.where = where
        self.sent = []

    def __getattr__(self, name):
        return getattr(self._node, name)

    def send_raw(self, raw):
        if self.where == "after commit, before send":
            raise Crash
        answer = self._node.send_raw(raw)
        self.sent.append(raw)
        if self.where == "after send":
            raise Crash
        return answer


class BreakingDatabase(Database):
    """Crashes at the end of the next unit of work, before it commits."""

    @contextmanager
    def write(self):
        with super().write() as session:
            yield session
            raise Crash


@pytest.fixture
def life(tmp_path):
    with embedded_life(tmp_path) as (life, _):
        yield life


@pytest.fixture
def slow(tmp_path):
    """A chain that seals a block only when told to."""
    with embedded_life(tmp_path, batching_s=600) as (life, chain):
        life.mine = chain.chain.mine
        yield life


def settings(life, *minima):
    """Acts whose order and number show on the chain: each sets another smallest lot."""
    return [
        life.enqueue("setLimits", [365, 10, 5, 30, minimum], sender="operator", about=f"limits:{minimum}")
        for minimum in minima
    ]


def minima_on_chain(life):
    """The smallest lots set so far, in chain order, without the one of the deployment."""
    with life.database.read() as session:
        events = [event for page in mirrored.event_pages(session) for event in page]
    decoded = [happened(event).event for event in events]
    words = [event.values["limitsWord"] for event in decoded if event.name == "LimitsSet"]
    return [LimitsWord.unpack(word).min_lot for word in words][1:]


def act_of(life, act_id):
    with life.database.read() as session:
        return queries.act(session, act_id)


@pytest.mark.parametrize("where", ["after commit, before send", "after send"])
def test_a_crash_around_sending_neither_loses_nor_doubles_the_act(life, where):
    (act_id,) = settings(life, 201)
    with pytest.raises(Crash):
        life.new_relay(life.database, Breaking(life.node, where)).step()
    assert act_of(life, act_id).status == ActStatus.SENT
    life.worker.run_until_idle()
    assert act_of(life, act_id).status == ActStatus.INCLUDED
    assert minima_on_chain(life) == [201]


def test_a_crash_before_the_commit_leaves_the_act_pending_and_nothing_sent(life):
    (act_id,) = settings(life, 202)
    node = Breaking(life.node)
    broken = BreakingDatabase(life.database.url)
    with pytest.raises(Crash):
        life.new_relay(broken, node).step()
    broken.close()
    assert node.sent == []
    assert act_of(life, act_id).status == ActStatus.PENDING
    life.worker.run_until_idle()
    assert minima_on_chain(life) == [202]


def test_a_chain_that_forgot_the_transaction_gets_the_same_bytes_again(tmp_path):
    with (
        open_chain(tmp_path / "chain", FIXED, genesis=GENESIS, batching_s=0.002) as chain,
        Node(chain.url) as node,
    ):
        place = deploy(node)
    with open_chain(tmp_path / "chain", FIXED, batching_s=600) as chain, Node(chain.url) as node:
        life = Life(node, tmp_path, FIXED, *place)
        (act_id,) = settings(life, 203)
        assert life.relay.step() == 1
        assert node.transaction(act_of(life, act_id).tx_hash) is not None
    sent = act_of(life, act_id)
    with open_chain(tmp_path / "chain", FIXED, batching_s=0.002) as chain, Node(chain.url) as node:
        assert node.transaction(sent.tx_hash) is None
        again = Life(node, tmp_path, FIXED, *place)
        again.worker.run_until_idle()
        included = act_of(again, act_id)
        assert (included.status, included.tx_hash, included.nonce) == (
            ActStatus.INCLUDED, sent.tx_hash, sent.nonce,
        )  # fmt: skip
        assert minima_on_chain(again) == [203]
        again.close()
    life.close()


def test_acts_go_out_in_their_order_and_share_a_block(slow):
    acts = settings(slow, 204, 205, 206)
    assert slow.relay.step() == 3
    assert slow.relay.step() == 0
    slow.mine()
    assert slow.mirror.catch_up() > 0
    assert minima_on_chain(slow) == [204, 205, 206]
    assert len({act_of(slow, act).block_number for act in acts}) == 1
    assert [act_of(slow, act).nonce for act in acts] == [1, 2, 3]


def test_an_act_that_needs_one_in_flight_waits_for_it(slow):
    admitted = slow.enqueue("admit", *slow.admission("supplier"), sender="operator")
    frozen = slow.enqueue("freeze", [2, True], sender="operator")
    assert slow.relay.step() == 1
    assert act_of(slow, frozen).status == ActStatus.PENDING
    slow.mine()
    # In the block already, but not seen by the mirror: still in flight as far as the outbox knows.
    slow.mirror.catch_up()
    assert act_of(slow, admitted).status == ActStatus.INCLUDED
    assert slow.relay.step() == 1
    slow.mine()
    slow.mirror.catch_up()
    assert act_of(slow, frozen).status == ActStatus.INCLUDED


def test_what_the_contract_would_refuse_is_refused_with_its_reason_and_never_sent(life):
    act_id = life.enqueue("freeze", [99, True], sender="operator")
    with pytest.raises(ChainRefused) as refused:
        life.settle(act_id)
    assert refused.value.code == "unknown_party"
    assert "Party 99" in refused.value.detail
    act = act_of(life, act_id)
    assert (act.status, act.nonce, act.tx_hash) == (ActStatus.REFUSED, None, None)


def test_of_two_acts_that_exclude_each_other_the_second_is_refused_by_the_chain(slow):
    first = slow.enqueue("setFingerprintKey", [1, b"\x01" * 32], sender="operator")
    second = slow.enqueue("setFingerprintKey", [1, b"\x02" * 32], sender="operator")
    assert slow.relay.step() == 2
    slow.mine()
    slow.mirror.catch_up()
    assert act_of(slow, first).status == ActStatus.INCLUDED
    refused = act_of(slow, second)
    assert (refused.status, refused.refusal_code) == (ActStatus.REFUSED, "reverted")
    assert refused.block_number == act_of(slow, first).block_number


def test_a_transaction_that_reverts_is_refused_with_the_contracts_reason(slow):
    act_id = slow.enqueue("bar", [2, True], sender="operator")
    slow.enqueue("admit", *slow.admission("supplier"), sender="operator")
    # As if the party had been there when the act was simulated.
    slow.relay._node = Breaking(slow.node)
    slow.relay._node.estimate_gas = lambda *_: 100_000
    assert slow.relay.step() == 2
    slow.mine()
    slow.mirror.catch_up()
    refused = act_of(slow, act_id)
    assert (refused.status, refused.refusal_code) == (ActStatus.REFUSED, "unknown_party")


def test_one_act_at_a_time_on_a_record(slow):
    first = slow.enqueue("setLimits", [365, 10, 5, 30, 207], sender="operator", about="limits")
    with pytest.raises(ActPending) as refused:
        slow.enqueue("setLimits", [365, 10, 5, 30, 208], sender="operator", about="limits")
    assert refused.value.fields["act"] == first
    slow.relay.step()
    with pytest.raises(ActPending):
        slow.enqueue("setLimits", [365, 10, 5, 30, 208], sender="operator", about="limits")
    slow.mine()
    slow.mirror.catch_up()
    slow.enqueue("setLimits", [365, 10, 5, 30, 208], sender="operator", about="limits")


def test_a_node_that_is_away_loses_nothing(life):
    (act_id,) = settings(life, 209)
    with Node("http://127.0.0.1:9", timeout=1) as nowhere, pytest.raises(ChainNotReachable):
        life.new_relay(life.database, nowhere).step()
    assert act_of(life, act_id).status == ActStatus.PENDING
    life.worker.run_until_idle()
    assert minima_on_chain(life) == [209]


def test_a_sender_without_money_is_the_nodes_refusal_and_not_the_acts(life):
    relay = life.new_relay(life.database)
    relay._senders = {"operator": KEYS["clerk"].create()}
    (act_id,) = settings(life, 210)
    relay._node = Breaking(life.node)
    relay._node.estimate_gas = lambda *_: 100_000
    assert relay.step() == 0
    assert "has 0 wei and needs" in relay.troubles["operator"]
    relay._node.estimate_gas = lambda *_: (_ for _ in ()).throw(
        NodeRefused("no", rpc_code=-32000, rpc_message="insufficient funds for gas")
    )
    assert relay.step() == 0
    assert relay.troubles == {"operator": "no"}
    assert act_of(life, act_id).status == ActStatus.PENDING


def test_an_act_for_a_key_that_is_not_here_is_named_and_kept(life):
    act_id = life.enqueue("freeze", [1, True], sender="somebody")
    (other,) = settings(life, 213)
    assert life.relay.step() == 1
    assert "the key 'somebody'" in life.relay.troubles["somebody"]
    assert act_of(life, other).status == ActStatus.SENT
    assert act_of(life, act_id).status == ActStatus.PENDING


def test_two_relays_at_once_send_nothing_twice(slow):
    acts = settings(slow, *range(220, 225))
    other = slow.new_relay(slow.open_database("registry.db"))
    first = Breaking(slow.node)
    # The other one works through everything while this one simulates its first act.
    first.estimate_gas = lambda *given: (other.step(), slow.node.estimate_gas(*given))[1]
    slow.new_relay(slow.database, first).step()
    slow.mine()
    slow.mirror.catch_up()
    assert minima_on_chain(slow) == list(range(220, 225))
    assert [act_of(slow, act).nonce for act in acts] == [1, 2, 3, 4, 5]
    other.database.close()


def test_the_outbox_says_how_it_stands(slow):
    settings(slow, 230, 231)
    slow.clock.advance(seconds=10)
    with slow.database.read() as session:
        assert queries.counts(session)[ActStatus.PENDING] == 2
        assert queries.oldest_unfinished_s(session, slow.clock) == 13
        assert len(queries.unfinished_ids(session, "setLimits")) == 2
        assert [act.about for act in queries.acts_with_status(session, ActStatus.PENDING)] == [
            "limits:231", "limits:230",
        ]  # fmt: skip
        assert not queries.is_refused(session, queries.unsigned_acts(session, 1)[0].id)
        assert isinstance(queries.acts_about(session, "limits:230")[0], Act)


def test_a_senders_key_may_change_while_what_the_former_signed_is_on_its_way(slow):
    """As an operator's does: it passes the ledger on, its successor takes it up, and goes on."""
    successor = KEYS["relay"]
    offered = slow.enqueue("transferOwnership", [successor.address], sender="operator")
    slow.relay.step()
    slow.relay._senders["operator"] = successor
    taken = slow.enqueue("acceptOwnership", [], sender="operator")
    assert slow.relay.step() == 0  # what it needs is not in a block yet
    slow.mine()
    slow.mirror.catch_up()
    slow.relay.step()
    slow.mine()
    later = settings(slow, 241, 242)
    slow.relay.step()
    slow.mine()
    slow.mirror.catch_up()
    acts = [act_of(slow, act) for act in (offered, taken, *later)]
    assert [act.status for act in acts] == [ActStatus.INCLUDED] * 4
    assert [(act.signer, act.nonce) for act in acts] == [
        (KEYS["operator"].address, 1), (successor.address, 0), (successor.address, 1), (successor.address, 2),
    ]  # fmt: skip
