"""Block time follows the injected clock, a second apart at least."""

from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.miner import MAX_LEAD_S
from registry.chain.embedded.owner import OpenChain, open_chain
from registry.chain.node import Node
from registry.kit.clock import FixedClock, SystemClock, unix
from tests.chain.chain_helpers import Wallet, word


class QuickClock(FixedClock):
    """Runs forty times as fast as the real one."""

    def __init__(self) -> None:
        super().__init__()
        self.began = monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=40 * (monotonic() - self.began))


class WatchedClock(FixedClock):
    """Counts how often it is looked at."""

    looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return super().now()


def _time(node: Node, ref: int | str = "latest") -> int:
    block = node.block(ref)
    assert block is not None
    return int(block["timestamp"], 16)


def test_after_an_hour_idle_the_next_block_has_the_clocks_time(
    node: Node, wallet: Wallet, contract: str, clock: FixedClock
) -> None:
    clock.advance(hours=1)
    wallet.send(contract, word(1))
    assert _time(node) == unix(clock.now())


def test_a_burst_of_fifty_acts_stays_within_seconds_of_the_clock(tmp_path: Path, genesis: Genesis) -> None:
    clock = SystemClock()
    with open_chain(tmp_path, clock, genesis=genesis) as opened, Node(opened.url) as node:
        wallet = Wallet(node)
        contract = wallet.deploy()
        hashes = [node.send_raw(wallet.sign(contract, word(number))) for number in range(1, 51)]
        assert all(wallet.receipt(tx_hash)["status"] == "0x1" for tx_hash in hashes)
        assert node.nonce(wallet.address, "latest") == wallet.next == 51
        assert abs(_time(node) - unix(clock.now())) <= MAX_LEAD_S + 1


def test_acts_one_by_one_wait_for_the_clock_to_catch_up(tmp_path: Path, genesis: Genesis) -> None:
    clock = QuickClock()
    with open_chain(tmp_path, clock, genesis=genesis, batching_s=0.0) as opened, Node(opened.url) as node:
        wallet = Wallet(node)
        contract = wallet.deploy()
        for number in range(1, 51):
            wallet.send(contract, word(number))
            assert _time(node) - unix(clock.now()) <= MAX_LEAD_S + 1


def test_a_client_hears_of_a_block_at_once(node: Node, wallet: Wallet, contract: str) -> None:
    before = node.block_number()
    began = monotonic()
    assert node.wait_for_block(before, 0.2) == before
    assert node.wait_for_block(before - 1, 5) == before
    node.send_raw(wallet.sign(contract, word(1)))
    assert node.wait_for_block(before, 5) == before + 1
    assert monotonic() - began < 3


def test_block_times_rise_though_the_clock_stands_still(opened: OpenChain, node: Node) -> None:
    before = _time(node)
    node.call("evm_mine")
    node.call("evm_mine")
    assert [_time(node, number) for number in range(3)] == [before, before + 1, before + 2]


def test_a_clock_found_to_stand_still_is_watched_again_only_when_it_has_moved(
    tmp_path: Path, genesis: Genesis
) -> None:
    clock = WatchedClock()
    with open_chain(tmp_path, clock, genesis=genesis, batching_s=600) as opened, Node(opened.url) as node:

        def looks_for_a_block() -> int:
            before = clock.looks
            node.call("evm_mine")
            return clock.looks - before

        for _ in range(MAX_LEAD_S + 1):  # from then on blocks are too far ahead
            node.call("evm_mine")
        found = looks_for_a_block()
        known = looks_for_a_block()
        assert known < found
        assert looks_for_a_block() == known
        clock.advance(microseconds=1)
        assert looks_for_a_block() == found


def test_a_call_at_the_head_sees_now_and_at_a_block_its_time(
    node: Node, contract: str, clock: FixedClock
) -> None:
    sealed_at = _time(node)
    clock.advance(days=3)
    assert node.eth_call(contract, b"") == word(unix(clock.now()))
    assert node.eth_call(contract, b"", "finalized") == word(unix(clock.now()))
    assert node.eth_call(contract, b"", node.block_number()) == word(sealed_at)
    block = node.block("latest")
    assert block is not None
    assert node.eth_call(contract, b"", block["hash"]) == word(sealed_at)
