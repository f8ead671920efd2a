"""One process owns the chain; the others use it; when it dies the next takes over."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import pytest
from eth_account import Account
from filelock import FileLock

from registry.chain.embedded.address import ADDRESS_FILE
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.host import CHAIN_FILE
from registry.chain.embedded.owner import LOCK_FILE, OpenChain, open_chain
from registry.chain.errors import BadGenesis, ChainBusy, ChainDiffers, ChainNotReachable, ChainUnreadable
from registry.chain.node import Node
from registry.kit.clock import FixedClock
from tests.chain.chain_helpers import Wallet

SOURCE = Path(__file__).parents[2]
SCRIPT = str(Path(__file__).with_name("owner_process.py"))


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, SCRIPT, str(folder), "wait"], stdout=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str]) -> tuple[str, bool]:
    assert process.stdout is not None
    url, is_owner = process.stdout.readline().split()
    return url, is_owner == "True"


def _kill(process: subprocess.Popen[str]) -> None:
    with process:
        process.send_signal(signal.SIGKILL)


def test_a_second_process_uses_the_firsts_url_and_takes_over_when_it_is_killed(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    first = _start(tmp_path)
    url, is_owner = _said(first)
    assert is_owner
    with open_chain(tmp_path, clock, genesis=genesis) as guest:
        assert (guest.url, guest.is_owner) == (url, False)
        with Node(guest.url) as node:
            Wallet(node).send("0x" + "22" * 20, value=1)
            head = node.block("latest")
        assert guest.renew() == url
        _kill(first)
        with pytest.raises(ChainNotReachable), Node(url) as node:
            node.block_number()
        assert guest.renew() != url
        assert guest.is_owner
        with Node(guest.url) as node:
            assert node.block("latest") == head
            assert node.nonce(Wallet(node).address) == 1


def test_ten_at_once_have_one_owner(tmp_path: Path, clock: FixedClock, genesis: Genesis) -> None:
    def one(_: int) -> OpenChain:
        return open_chain(tmp_path, clock, genesis=genesis)

    with ThreadPoolExecutor(10) as pool:
        opened = list(pool.map(one, range(10)))
    assert [each.is_owner for each in opened].count(True) == 1
    assert len({each.url for each in opened}) == 1
    for each in opened:
        each.close()


def test_four_processes_at_once_have_one_owner_and_keep_working(tmp_path: Path) -> None:
    processes = [_start(tmp_path) for _ in range(4)]
    said = [_said(process) for process in processes]
    assert [is_owner for _, is_owner in said].count(True) == 1
    assert len({url for url, _ in said}) == 1
    for process in processes:
        _kill(process)


def test_closing_gives_the_chain_free_from_any_thread(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    opened = open_chain(tmp_path, clock, genesis=genesis)
    assert (tmp_path / ADDRESS_FILE).exists()
    closer = Thread(target=opened.close)
    closer.start()
    closer.join()
    opened.close()
    assert not (tmp_path / ADDRESS_FILE).exists()
    with open_chain(tmp_path, clock, wait_s=0) as again:
        assert again.is_owner


def test_an_owner_that_does_not_answer_is_waited_for_no_longer_than_allowed(
    tmp_path: Path, clock: FixedClock
) -> None:
    with FileLock(tmp_path / LOCK_FILE), pytest.raises(ChainBusy) as busy:
        open_chain(tmp_path, clock, wait_s=0.2)
    assert busy.value.fields == {"folder": str(tmp_path)}


def test_an_address_whose_port_is_now_somebody_elses_is_noticed(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    other, own = tmp_path / "other", tmp_path / "own"
    with open_chain(other, clock, genesis=genesis) as stranger:
        own.mkdir()
        stale = {"url": stranger.url, "instance": "of an owner that died"}
        (own / ADDRESS_FILE).write_bytes(orjson.dumps(stale))
        with FileLock(own / LOCK_FILE), pytest.raises(ChainBusy):
            open_chain(own, clock, wait_s=0.2)
        with open_chain(own, clock, genesis=genesis) as opened:
            assert opened.url != stranger.url


def test_a_broken_address_file_is_overwritten(tmp_path: Path, clock: FixedClock, genesis: Genesis) -> None:
    (tmp_path / ADDRESS_FILE).write_bytes(b"{half")
    with open_chain(tmp_path, clock, genesis=genesis) as opened:
        assert orjson.loads((tmp_path / ADDRESS_FILE).read_bytes())["url"] == opened.url


def test_a_guest_that_wants_another_chain_id_is_refused(tmp_path: Path, opened: OpenChain) -> None:
    assert opened.is_owner
    with pytest.raises(ChainDiffers):
        open_chain(tmp_path, FixedClock(), genesis=Genesis(chain_id=7))


@pytest.mark.parametrize(
    "wrong",
    [
        {"chain_id": 0},
        {"chain_id": 2**64},
        {"base_fee_wei": 8},
        {"base_fee_wei": -1},
        {"balances": (("no address", 1),)},
        {"balances": (("0x" + "22" * 20, -1),)},
        {"balances": (("0x" + "22" * 20, 2**256),)},
    ],
)
def test_impossible_founding_facts_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadGenesis):
        Genesis(**wrong)


def test_a_failed_opening_gives_the_lock_back(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / CHAIN_FILE).write_bytes(b"no chain at all" * 100)
    with pytest.raises(ChainUnreadable):
        open_chain(tmp_path, clock, wait_s=0)
    (tmp_path / CHAIN_FILE).unlink()
    with open_chain(tmp_path, clock, wait_s=0) as opened:
        assert opened.is_owner


def test_a_port_in_use_is_said_plainly(tmp_path: Path, clock: FixedClock, opened: OpenChain) -> None:
    port = int(opened.url.rsplit(":", 1)[1])
    with pytest.raises(ChainBusy, match="choose another"):
        open_chain(tmp_path / "other", clock, port=port)


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChainUnreadable, match="permissions"):
        open_chain(tmp_path / "file" / "folder", clock)


def test_a_guest_loads_no_machine(tmp_path: Path, opened: OpenChain) -> None:
    program = (
        "import sys; from pathlib import Path; from registry.kit.clock import FixedClock;"
        "from registry.chain.embedded.owner import open_chain;"
        f"guest = open_chain(Path({str(tmp_path)!r}), FixedClock());"
        "print(guest.url, guest.is_owner, 'eth' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=SOURCE, timeout=30
    )
    assert said.stdout.split() == [opened.url, "False", "False"]


def test_many_clients_at_once_are_all_served(tmp_path: Path, clock: FixedClock) -> None:
    keys = [bytes([number]) * 32 for number in range(1, 9)]
    rich = tuple((Account.from_key(key).address, 10**20) for key in keys)

    def act(key: bytes) -> int:
        with open_chain(tmp_path, clock) as opened, Node(opened.url) as node:
            wallet = Wallet(node, key)
            for _ in range(10):
                sent = node.send_raw(wallet.sign("0x" + "22" * 20, value=1))
                assert node.transaction(sent) is not None
                assert node.batch([("eth_blockNumber",), ("eth_getBalance", "0x" + "22" * 20, "latest")])
            wallet.receipt(sent)
            return node.nonce(wallet.address)

    with open_chain(tmp_path, clock, genesis=Genesis(balances=rich)) as opened:
        with ThreadPoolExecutor(len(keys)) as pool:
            assert list(pool.map(act, keys)) == [10] * len(keys)
        with Node(opened.url) as node:
            assert node.balance("0x" + "22" * 20) == 80


def test_closing_while_asked_looks_like_a_node_that_went_away(
    tmp_path: Path, clock: FixedClock, genesis: Genesis
) -> None:
    opened = open_chain(tmp_path, clock, genesis=genesis)
    answered = Event()

    def ask() -> type[Exception]:
        with Node(opened.url) as node:
            try:
                while True:
                    node.balance("0x" + "22" * 20)
                    answered.set()
            except Exception as error:
                return type(error)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        assert answered.wait(10)
        opened.close()
        assert {each.result(timeout=10) for each in asking} == {ChainNotReachable}
