"""Three real nodes, forked, parted, halted, killed and started again: the mirror says what their chain says, and an act
takes effect once."""

import logging
from contextlib import closing

import pytest

from registry.chain.contract import encode_call
from registry.chain.errors import ChainNotReachable
from registry.chain.fitness import examine
from registry.chain.node import Node
from registry.chain.words import LotStatus
from registry.mirror import queries as mirrored
from registry.mirror.errors import NodesDisagree, ReorgDetected
from registry.mirror.finality import NotFinal, require_final
from registry.mirror.folding import happened
from registry.relay.model import ActStatus
from tests.mirror.chaos import Chaos
from tests.mirror.life import FACE, KEYS, send
from tests.mirror.test_worker import limits, minima_on_chain
from tests.mirror.three_nodes import ALL, DrivenLife, deployed, driven_network, healed


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """The nodes, their clock, and a contract on them with the parties."""
    with driven_network(tmp_path_factory.mktemp("nodes")) as (net, clock):
        place = deployed(net)
        with closing(DrivenLife(net, tmp_path_factory.mktemp("first"), clock, *place)) as life:
            life.admit("obligor", "supplier", "funder", "settler", "relay")
        yield net, clock, place


@pytest.fixture
def life(driven, tmp_path):
    """A registry of this test's own, which knows of all that was before."""
    net, clock, place = driven
    healed(net)
    with closing(DrivenLife(net, tmp_path, clock, *place)) as life:
        life.mirror.catch_up()
        life.before = len(minima_on_chain(life))
        yield life


def minima_since(life):
    """The settings of this test that stand, in the order of the chain."""
    return minima_on_chain(life)[life.before :]


def place_of(database):
    with database.read() as session:
        found = mirrored.cursor(session)
        return found.number, found.final_number


def events_named(life, name):
    with life.database.read() as session:
        events = [happened(event).event for page in mirrored.event_pages(session) for event in page]
    return [event for event in events if event.name == name]


def settled(life, *minima):
    """One block each."""
    ids = []
    for minimum in minima:
        ids += limits(life, minimum)
        life.settle(ids[-1])
    return ids


def set_minimum_at(life, place, minimum):
    """Past the registry, by one node."""
    data = encode_call("setLimits", 365, 10, 5, 30, minimum)
    send(life.net.nodes[place].node, KEYS["operator"], bytes.fromhex(life.address[2:]), data)


def stands(life):
    """What must hold of every mirror at rest."""
    return life.is_a_fresh_replay() and life.drifts() == []


def test_the_mirror_follows_a_chain_three_nodes_agree_on(life):
    settled(life, 401)
    ids = limits(life, 402, 403)
    life.worker.run_once()
    tip = life.advance()
    life.net.finalize(life.net.ancestor(tip, 1), *ALL)
    life.worker.run_once()
    number = life.net.number(tip)
    assert place_of(life.database) == (number, number - 1)
    assert [life.act(one).status for one in ids] == [ActStatus.INCLUDED] * 2
    assert minima_since(life) == [401, 402, 403]
    assert stands(life)


def test_an_act_a_fork_removed_is_sent_again_and_takes_effect_once(life):
    ids = settled(life, 411, 412)
    before = [life.act(one).tx_hash for one in ids]
    life.net.hand(life.fork(depth=1, length=2), 1, 2)
    life.mirror.catch_up()
    assert minima_since(life) == [411]
    assert [life.act(one).status for one in ids] == [ActStatus.INCLUDED, ActStatus.ORPHANED]
    assert stands(life)
    life.settle(ids[1])
    life.advance(2)
    life.worker.run_once()
    assert [life.act(one).tx_hash for one in ids] == before
    assert minima_since(life) == [411, 412]
    assert stands(life)


def test_control_a_mirror_that_does_not_undo_says_what_is_not_so_any_more(life, monkeypatch):
    settled(life, 415)
    monkeypatch.setattr("registry.mirror.mirror.undo", lambda *_: None)
    life.net.hand(life.fork(depth=1, length=2), 1, 2)
    life.mirror.catch_up()
    assert not life.is_a_fresh_replay()
    assert life.drifts() != []


