"""The same life on another implementation of the chain, where it is installed: anvil, an npm package."""

import platform
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.chain.errors import ChainNotReachable
from registry.chain.node import Node
from registry.kit.clock import Deadline, SystemClock
from registry.mirror.digest import digest
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from tests.mirror.life import KEYS, Life, deploy, embedded_life
from tests.mirror.second_life import live_on

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
ANVIL = Path(__file__).parents[2] / f"node_modules/@foundry-rs/anvil-linux-{MACHINE}/bin/anvil"
NODES = ["embedded", *(["anvil"] if ANVIL.exists() else [])]


@contextmanager
def anvil_life(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(ANVIL), "--port", str(port), "--silent", "--hardfork", "prague"]
    process = subprocess.Popen(command)
    try:
        with Node(f"http://127.0.0.1:{port}") as node:
            wait_for(node)
            for key in KEYS.values():
                node.call("anvil_setBalance", key.address, 10**24)
            life = Life(node, folder, SystemClock(), *deploy(node))
            yield life
            life.close()
    finally:
        process.kill()
        process.wait(10)


def wait_for(node):
    deadline = Deadline(20)
    while True:
        try:
            node.chain_id()
        except ChainNotReachable:
            assert not deadline.has_passed
            deadline.pause(0.05)
        else:
            return


@pytest.fixture(params=NODES)
def life(request, tmp_path):
    if request.param == "anvil":
        with anvil_life(tmp_path) as life:
            yield life
    else:
        with embedded_life(tmp_path) as (life, _):
            yield life


def test_a_whole_life_is_mirrored_without_drift(life):
    lived = life.live()
    told = live_on(life)
    found = reconcile(life.database, life.node, life.address)
    assert found.drifts == []
    assert found.records > 60
    assert rebuild(life.database).is_same
    other = life.open_database("other.db")
    life.new_mirror(other).catch_up()
    with life.database.read() as one, other.read() as two:
        assert digest(one) == digest(two)
    assert len(lived.lots()) == 3
    assert life.lot(told.pledged).amount == 20_000_000
    other.close()
