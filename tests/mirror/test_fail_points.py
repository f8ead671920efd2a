"""Relay and mirror killed (SIGKILL) before and after each of their commits, one after the other, on both databases and
a real node whose chain was just reorganized: nothing is lost, nothing takes effect twice."""

from collections import Counter

import pytest

from registry.relay.relay import Relay
from tests.builders.databases import POSTGRESQL, SQLITE
from tests.builders.dying import AFTER, BEFORE
from tests.mirror.kills import MOST_COMMITS, kill_at_each_commit, patient_life, work_until_killed
from tests.mirror.test_worker import limits, minima_on_chain


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def life(request, tmp_path):
    with patient_life(tmp_path, request.param) as life:
        yield life


def send_first_and_keep_then():
    """As a relay would that thinks of its outbox only when the node has taken what it sent."""
    signed = Relay._signed

    def sent(relay, sender, plan, nonce):
        raw, tx_hash = signed(relay, sender, plan, nonce)
        relay._node.send_raw(raw)
        return raw, tx_hash

    Relay._signed = sent


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_killed_at_each_commit_in_turn_nothing_is_lost_or_doubled(life, when):
    assert (
        kill_at_each_commit(life, when, seed=0) >= 3
    )  # undoing and applying, an act signed, what became of it


def test_control_a_relay_that_sends_before_it_keeps_does_an_act_twice(life):
    for number in range(1, MOST_COMMITS):
        limits(life, 1_000 + number)
        has_died = work_until_killed(life, number, BEFORE, send_first_and_keep_then)
        life.worker.run_until_idle(60)
        if not has_died:
            break
    assert max(Counter(minima_on_chain(life)).values()) == 2
