"""What is admitted, refused, included; and what calls answer."""

from typing import Any

import pytest
from eth_account import Account

from registry.chain.errors import NodeRefused
from registry.chain.node import Node
from tests.chain.chain_helpers import CREATION, PAYER, Wallet, word

NOTHING = bytes.fromhex("deadbeef")
OTHER = "0x" + "22" * 20


def _refusal(node: Node, raw: bytes) -> str:
    with pytest.raises(NodeRefused) as refused:
        node.call("eth_sendRawTransaction", raw)
    assert refused.value.rpc_code in (-32000, -32602)
    return refused.value.rpc_message


def test_a_revert_carries_its_data(node: Node, wallet: Wallet, contract: str) -> None:
    for ask in (
        lambda: node.eth_call(contract, NOTHING),
        lambda: node.estimate_gas(contract, NOTHING, wallet.address),
    ):
        with pytest.raises(NodeRefused) as refused:
            ask()
        assert refused.value.rpc_code == 3
        assert refused.value.revert_data == NOTHING
        assert refused.value.fields["data"] == "0xdeadbeef"


def test_a_reverting_transaction_is_included_with_status_0(node: Node, wallet: Wallet, contract: str) -> None:
    receipt = wallet.send(contract, NOTHING)
    assert receipt["status"] == "0x0"
    assert receipt["logs"] == []
    assert node.nonce(wallet.address, "latest") == wallet.next


def test_sending_twice_is_sending_once(node: Node, wallet: Wallet, contract: str) -> None:
    raw = wallet.sign(contract, word(5))
    first, second = node.send_raw(raw), node.send_raw(raw)
    wallet.receipt(first)
    assert first == second == node.send_raw(raw)
    assert node.nonce(wallet.address) == wallet.next
    assert len(node.logs(from_block="earliest")) == 1


def test_what_cannot_be_paid_or_is_not_meant_for_this_chain_is_refused(node: Node, wallet: Wallet) -> None:
    now = wallet.next
    assert "insufficient funds" in _refusal(node, wallet.sign(OTHER, nonce=now, value=10**30))
    assert "invalid chain id" in _refusal(node, wallet.sign(OTHER, nonce=now, chainId=1))
    assert "intrinsic gas too low" in _refusal(node, wallet.sign(OTHER, nonce=now, gas=20_999))
    # EIP-7623: bytes of calldata have a price of their own.
    assert "intrinsic gas too low" in _refusal(node, wallet.sign(OTHER, b"\x01" * 500, nonce=now, gas=35_000))
    assert "exceeds block gas limit" in _refusal(node, wallet.sign(OTHER, nonce=now, gas=30_000_001))
    assert "base fee" in _refusal(node, wallet.sign(OTHER, nonce=now, maxFeePerGas=1))
    assert "nonce too high" in _refusal(node, wallet.sign(OTHER, nonce=now + 5_000))
    assert "not a signed transaction" in _refusal(node, b"\x02\xc0")
    assert "not a signed transaction" in _refusal(node, b"\x05" * 40)
    assert "oversized" in _refusal(node, b"\x02" * 200_000)
    unprotected: dict[str, Any] = {
        "gasPrice": 14,
        "maxFeePerGas": None,
        "maxPriorityFeePerGas": None,
        "type": None,
    }
    legacy = wallet.sign(OTHER, nonce=now, chainId=None, **unprotected)
    assert "EIP-155" in _refusal(node, legacy)
    assert node.nonce(wallet.address) == now


def test_a_used_nonce_is_refused_for_another_transaction(node: Node, wallet: Wallet) -> None:
    wallet.send(OTHER, value=1)
    assert "nonce too low" in _refusal(node, wallet.sign(OTHER, nonce=0, value=2))


def test_later_nonces_wait_for_the_earlier_and_share_their_block(node: Node, wallet: Wallet) -> None:
    later = [node.send_raw(wallet.sign(OTHER, nonce=nonce, value=1)) for nonce in (3, 2, 1)]
    node.call("evm_mine")
    assert [node.receipt(tx_hash) for tx_hash in later] == [None, None, None]
    assert node.nonce(wallet.address) == 0
    waiting = node.transaction(later[0])
    assert waiting is not None
    assert waiting["blockHash"] is None
    node.send_raw(wallet.sign(OTHER, nonce=0, value=1))
    assert {wallet.receipt(tx_hash)["blockNumber"] for tx_hash in later} == {"0x2"}


