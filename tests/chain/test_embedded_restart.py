"""Stopping, killing and starting again continues the same chain."""

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth.db.atomic import AtomicDB
from eth.rlp.accounts import Account
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak
from rlp import decode
from trie.hexary import HexaryTrie
from trie.iter import NodeIterator

from registry.chain.embedded.chain import EmbeddedChain, chain_class
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.host import CHAIN_FILE
from registry.chain.embedded.owner import OpenChain, open_chain
from registry.chain.errors import ChainDiffers, ChainUnreadable
from registry.chain.node import Node
from registry.kit.clock import FixedClock
from tests.chain.chain_helpers import PAYER, Wallet, word


def test_a_restart_continues_the_chain_with_its_head_and_state(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    with open_chain(tmp_path, clock, genesis=genesis) as opened, Node(opened.url) as node:
        wallet = Wallet(node)
        contract = wallet.deploy()
        receipt = wallet.send(contract, word(7))
        head = node.block("latest")
    with open_chain(tmp_path, clock) as opened, Node(opened.url) as node:
        assert node.block("latest") == head
        assert node.storage_at(contract, 0) == 7
        assert node.receipt(receipt["transactionHash"]) == receipt
        assert node.chain_id() == genesis.chain_id
        again = Wallet(node)
        assert again.next == 2
        assert again.send(contract, word(8))["blockNumber"] == hex(3)


def test_equal_founding_facts_and_time_give_equal_chains(tmp_path: Path, genesis: Genesis) -> None:
    heads = []
    for name in ("one", "two"):
        chain = EmbeddedChain(tmp_path / name, FixedClock(), genesis=genesis)
        heads.append(chain.mine().hash)
        chain.close()
    assert heads[0] == heads[1]


def test_a_chain_with_another_id_is_refused(tmp_path: Path, clock: FixedClock, genesis: Genesis) -> None:
    EmbeddedChain(tmp_path / "c", clock, genesis=genesis).close()
    with pytest.raises(ChainDiffers):
        EmbeddedChain(tmp_path / "c", clock, genesis=Genesis(chain_id=99))


def test_a_file_that_is_no_chain_is_refused_and_left_as_it_is(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"not a database, but long enough to be mistaken for one" * 50)
    before = path.read_bytes()
    with pytest.raises(ChainUnreadable):
        EmbeddedChain(path, clock)
    assert path.read_bytes() == before


def test_a_block_that_cannot_be_written_leaves_the_one_before_as_head(
    tmp_path: Path, clock: FixedClock, genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = EmbeddedChain(tmp_path / "c", clock, genesis=genesis)
    head = chain.mine().hash

    def full_disk() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(chain.store, "_write_staged", full_disk)
        with pytest.raises(ChainUnreadable):
            chain.mine()
    assert chain.head.hash == head
    following = chain.mine()
    assert following.parent_hash == head
    chain.close()
    again = EmbeddedChain(tmp_path / "c", clock)
    assert again.head.hash == following.hash
    again.close()


def test_a_chain_changed_behind_its_owners_back_takes_no_more_blocks(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    one = EmbeddedChain(tmp_path / "c", clock, genesis=genesis)
    two = EmbeddedChain(tmp_path / "c", clock)
    head = two.mine().hash
    with pytest.raises(ChainUnreadable):
        one.mine()
    one.close()
    two.close()
    again = EmbeddedChain(tmp_path / "c", clock)
    assert again.head.hash == head
    again.close()


def test_every_block_stands_up_to_being_executed_again(
    opened: OpenChain, wallet: Wallet, contract: str, genesis: Genesis
) -> None:
    for number in range(1, 4):
        wallet.send(contract, word(number))
    wallet.send(contract, b"\xde\xad\xbe\xef")
    chain = opened.chain
    assert chain is not None
    first = chain.db.get_canonical_block_header_by_number(0)
    again = chain_class(genesis.chain_id).from_genesis(
        AtomicDB(), {"difficulty": 0, **genesis.params(first.timestamp)}, genesis.state()
    )
    with chain.lock:
        for number in range(1, chain.head.block_number + 1):
            header = chain.db.get_canonical_block_header_by_number(number)
            kind = chain.rules_at(header).get_block_class()
            # Validates against the execution: roots, gas, bloom, fees.
            again.import_block(kind.from_header(header, chain.db))
    assert again.get_canonical_head().hash == chain.head.hash


def test_a_transaction_the_machine_itself_fails_on_leaves_the_pool_and_the_others_go_on(
    tmp_path: Path, clock: FixedClock, genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_chain(tmp_path, clock, genesis=genesis) as opened, Node(opened.url) as node:
        chain, wallet = opened.chain, Wallet(node)
        assert chain is not None
        bad = keccak(wallet.sign("0x" + "22" * 20, nonce=1))
        vm = chain.rules_at(chain.head)
        apply = vm.apply_transaction

        def failing(self: object, header: object, transaction: Any) -> object:
            if transaction.hash == bad:
                raise MemoryError
            return apply(self, header, transaction)

        monkeypatch.setattr(vm, "apply_transaction", failing)
        node.send_raw(wallet.sign("0x" + "22" * 20, nonce=1))
        first = wallet.send("0x" + "22" * 20, nonce=0)
        assert first["status"] == "0x1"
        assert node.transaction(bad) is None


def test_a_killed_owner_leaves_whole_blocks_only(tmp_path: Path) -> None:
    script = str(Path(__file__).with_name("owner_process.py"))
    chance = random.Random(20260105)
    heights = [0]
    for _ in range(2):
        with subprocess.Popen([sys.executable, script, str(tmp_path)], stdout=subprocess.PIPE) as owner:
            assert owner.stdout is not None
            url, is_owner = owner.stdout.readline().decode().split()
            assert is_owner == "True"
            with Node(url) as node:
                assert node.wait_for_block(heights[-1] + 1, 10) > heights[-1]
            with pytest.raises(subprocess.TimeoutExpired):
                owner.wait(timeout=chance.uniform(0.0, 0.5))
            owner.send_signal(signal.SIGKILL)
        heights.append(_check_whole(tmp_path / CHAIN_FILE))
        assert heights[-1] > heights[-2]


def test_acts_sent_again_after_a_kill_are_neither_lost_nor_doubled(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    script = str(Path(__file__).with_name("owner_process.py"))
    command = [sys.executable, script, str(tmp_path), "wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        with Node(owner.stdout.readline().split()[0].decode()) as node:
            wallet = Wallet(node)
            contract = wallet.deploy()
            acts = [wallet.sign(contract, word(number)) for number in range(1, 61)]
            for act in acts:
                node.send_raw(act)
        owner.send_signal(signal.SIGKILL)
    with open_chain(tmp_path, clock, genesis=genesis) as opened, Node(opened.url) as node:
        wallet = Wallet(node)
        assert 1 <= wallet.next <= 61
        for act in acts:
            node.send_raw(act)
        wallet.receipt(keccak(acts[-1]))
        assert [int(each["data"], 16) for each in node.logs(from_block=0)] == list(range(1, 61))
        assert node.nonce(wallet.address) == 61


def _check_whole(path: Path) -> int:
    """Every block links to its parent and has its receipts; no act is lost or doubled; the head's state trie
    has every node. Answers the head's number."""
    chain = EmbeddedChain(path, FixedClock())
    sent: list[bytes] = []
    parent = chain.db.get_canonical_block_header_by_number(0)
    for number in range(1, chain.head.block_number + 1):
        header = chain.db.get_canonical_block_header_by_number(number)
        assert header.parent_hash == parent.hash
        builder = chain.rules_at(header).get_block_class().transaction_builder
        transactions = chain.db.get_block_transactions(header, builder)
        receipts = list(chain.db.get_receipts(header, chain.rules_at(header).get_receipt_builder()))
        assert [receipt.state_root for receipt in receipts] == [b"\x01"] * len(transactions)
        sent += [transaction.hash for transaction in transactions]
        parent = header
    payer = to_canonical_address(PAYER.address)
    assert chain.state_at(chain.head).get_nonce(payer) == len(sent) == len(set(sent))
    accounts = HexaryTrie(chain.store, chain.head.state_root)
    leaves = {key: decode(value, sedes=Account) for key, value in NodeIterator(accounts).items()}
    assert keccak(payer) in leaves
    for account in leaves.values():
        stored = HexaryTrie(chain.store, account.storage_root)
        assert all(value for _, value in NodeIterator(stored).items())
    number = int(chain.head.block_number)
    chain.close()
    return number