class Payer:
    """Pays what was financed once the step that moves money may be taken."""

    def __init__(self, life, act_id, *, waits):
        self.life, self.act_id, self.waits = life, act_id, waits
        self.paid = set()

    def look(self):
        act = self.life.act(self.act_id)
        if act.status != ActStatus.INCLUDED:
            return
        try:
            if self.waits:
                with self.life.database.read() as session:
                    require_final(session, act.block_number, "The financing")
        except NotFinal:
            return
        self.paid.add(act.block_number)


def test_a_financing_that_a_fork_removed_is_sent_again_and_paid_once(life):
    terms, _ = life.register(life.invoice(FACE, FACE, "a"))
    lot = life.confirm(terms)
    life.lock(lot, "supplier")
    act_id = financing_of(life, lot)
    payer, hasty = Payer(life, act_id, waits=True), Payer(life, act_id, waits=False)

    def seen():
        payer.look()
        hasty.look()
        return life.act(act_id).status, life.lot(lot).status

    assert seen() == (ActStatus.INCLUDED, LotStatus.FINANCED)
    life.net.hand(life.fork(depth=1, length=2), 1, 2)
    life.mirror.catch_up()
    assert seen() == (ActStatus.ORPHANED, LotStatus.LOCKED)
    assert events_named(life, "LotFinanced") == []
    assert stands(life)

    life.settle(act_id)
    assert seen() == (ActStatus.INCLUDED, LotStatus.FINANCED)
    life.net.finalize(life.advance(), *ALL)
    life.worker.run_once()
    seen()
    assert len(events_named(life, "LotFinanced")) == 1
    assert len(payer.paid) == 1
    assert len(hasty.paid) == 2  # the control: who does not wait pays for the one that went, and again

    left = life.lot(lot).amount - 1_000
    life.pay(lot, 1_000)
    life.net.hand(life.fork(depth=1, length=2), 1, 2)
    for _ in range(3):
        life.worker.run_once()
        life.advance()
    life.worker.run_once()
    assert life.lot(lot).amount == left
    assert len(events_named(life, "LotSettled")) == 1
    assert stands(life)


def financing_of(life, lot):
    """The id of the act that finances a lot, included."""
    made = []
    enqueue = life.enqueue
    life.enqueue = lambda *given, **more: made.append(enqueue(*given, **more)) or made[-1]
    life.finance(lot, "supplier")
    life.enqueue = enqueue
    return made[0]


def test_what_one_node_alone_calls_final_is_not_and_the_others_are_followed(life, caplog):
    net = life.net
    settled(life, 421)
    net.finalize(net.heads[0], *ALL)
    life.worker.run_once()
    number = place_of(life.database)[1]
    assert number == net.number(net.heads[0])

    [act_id] = limits(life, 422)
    life.worker.run_once()
    net.finalize(net.make(0).hash, 0)
    life.mirror.catch_up()
    # The others lag: what the one has is applied, and not final.
    assert place_of(life.database) == (number + 1, number)
    assert life.act(act_id).status == ActStatus.INCLUDED

    net.hand(net.make(1).hash, 2)
    with caplog.at_level(logging.WARNING):
        life.mirror.catch_up()
    assert f"node {net.nodes[0].node.url}: {NodesDisagree.code}" in caplog.text
    assert place_of(life.database) == (number + 1, number)
    assert life.act(act_id).status == ActStatus.ORPHANED

    # The control: alone it is believed, and then nothing helps.
    with closing(life.open_database("alone.db")) as alone:
        hasty = life.new_mirror(alone, net.nodes[0].node)
        hasty.catch_up()
        assert place_of(alone) == (number + 1, number + 1)
        net.finals[0] = net.finals[1]
        net.hand(net.heads[1], 0)
        with pytest.raises(ReorgDetected):
            hasty.catch_up()
    life.settle(act_id)
    assert minima_since(life) == [421, 422]
    assert stands(life)


