"""Headers, transactions and receipts read from their bytes are what they were made of, and other bytes are refused."""

from typing import Any

import pytest
from eth_account import Account

from registry.chain.keys import SigningKey
from registry.chain.node import header_hash, raw_header
from registry.chain.receipts import raw_receipt
from registry.chain.rlp import RlpError, decode_list, encode
from registry.provenance.transactions import seal_of
from registry.provenance.unsealed import header_of, receipt_of, transaction_of
from tests.provenance.pack_story import Told

KEY = SigningKey.from_secret(b"\x41" * 32)
TO = "0x" + "31" * 20
COMMON: dict[str, Any] = {"nonce": 3, "gas": 90_000, "to": TO, "value": 7, "data": b"\x01\x02"}
DYNAMIC = {"maxFeePerGas": 14, "maxPriorityFeePerGas": 1, "chainId": 7}
ACCESS = [{"address": TO, "storageKeys": ["0x" + "00" * 31 + "07"]}]
KINDS: dict[str, dict[str, Any]] = {
    "legacy": {**COMMON, "gasPrice": 14, "chainId": 7},
    "making a contract": {**COMMON, "gasPrice": 14, "chainId": 7, "to": b""},
    "access list": {**COMMON, "type": 1, "gasPrice": 14, "chainId": 7, "accessList": ACCESS},
    "dynamic fee": {**COMMON, "type": 2, **DYNAMIC, "accessList": ACCESS},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_comes_back_as_it_was_signed(kind: str) -> None:
    raw = bytes(Account.sign_transaction(KINDS[kind], KEY.secret).raw_transaction)
    seal = seal_of(transaction_of(raw))
    assert seal is not None
    assert (seal.raw, seal.sender) == (raw, KEY.address)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (3, [[], 5, [b"\x01" * 32]]),
        (4, [[], [[7, b"\x31" * 20, 1, 0, 5, 6]]]),
    ],
)
def test_blobs_and_delegations_keep_their_bytes(kind: int, more: list[Any]) -> None:
    raw = bytes([kind]) + encode([7, 3, 1, 14, 90_000, b"\x31" * 20, 7, b"", *more, 1, 5, 6])
    seal = seal_of(transaction_of(raw))
    assert seal is not None
    assert seal.raw == raw


def test_headers_and_receipts_of_a_chain_come_back(told: Told) -> None:
    node = told.world.node
    block = node.block("latest")
    assert block is not None
    raw = raw_header(block)
    assert header_hash({**block, **header_of(raw)}).hex() == block["hash"][2:]
    for receipt in node.block_receipts(block["hash"]) or []:
        found = receipt_of(raw_receipt(receipt))
        assert found["status"] == receipt["status"]
        assert [log["data"] for log in found["logs"]] == [log["data"] for log in receipt["logs"]]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x05\xc0", b"\x02\xc0", b"\xc1\x01", b"\x02" + encode([1] * 11), b"\x7f" + encode([1] * 12)],
)
def test_what_is_no_transaction_is_refused(raw: bytes) -> None:
    with pytest.raises(RlpError):
        transaction_of(raw)


@pytest.mark.parametrize("raw", [b"", b"\xc0", encode([1, 2, b"", []]), encode([1, 2, bytes(256), [[1, 2]]])])
def test_what_is_no_receipt_is_refused(raw: bytes) -> None:
    with pytest.raises(RlpError):
        receipt_of(raw)


def test_what_is_no_header_is_refused(told: Told) -> None:
    block = told.world.node.block("latest")
    assert block is not None
    items = decode_list(raw_header(block))
    for wrong in (items[:10], [*items, b"more"], [[], *items[1:]]):
        with pytest.raises(RlpError):
            header_of(encode(wrong))
