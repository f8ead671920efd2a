"""A registry whose relay and mirror are killed (SIGKILL) at one commit after the other, its chain reorganized."""

import os
from collections import Counter
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random

from registry.chain.finality import Finality
from registry.chain.node import Node
from registry.mirror.mirror import Mirror
from registry.mirror.reconcile import reconcile
from registry.relay import queries
from registry.relay.model import ActStatus
from tests.builders.databases import CHOSEN
from tests.builders.dying import die_at, is_killed
from tests.mirror.life import Life, anvil_life
from tests.mirror.test_worker import limits, minima_on_chain

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


@contextmanager
def patient_life(folder: Path, database: str):
    """On a real node and a database of this kind."""
    former = os.environ.get(CHOSEN)
    os.environ[CHOSEN] = database
    try:
        with anvil_life(folder, Patient) as life:
            life.worker.run_until_idle()
            yield life
    finally:
        os.environ.pop(CHOSEN)
        if former is not None:
            os.environ[CHOSEN] = former


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


def reorganize(life, depth):
    request = {"jsonrpc": "2.0", "id": 1, "method": "anvil_reorg", "params": [depth, []]}
    assert "error" not in life.node._post(request)


def statuses(life, ids):
    with life.database.read() as session:
        return [queries.act(session, one).status for one in ids]


def kill_at_each_commit(life, when, seed):
    """Checks after each death that nothing was lost or doubled; answers how many there were."""
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
    return kills