def test_a_block_all_have_is_not_final_while_one_node_alone_calls_it_so(life):
    net = life.net
    net.finalize(net.heads[0], *ALL)
    life.worker.run_once()
    number = place_of(life.database)[1]
    [act_id] = limits(life, 426)
    life.worker.run_once()
    net.finalize(life.advance(), 0)
    life.mirror.catch_up()
    assert place_of(life.database) == (number + 1, number)
    with closing(life.open_database("alone.db")) as alone:
        life.new_mirror(alone, net.nodes[0].node).catch_up()
        assert place_of(alone) == (number + 1, number + 1)

    # And so it can be taken back.
    net.hand(life.fork(depth=1, length=2, on=1), 2)
    net.finals[0] = net.finals[1]
    net.hand(net.heads[1], 0)
    life.mirror.catch_up()
    assert life.act(act_id).status == ActStatus.ORPHANED
    life.settle(act_id)
    assert stands(life)


def test_where_a_node_is_halted_another_serves_and_is_named_and_two_still_agree(life, caplog):
    net = life.net
    settled(life, 431)
    net.nodes[0].halt()
    set_minimum_at(life, 1, 432)
    tip = life.advance(on=1)
    net.finalize(tip, 1, 2)
    with closing(life.open_database("alone.db")) as alone, pytest.raises(ChainNotReachable):
        life.new_mirror(alone, net.nodes[0].node).catch_up()
    with caplog.at_level(logging.WARNING):
        life.mirror.catch_up()
    assert f"node {net.nodes[0].node.url}: {ChainNotReachable.code}" in caplog.text
    assert place_of(life.database) == (net.number(tip), net.number(tip))

    net.nodes[0].go_on()
    net.hand(tip, 0)
    net.nodes[1].halt()
    set_minimum_at(life, 0, 433)
    tip = life.advance(on=0)
    with caplog.at_level(logging.WARNING):
        life.mirror.catch_up()
    assert f"node {net.nodes[1].node.url}: {ChainNotReachable.code}" in caplog.text
    assert minima_since(life) == [431, 432, 433]
    assert stands(life)


def test_a_node_killed_and_started_again_is_taken_up_again(life, caplog):
    net = life.net
    settled(life, 441)
    net.finalize(net.heads[0], *ALL)
    net.nodes[0].kill()
    set_minimum_at(life, 1, 442)
    tip = life.advance(on=1)
    with caplog.at_level(logging.WARNING):
        life.mirror.catch_up()
    assert f"node {net.nodes[0].node.url}: {ChainNotReachable.code}" in caplog.text

    net.restart(0)
    assert net.nodes[0].head == net.heads[0] != tip
    net.hand(tip, 0)
    net.nodes[1].kill()
    [act_id] = limits(life, 443)
    life.settle(act_id)
    assert minima_since(life) == [441, 442, 443]
    assert stands(life)


def test_chain_check_says_what_this_node_lacks(life):
    life.net.finalize(life.net.heads[0], 0)
    asked = {"contract": life.address, "start_block": life.start_block, "needs_finalized": True}

    def unfit(node):
        traits = examine(node, chain_id=node.chain_id(), **asked)
        return {one.name: one.detail for one in traits if not one.is_fit}

    with Node(life.node.url) as plain:
        found = unfit(plain)
    assert set(found) == {"receipts", "logs", "state by hash", "proofs", "simulation"}
    assert found["receipts"] == f"none for the hash of block {life.start_block}"
    assert "other topics" in found["logs"]
    assert "argument must be a string" in found["state by hash"]
    assert "for what the ledger refuses" in found["simulation"]
    # Asked by number instead of by hash, and its logs sifted, as these tests do.
    assert set(unfit(life.node)) == {"simulation"}


def test_no_node_at_all_changes_nothing_and_says_so(life):
    settled(life, 451)
    before = place_of(life.database)
    life.net.nodes[0].kill()
    for place in (1, 2):
        life.net.nodes[place].halt()
    with pytest.raises(ChainNotReachable):
        life.mirror.step()
    assert place_of(life.database) == before


def test_through_twenty_random_steps_the_mirror_ends_where_the_chain_does(life):
    Chaos(life, seed=1).walk(20)
