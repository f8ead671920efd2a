"""eth_getLogs finds what was asked for, and nothing else."""

import pytest

from registry.chain.errors import NodeRefused
from registry.chain.node import Node
from tests.chain.chain_helpers import Wallet, word

SEEN = "0x" + word(1).hex()


@pytest.fixture
def contracts(node: Node, wallet: Wallet) -> list[str]:
    """Two contracts; blocks 3 to 8 hold one log each, of 1 to 6, in turn from one and the other."""
    both = [wallet.deploy(), wallet.deploy()]
    for number in range(1, 7):
        wallet.send(both[number % 2], word(number))
    return both


def _numbers(logs: list[dict[str, str]]) -> list[int]:
    return [int(log["data"], 16) for log in logs]


def test_by_range_address_and_topics(node: Node, contracts: list[str]) -> None:
    even, odd = contracts
    assert _numbers(node.logs(from_block="earliest")) == [1, 2, 3, 4, 5, 6]
    assert _numbers(node.logs(from_block=4, to_block=6)) == [2, 3, 4]
    assert _numbers(node.logs()) == [6]
    assert _numbers(node.logs(from_block=0, address=even)) == [2, 4, 6]
    assert _numbers(node.logs(from_block=0, address=[even, odd])) == [1, 2, 3, 4, 5, 6]
    assert _numbers(node.logs(from_block=0, topics=[SEEN])) == [1, 2, 3, 4, 5, 6]
    assert _numbers(node.logs(from_block=0, topics=[None, word(3)])) == [3]
    assert _numbers(node.logs(from_block=0, topics=[SEEN, [word(2), word(5)]])) == [2, 5]
    assert _numbers(node.logs(from_block=0, address=odd, topics=[[], [word(2), word(5)]])) == [5]
    assert node.logs(from_block=0, topics=[word(2)]) == []
    assert node.logs(from_block=0, topics=[None, None, None]) == []
    assert node.logs(from_block=0, address="0x" + "99" * 20) == []


def test_by_block_hash(node: Node, contracts: list[str]) -> None:
    block = node.block(5)
    assert block is not None
    found = node.logs(block_hash=block["hash"])
    assert _numbers(found) == [3]
    assert found[0]["blockHash"] == block["hash"]
    assert found[0]["blockTimestamp"] == block["timestamp"]
    assert node.logs(block_hash=block["hash"], address=contracts[0]) == []
    with pytest.raises(NodeRefused, match="unknown block"):
        node.logs(block_hash=b"\x01" * 32)


def test_logs_count_through_a_block_and_equal_its_receipts(
    node: Node, wallet: Wallet, contracts: list[str]
) -> None:
    # The first nonce comes last, so that all four share a block.
    raws = [wallet.sign(contracts[0], word(number)) for number in range(10, 14)]
    hashes = [node.send_raw(raw) for raw in reversed(raws)]
    block_hash = wallet.receipt(hashes[0])["blockHash"]
    logs = node.logs(block_hash=block_hash)
    assert [log["logIndex"] for log in logs] == ["0x0", "0x1", "0x2", "0x3"]
    assert [log["transactionIndex"] for log in logs] == ["0x0", "0x1", "0x2", "0x3"]
    receipts = node.block_receipts(block_hash)
    assert receipts is not None
    assert [log for receipt in receipts for log in receipt["logs"]] == logs
    assert receipts == [node.receipt(receipt["transactionHash"]) for receipt in receipts]


@pytest.mark.parametrize(
    "query",
    [
        None,
        {"fromBlock": "latest", "toBlock": "0x0", "extra": 1},
        {"fromBlock": "0x5", "toBlock": "0x2"},
        {"fromBlock": "5"},
        {"address": "0x12"},
        {"topics": "0x12"},
        {"topics": [["0x12"]]},
        {"blockHash": "0x" + "00" * 32, "fromBlock": "0x0"},
    ],
)
def test_a_malformed_filter_is_refused(node: Node, query: object) -> None:
    with pytest.raises(NodeRefused) as refused:
        node.call("eth_getLogs", query)
    assert refused.value.rpc_code == -32602