def test_a_waiting_transaction_is_replaced_by_one_that_pays_a_tenth_more(node: Node, wallet: Wallet) -> None:
    first = node.send_raw(wallet.sign(OTHER, nonce=1, maxFeePerGas=100))
    assert "underpriced" in _refusal(node, wallet.sign(OTHER, nonce=1, value=5, maxFeePerGas=109))
    second = node.send_raw(wallet.sign(OTHER, nonce=1, value=5, maxFeePerGas=110))
    node.send_raw(wallet.sign(OTHER, nonce=0))
    assert wallet.receipt(second)["status"] == "0x1"
    assert node.transaction(first) is None


def test_a_call_that_gives_what_the_sender_has_not_is_refused(node: Node) -> None:
    request = {"from": OTHER, "to": OTHER, "value": "0x1"}
    for method in ("eth_call", "eth_estimateGas"):
        with pytest.raises(NodeRefused, match="insufficient funds for transfer"):
            node.call(method, request)


def test_an_estimate_is_enough_and_not_much_more(node: Node, wallet: Wallet, contract: str) -> None:
    for data in (word(9), word(9), b"", b"\x01" * 900):
        gas = node.estimate_gas(contract, data, wallet.address)
        receipt = wallet.send(contract, data, gas=gas)
        assert receipt["status"] == "0x1"
        assert gas <= int(receipt["gasUsed"], 16) * 1.3
    assert node.estimate_gas(None, CREATION, wallet.address) < 200_000


def test_the_base_fee_stays_where_it_began(node: Node, wallet: Wallet) -> None:
    # INVALID burns all the gas there is: ten such transactions are more than two blocks may hold.
    code = bytes.fromhex("6001600c60003960016000f3fe")
    burner = str(wallet.send(None, code)["contractAddress"])
    hashes = [node.send_raw(wallet.sign(burner, gas=7_000_000)) for _ in range(10)]
    receipts = [wallet.receipt(tx_hash) for tx_hash in hashes]
    assert {receipt["status"] for receipt in receipts} == {"0x0"}
    assert len({receipt["blockNumber"] for receipt in receipts}) >= 3
    node.call("evm_mine")
    fees = {node.block(number)["baseFeePerGas"] for number in range(node.block_number() + 1)}  # type: ignore[index]
    assert fees == {"0x7"}
    assert node.max_fee() == (14, 0)


def test_all_kinds_of_transactions_are_included(node: Node, wallet: Wallet, contract: str) -> None:
    bare: dict[str, Any] = {"maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasPrice": 14}
    listed = [{"address": contract, "storageKeys": ["0x" + "00" * 32]}]
    agreed = Account.from_key(PAYER.key).sign_authorization(
        {"chainId": wallet.chain_id, "address": bytes.fromhex(contract[2:]), "nonce": wallet.next + 4}
    )
    sent = [
        wallet.send(contract, word(1), type=None, **bare),
        wallet.send(contract, word(2), type=1, accessList=listed, **bare),
        wallet.send(contract, word(3), type=2),
        wallet.send(contract, word(4), type=4, authorizationList=[agreed]),
    ]
    assert [receipt["type"] for receipt in sent] == ["0x0", "0x1", "0x2", "0x4"]
    for receipt in sent:
        assert receipt["status"] == "0x1"
        transaction = node.transaction(receipt["transactionHash"])
        assert transaction is not None
        assert transaction["from"] == wallet.address.lower()
        assert transaction["chainId"] == hex(wallet.chain_id)
    # EIP-7702: the payer's account now runs the contract's code.
    assert node.code(wallet.address) == bytes.fromhex("ef0100" + contract[2:])


def test_reads_at_an_earlier_block_see_its_state(node: Node, wallet: Wallet, contract: str) -> None:
    before = node.block("latest")
    assert before is not None
    wallet.send(contract, word(1))
    wallet.send(contract, word(2))
    number = int(before["number"], 16)
    assert [node.storage_at(contract, 0, number + more) for more in range(3)] == [0, 1, 2]
    assert node.storage_at(contract, 0, before["hash"]) == 0
    assert node.nonce(wallet.address, number) == 1
    assert node.code(contract, 0) == b""
    assert node.balance(wallet.address, 0) == 10**24 > node.balance(wallet.address)
    with pytest.raises(NodeRefused, match="header not found"):
        node.balance(wallet.address, 99)


def test_a_call_deeper_than_a_thousand_levels_answers(node: Node, wallet: Wallet) -> None:
    # PUSH0 x5 ADDRESS GAS CALL: calls itself for as long as the depth limit and the gas allow.
    code = bytes.fromhex("6009600c60003960096000f35f5f5f5f5f305af100")
    deep = str(wallet.send(None, code)["contractAddress"])
    assert node.eth_call(deep, b"") == b""
