"""The raw connection: bounded waits, plain refusals, revert data wherever a node puts it."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import orjson
import pytest
import rlp

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.node import Node, header_hash, revert_data


class _Scripted(BaseHTTPRequestHandler):
    """Answers by method, from ``answers``; anything else with the raw bytes under ''."""

    answers: ClassVar[dict[str, object]] = {}

    def do_POST(self) -> None:
        request = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = self.answers.get(request["method"], b"<html>")
        body = (
            found
            if isinstance(found, bytes)
            else orjson.dumps({"jsonrpc": "2.0", "id": request["id"], **found})  # type: ignore[dict-item]
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[Node]:
    with HTTPServer(("127.0.0.1", 0), _Scripted) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        with Node(f"http://127.0.0.1:{server.server_address[1]}") as node:
            yield node
        server.shutdown()
        thread.join()
    _Scripted.answers = {}


def _error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"code": -32000, "message": message, **more}}


def test_nobody_there_is_said_plainly() -> None:
    with Node("http://127.0.0.1:9") as node, pytest.raises(ChainNotReachable) as refused:
        node.chain_id()
    assert refused.value.code == "chain_not_reachable"
    assert refused.value.status == 503
    assert "start it or set another URL" in refused.value.detail
    with Node("no url at all") as node, pytest.raises(ChainNotReachable):
        node.chain_id()


def test_a_node_that_says_nothing_is_waited_for_no_longer_than_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Node(url, timeout=0.1) as node, pytest.raises(ChainNotReachable, match=r"within 0\.1 s"):
            node.chain_id()


def test_what_is_no_node_is_said_plainly(scripted: Node) -> None:
    with pytest.raises(ChainNotReachable, match="not a JSON-RPC node"):
        scripted.chain_id()
    _Scripted.answers = {"eth_chainId": {"result": "zzz"}, "eth_getCode": {"result": "0xz"}}
    with pytest.raises(ChainNotReachable):
        scripted.chain_id()
    with pytest.raises(ChainNotReachable):
        scripted.code("0x" + "22" * 20)


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": "execution reverted", "data": "0xdeadbeef"},
        {"code": -32000, "message": "Execution reverted", "data": "0xdeadbeef"},
        {"code": -32015, "message": "VM execution error.", "data": "Reverted 0xdeadbeef"},
        {"code": -32603, "message": "x", "data": {"message": "revert", "data": "0xdeadbeef"}},
        {"code": -32603, "message": "x", "data": {"originalError": {"code": 3, "data": "0xdeadbeef"}}},
        {"code": -32000, "message": "x", "data": {"0xabc": {"error": "revert", "return": "0xdeadbeef"}}},
    ],
)
def test_revert_data_is_found_wherever_it_stands(scripted: Node, error: dict[str, object]) -> None:
    _Scripted.answers = {"eth_call": {"error": error}}
    with pytest.raises(NodeRefused) as refused:
        scripted.eth_call("0x" + "22" * 20, b"")
    assert refused.value.revert_data == bytes.fromhex("deadbeef")
    assert refused.value.rpc_message == error["message"]


def test_an_error_without_revert_data_has_none() -> None:
    assert revert_data({"code": -32000, "message": "insufficient funds"}) is None
    assert revert_data({"code": 3, "message": "x", "data": "0xnothex"}) is None
    assert revert_data("plain words") is None
    assert revert_data({"code": 3, "data": "0x"}) == b""


def test_a_transaction_known_already_is_no_error_and_a_stranger_with_its_nonce_is(scripted: Node) -> None:
    _Scripted.answers = {
        "eth_sendRawTransaction": _error("nonce too low"),
        "eth_getTransactionReceipt": {"result": {"status": "0x1"}},
    }
    assert len(scripted.send_raw(b"\x02\xc0")) == 32
    _Scripted.answers["eth_getTransactionReceipt"] = {"result": None}
    _Scripted.answers["eth_getTransactionByHash"] = {"result": None}
    with pytest.raises(NodeRefused, match="nonce too low"):
        scripted.send_raw(b"\x02\xc0")
    # EthereumJS tells of no transaction that waits.
    _Scripted.answers["eth_sendRawTransaction"] = _error("0xab: this transaction is already in the TxPool")
    assert len(scripted.send_raw(b"\x02\xc0")) == 32
    _Scripted.answers["eth_sendRawTransaction"] = _error("insufficient funds")
    with pytest.raises(NodeRefused, match="insufficient funds"):
        scripted.send_raw(b"\x02\xc0")


def test_a_node_that_cannot_tell_of_blocks_is_asked_for_them(scripted: Node) -> None:
    _Scripted.answers = {
        "counterfoil_waitForBlock": {"error": {"code": -32601, "message": "no such method"}},
        "eth_blockNumber": {"result": "0x5"},
    }
    assert scripted.wait_for_block(4, 5) == 5
    assert scripted.wait_for_block(5, 0.05, poll_s=0.01) == 5


def test_a_chain_without_base_fee_is_paid_its_gas_price(scripted: Node) -> None:
    _Scripted.answers = {
        "eth_getBlockByNumber": {"result": {"number": "0x0"}},
        "eth_gasPrice": {"result": "0x5"},
    }
    assert scripted.max_fee() == (5, 5)


def test_a_node_that_names_no_tip_has_it_in_its_gas_price(scripted: Node) -> None:
    _Scripted.answers = {
        "eth_getBlockByNumber": {"result": {"number": "0x1", "baseFeePerGas": "0x7"}},
        "eth_maxPriorityFeePerGas": {"error": {"code": -32601, "message": "Method not found"}},
        "eth_gasPrice": {"result": "0x9"},
    }
    assert scripted.max_fee() == (16, 2)
    _Scripted.answers["eth_gasPrice"] = {"result": "0x6"}
    assert scripted.max_fee() == (14, 0)


# Ethereum mainnet's genesis (frontier: no base fee).
GENESIS = {
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
}


def test_the_header_hash_of_a_known_block_is_its_own() -> None:
    expected = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    assert header_hash(GENESIS).hex() == expected
    with pytest.raises(ChainNotReachable, match="without gasUsed"):
        header_hash({name: value for name, value in GENESIS.items() if name != "gasUsed"})


def test_the_header_hash_of_a_qbft_block_leaves_round_and_seals_out() -> None:
    seals = [b"\x05" * 65, b"\x06" * 65]
    validators = [b"\x01" * 20, b"\x02" * 20]
    sealed = rlp.encode([bytes(32), validators, [], b"\x03", seals])
    bare = rlp.encode([bytes(32), validators, [], b"", []])
    mix = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
    block = {**GENESIS, "number": "0x7", "mixHash": mix}
    hashes = [header_hash({**block, "extraData": "0x" + extra.hex()}) for extra in (sealed, bare)]
    assert hashes[0] == hashes[1]
    other = rlp.encode([bytes(32), validators[:1], [], b"\x03", seals])
    assert header_hash({**block, "extraData": "0x" + other.hex()}) != hashes[0]
    # Without the mix hash, and at block 0, every byte counts.
    for change in ({"mixHash": GENESIS["mixHash"]}, {"number": "0x0"}):
        plain = [
            header_hash({**block, **change, "extraData": "0x" + extra.hex()}) for extra in (sealed, bare)
        ]
        assert plain[0] != plain[1]
    assert len(header_hash({**block, "extraData": "0xff"})) == 32
