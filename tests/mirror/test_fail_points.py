"""Relay and mirror killed (SIGKILL) before and after each of their commits, one after the other, on both databases and
a real node whose chain was just reorganized: nothing is lost, nothing takes effect twice."""

import os
from collections import Counter
from itertools import count
from random import Random

import pytest

from registry.chain.node import Node
from registry.mirror.finality import Finality
from registry.mirror.mirror import Mirror
from registry.mirror.reconcile import reconcile
from registry.relay import queries
from registry.relay.model import ActStatus
from registry.relay.relay import Relay
from tests.builders.databases import CHOSEN, POSTGRESQL, SQLITE
from tests.builders.dying import AFTER, BEFORE, die_at, is_killed
from tests.mirror.life import Life, anvil_life
from tests.mirror.test_worker import limits, minima_on_chain

SEEDS = int(os.environ.get("COUNTERFOIL_FAULT_SEEDS", "1"))
DEPTH = 10
MOST_COMMITS = 40


class Patient(Life):
    """One to whom a block is final once ten follow it."""

    def new_mirror(self, database, node=None):
        return Mirror(
            database,
            node or self.node,
            self.address,
            self.start_block,
            self.clock,
            finality=Finality(DEPTH),
        )


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def life(request, tmp_path, monkeypatch):
    monkeypatch.setenv(CHOSEN, request.param)
    with anvil_life(tmp_path, Patient) as life:
        life.worker.run_until_idle()
        yield life


def work_until_killed(life, number, when, prepare=lambda: None):
    """Another process works until its ``number``-th commit; whether it came so far."""

    def work():
        life.database.engine.dispose(close=False)  # its connections are the parent's
        with Node(life.node.url) as node:
            again = Patient(node, life.folder, life.clock, life.address, life.start_block)
            prepare()
            die_at(number, when)
            again.worker.run_until_idle(60)

    return is_killed(work)


def send_first_and_keep_then():
    """As a relay would that thinks of its outbox only when the node has taken what it sent."""
    signed = Relay._signed

    def sent(relay, sender, plan, nonce):
        raw, tx_hash = signed(relay, sender, plan, nonce)
        relay._node.send_raw(raw)
        return raw, tx_hash

    Relay._signed = sent


def reorganize(life, depth):
    request = {"jsonrpc": "2.0", "id": 1, "method": "anvil_reorg", "params": [depth, []]}
    assert "error" not in life.node._post(request)


def statuses(life, ids):
    with life.database.read() as session:
        return [queries.act(session, one).status for one in ids]


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_killed_at_each_commit_in_turn_nothing_is_lost_or_doubled(life, when, seed):
    random, minima = Random(seed), count(1_000)
    good, bad, kills = [], [], 0
    for number in range(1, MOST_COMMITS):
        gone = [next(minima) for _ in range(random.randint(1, 2))]
        for minimum in gone:
            good += limits(life, minimum)
            life.worker.run_until_idle()
        reorganize(life, len(gone))
        good += limits(life, *(next(minima) for _ in range(random.randint(1, 3))))
        bad.append(
            life.enqueue("setLimits", [365, 10, 5, 30, 7], sender="relay", about=f"limits:not:{number}")
        )
        has_died = work_until_killed(life, number, when)
        kills += has_died
        life.worker.run_until_idle(60)
        assert set(statuses(life, good)) == {ActStatus.INCLUDED}
        assert set(statuses(life, bad)) == {ActStatus.REFUSED}
        assert Counter(minima_on_chain(life)) == Counter(range(1_000, 1_000 + len(good)))
        assert reconcile(life.database, life.node, life.address).drifts == []
        if not has_died:
            break
    else:
        raise AssertionError("there was no end of commits")
    assert kills >= 3  # undoing and applying, an act signed, what became of it


def test_control_a_relay_that_sends_before_it_keeps_does_an_act_twice(life):
    for number in range(1, MOST_COMMITS):
        limits(life, 1_000 + number)
        has_died = work_until_killed(life, number, BEFORE, send_first_and_keep_then)
        life.worker.run_until_idle(60)
        if not has_died:
            break
    assert max(Counter(minima_on_chain(life)).values()) == 2
