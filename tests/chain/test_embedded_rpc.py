"""The embedded node answers like a node: shapes, errors, HTTP manners."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import orjson
import pytest

from registry.chain.embedded.owner import OpenChain
from registry.chain.embedded.rpc import MAX_BATCH
from registry.chain.embedded.server import MAX_BODY_BYTES
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.node import Node, header_hash
from registry.kit.clock import Deadline
from tests.chain.chain_helpers import CREATION, Wallet, word


def words(text: str) -> set[str]:
    return set(text.split())


HEADER_KEYS = words("""
    hash parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number
    gasLimit gasUsed timestamp extraData mixHash nonce baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas
    parentBeaconBlockRoot requestsHash
""")
LOG_KEYS = words("""
    address topics data blockHash blockNumber blockTimestamp transactionHash transactionIndex logIndex
    removed
""")
KEYS = {
    "block": HEADER_KEYS | {"size", "uncles", "transactions", "withdrawals"},
    "transaction": words("""
    type chainId nonce gas maxFeePerGas maxPriorityFeePerGas to value accessList input r s yParity v hash
    blockHash blockNumber blockTimestamp transactionIndex from gasPrice
"""),
    "receipt": words("""
    type status cumulativeGasUsed logs logsBloom transactionHash transactionIndex blockHash blockNumber
    gasUsed effectiveGasPrice from to contractAddress
"""),
    "log": LOG_KEYS,
    "proof": {"address", "accountProof", "balance", "nonce", "codeHash", "storageHash", "storageProof"},
    "slot": {"key", "value", "proof"},
    "fees": {"oldestBlock", "baseFeePerGas", "gasUsedRatio", "baseFeePerBlobGas", "blobGasUsedRatio"},
}
# What another node may add: fields of its own, or gone from the specification.
EXTRA = {"totalDifficulty", "blobGasPrice", "blockTimestamp", "reward"}


def _shown(node: Node, receipt: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One answer of each kind."""
    proof = node.proof(receipt["to"], [0])
    block, transaction = node.block(receipt["blockHash"]), node.transaction(receipt["transactionHash"])
    assert block is not None
    assert transaction is not None
    return {
        "block": block,
        "transaction": transaction,
        "receipt": receipt,
        "log": receipt["logs"][0],
        "proof": proof,
        "slot": proof["storageProof"][0],
        "fees": node.call("eth_feeHistory", 2, "latest", []),
    }


def _check(shown: dict[str, dict[str, Any]]) -> None:
    for kind, answer in shown.items():
        assert set(answer) - EXTRA == KEYS[kind] - EXTRA, kind
    assert header_hash(shown["block"]).hex() == shown["block"]["hash"][2:]


def test_answers_have_the_keys_of_the_specification(node: Node, wallet: Wallet, contract: str) -> None:
    shown = _shown(node, wallet.send(contract, word(3)))
    _check(shown)
    assert set(shown["block"]) == KEYS["block"]
    full = node.block("latest", full=True)
    assert full is not None
    assert full["transactions"] == [shown["transaction"]]


@pytest.fixture
def anvil() -> Iterator[str | None]:
    """A running anvil of ``ANVIL`` or the path, or None: then the committed keys stand for it."""
    program = os.environ.get("ANVIL") or shutil.which("anvil")
    if program is None:
        yield None
        return
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--hardfork", "prague", "--chain-id", "5230017", "--silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def test_a_node_of_another_make_gives_the_same_keys_and_hashes(anvil: str | None) -> None:
    if anvil is None:
        assert all(KEYS.values())
        return
    with Node(anvil) as node:
        deadline = Deadline(10)
        while True:
            try:
                wallet = Wallet(node)
                break
            except ChainNotReachable:
                assert not deadline.has_passed
                deadline.pause(0.05)
        node.call("anvil_setBalance", wallet.address, 10**24)
        fee = {"maxFeePerGas": 10**10}
        contract = wallet.send(None, CREATION, **fee)["contractAddress"]
        receipt = wallet.send(contract, word(3), **fee)
        _check(_shown(node, receipt))
        assert node.block_receipts(receipt["blockHash"]) == [receipt]
        assert node.logs(block_hash=receipt["blockHash"], address=contract) == receipt["logs"]
        assert node.storage_at(contract, 0, receipt["blockHash"]) == 3
        with pytest.raises(NodeRefused) as refused:
            node.eth_call(contract, b"\xde\xad\xbe\xef")
        assert (refused.value.rpc_code, refused.value.revert_data) == (3, b"\xde\xad\xbe\xef")
        raw = wallet.sign(contract, word(4), **fee)
        assert wallet.receipt(node.send_raw(raw))["status"] == "0x1"
        assert node.send_raw(raw) == node.send_raw(raw)
        for number in range(node.block_number() + 1):
            block = node.block(number)
            assert block is not None
            assert header_hash(block).hex() == block["hash"][2:]


def test_quantities_are_minimal_and_hashes_whole(node: Node, wallet: Wallet, contract: str) -> None:
    shown = _shown(node, wallet.send(contract, word(3)))
    texts = re.findall(rb'"(0x[^"]*)"', orjson.dumps(shown))
    assert all(re.fullmatch(rb"0x(0|[1-9a-f][0-9a-f]{0,31}|([0-9a-f]{2})*)", text) for text in texts)
    assert shown["receipt"]["logsBloom"] == shown["block"]["logsBloom"]
    assert node.call("eth_getStorageAt", contract, "0x0", "latest") == "0x" + word(3).hex()


