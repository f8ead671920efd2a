"""Who holds the lock works, the others wait for rows; killed at any moment, nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from registry.chain.node import Node
from registry.chain.words import LimitsWord
from registry.kit.clock import Deadline, SystemClock
from registry.mirror import queries as mirrored
from registry.mirror.folding import happened
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.mirror.worker import Worker, settle_act
from registry.relay import queries
from registry.relay.errors import ActUnfinished
from registry.relay.model import ActStatus
from tests.mirror.life import Life, embedded_life, open_chain, until

ROOT = Path(__file__).parents[2]
KILLS = 10
ACTS_A_KILL = 4


def limits(life, *minima):
    return [
        life.enqueue("setLimits", [365, 10, 5, 30, minimum], sender="operator", about=f"limits:{minimum}")
        for minimum in minima
    ]


def minima_on_chain(life):
    with life.database.read() as session:
        events = [event for page in mirrored.event_pages(session) for event in page]
    decoded = [happened(event).event for event in events]
    words = [event.values["limitsWord"] for event in decoded if event.name == "LimitsSet"]
    return [LimitsWord.unpack(word).min_lot for word in words][1:]


@pytest.fixture
def looping(fresh):
    """A life whose worker runs in a thread."""
    stop = Event()
    thread = Thread(target=fresh.worker.loop, args=(stop, 0.05))
    thread.start()
    yield fresh
    stop.set()
    fresh.worker.wake()
    thread.join(10)
    assert not thread.is_alive()


def other_worker(life):
    return Worker(life.new_relay(life.database), life.new_mirror(life.database))


def test_only_one_works_at_a_time(fresh):
    other = other_worker(fresh)
    with fresh.worker.lead() as is_leader:
        assert is_leader
        assert other.run_once() is None
    assert other.run_once() is not None


@pytest.mark.parametrize(("round_s", "pause_s"), [(0.4, 0.6), (3.0, 0.0)])
def test_a_pause_counts_from_the_beginning_of_its_round(fresh, monkeypatch, round_s, pause_s):
    pauses = []

    def pause(stop, seconds):
        pauses.append(seconds)
        stop.set()

    monkeypatch.setattr("registry.mirror.worker.Stopwatch", lambda: SimpleNamespace(seconds=round_s))
    monkeypatch.setattr(fresh.worker, "_pause", pause)
    fresh.worker.loop(Event(), 1.0)
    assert pauses == [pytest.approx(pause_s)]


def test_who_does_not_lead_waits_until_the_leader_has_done_its_act(looping):
    other = other_worker(looping)
    for act_id in limits(looping, 301, 302):
        assert settle_act(other, act_id, 20).status == ActStatus.INCLUDED
    other.run_until_idle()
    assert minima_on_chain(looping) == [301, 302]


def test_an_act_that_is_not_done_in_time_goes_on_by_itself(fresh):
    (act_id,) = limits(fresh, 303)
    other = other_worker(fresh)
    with fresh.worker.lead(), pytest.raises(ActUnfinished) as late:
        settle_act(other, act_id, 0.1)
    assert late.value.fields == {"act": act_id, "status": "pending"}
    fresh.worker.run_until_idle()
    assert minima_on_chain(fresh) == [303]


def test_the_loop_survives_a_node_that_is_away_and_says_what_is_wrong(looping):
    url, looping.node.url = looping.node.url, "http://127.0.0.1:9"
    (act_id,) = limits(looping, 304)
    looping.worker.wake()
    assert "127.0.0.1:9" in until(lambda: looping.worker.trouble)
    looping.node.url = url
    assert looping.settle(act_id).status == ActStatus.INCLUDED
    assert until(lambda: looping.worker.trouble is None or None)


def test_after_the_owner_of_the_chain_went_the_worker_finds_another(fresh):
    renewed = []

    def renew():
        renewed.append(fresh.node.url)
        fresh.node.url = url

    worker = Worker(fresh.relay, fresh.mirror, renew=renew)
    url, fresh.node.url = fresh.node.url, "http://127.0.0.1:9"
    (act_id,) = limits(fresh, 305)
    assert settle_act(worker, act_id, 20).status == ActStatus.INCLUDED
    assert renewed == ["http://127.0.0.1:9"]


def test_killed_at_ten_random_moments_no_act_is_lost_or_doubled(tmp_path):
    """The chain's owner, relay and mirror are one process here, as in ``serve``."""
    clock, rng = SystemClock(), random.Random(20)
    with embedded_life(tmp_path, clock) as (life, _):
        place = (life.address, life.start_block)
    # From here on without a node, as a process that only takes acts in.
    life.database = life.open_database("registry.db")
    minima = iter(range(1_000, 2_000))
    command = [
        sys.executable,
        str(Path(__file__).with_name("work_process.py")),
        str(tmp_path),
        *map(str, place),
    ]
    wanted = []
    for _ in range(KILLS):
        (tmp_path / "ready").unlink(missing_ok=True)
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for _ in range(ACTS_A_KILL):
            wanted.append(next(minima))
            limits(life, wanted[-1])
        deadline = Deadline(60)
        while not (tmp_path / "ready").exists():
            assert not deadline.has_passed
            deadline.pause(0.005)
        deadline.pause(rng.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with open_chain(tmp_path / "chain", clock, batching_s=0.01) as chain, Node(chain.url) as node:
        again = Life(node, tmp_path, clock, *place)
        again.worker.run_until_idle(60)
        assert minima_on_chain(again) == wanted
        with again.database.read() as session:
            counts = queries.counts(session)
        assert counts[ActStatus.INCLUDED] == len(wanted) == sum(counts.values())
        assert reconcile(again.database, node, again.address).drifts == []
        assert rebuild(again.database).is_same
        again.close()
    life.close()