def test_the_header_hash_is_recomputed_for_every_block(node: Node, wallet: Wallet, contract: str) -> None:
    wallet.send(contract, word(3))
    for number in range(node.block_number() + 1):
        block = node.block(number)
        assert block is not None
        assert header_hash(block).hex() == block["hash"][2:]
    block = node.block("latest")
    assert block is not None
    assert header_hash({**block, "gasUsed": "0x1"}).hex() != block["hash"][2:]


def test_tags_name_the_blocks_they_should(node: Node, wallet: Wallet, contract: str) -> None:
    latest, earliest, pending = node.block("latest"), node.block("earliest"), node.block("pending")
    assert latest is not None
    assert earliest is not None
    assert pending is not None
    assert node.block("finalized") == node.block("safe") == node.block(node.block_number()) == latest
    assert earliest["number"] == "0x0"
    assert (pending["parentHash"], pending["hash"]) == (latest["hash"], None)
    assert node.block(99) is None
    assert node.block(b"\x01" * 32) is None
    assert node.block_receipts(99) is None
    assert node.receipt(b"\x01" * 32) is None
    assert node.transaction(b"\x01" * 32) is None


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("eth_coinbase", [], -32601),
        ("eth_getBlockByNumber", [], -32602),
        ("eth_getBlockByNumber", ["0x0", "yes"], -32602),
        ("eth_getBlockByNumber", ["head", False], -32602),
        ("eth_getBlockByNumber", ["0x0", False, 1], -32602),
        ("eth_getBlockByHash", ["0x12", False], -32602),
        ("eth_getBalance", ["0x12", "latest"], -32602),
        ("eth_getBalance", ["0x" + "22" * 20, "0x99"], -32000),
        ("eth_getBalance", ["0x" + "22" * 20, {"blockHash": "0x12"}], -32602),
        ("eth_getBalance", ["0x" + "22" * 20, {}], -32602),
        ("eth_getBalance", ["0x" + "22" * 20, ["latest"]], -32602),
        ("eth_getStorageAt", ["0x" + "22" * 20, "0x" + "f" * 65, "latest"], -32602),
        ("eth_getProof", ["0x" + "22" * 20, "0x0", "latest"], -32602),
        ("eth_call", [{"to": "0x" + "22" * 20, "surprise": 1}, "latest"], -32602),
        ("eth_call", ["0x", "latest"], -32602),
        ("eth_feeHistory", ["0x0", "latest", []], -32602),
        ("eth_sendRawTransaction", ["0xzz"], -32602),
        ("eth_sendRawTransaction", [None], -32602),
    ],
)
def test_bad_requests_get_geths_codes(node: Node, method: str, params: list[Any], code: int) -> None:
    with pytest.raises(NodeRefused) as refused:
        node.call(method, *params)
    assert refused.value.rpc_code == code


def _post(url: str, body: bytes, **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.post(url, content=body, headers=headers)


def test_batches_answer_in_order_and_one_bad_request_spoils_nothing(opened: OpenChain, node: Node) -> None:
    assert node.batch([("eth_chainId",), ("eth_getBalance", "0x" + "22" * 20, "latest")]) == [
        "0x4fcdc1",
        "0x0",
    ]
    assert node.batch([]) == []
    with pytest.raises(NodeRefused):
        node.batch([("eth_chainId",), ("eth_nothing",)])
    mixed = [
        {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"},
        5,
        {"jsonrpc": "2.0", "method": "eth_chainId"},
    ]
    answers = _post(opened.url, orjson.dumps(mixed)).json()
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32600]
    with pytest.raises(NodeRefused):
        node.batch([("eth_chainId",)] * (MAX_BATCH + 1))


def test_what_is_no_request_is_told_so(opened: OpenChain) -> None:
    assert _post(opened.url, b"{not json").json()["error"]["code"] == -32700
    assert _post(opened.url, b"[]").json()["error"]["code"] == -32600
    assert _post(opened.url, b'{"id":1,"method":5}').json()["error"]["code"] == -32600
    assert _post(opened.url, b'{"id":1,"method":"eth_chainId","params":{}}').json()["error"]["code"] == -32602
    with httpx.Client(trust_env=False) as client:
        assert client.get(opened.url).status_code == 405


def test_a_page_that_points_its_name_at_loopback_is_refused(opened: OpenChain) -> None:
    body = b'{"id":1,"method":"eth_chainId"}'
    assert _post(opened.url, body, Host="evil.example").status_code == 403
    port = opened.url.rsplit(":", 1)[1]
    assert _post(opened.url, body, Host=f"localhost:{port}").status_code == 200


def test_a_browser_wallet_may_ask_but_not_steer(opened: OpenChain) -> None:
    page = {"Origin": "http://page.example"}
    asked = _post(opened.url, b'{"id":1,"method":"eth_chainId"}', **page)
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.json()["result"] == "0x4fcdc1"
    for method in ("evm_mine", "counterfoil_instance", "counterfoil_waitForBlock"):
        steered = _post(opened.url, orjson.dumps({"id": 1, "method": method}), **page)
        assert steered.json()["error"]["code"] == -32601
    with httpx.Client(trust_env=False) as client:
        preflight = client.options(opened.url, headers=page)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "content-type"


def test_a_body_too_large_is_not_read(opened: OpenChain) -> None:
    host, port = opened.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = f"POST / HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
        connection.sendall(head.encode())
        assert b" 413 " in connection.recv(4096)


def test_one_connection_serves_many_requests(opened: OpenChain) -> None:
    with httpx.Client(trust_env=False) as client:
        for _ in range(3):
            answer = client.post(opened.url, content=b'{"id":1,"method":"eth_chainId"}')
            assert answer.headers.get("connection") is None
