"""Blocks, transactions, receipts and logs as JSON-RPC shows them (execution-apis spec, geth's shapes)."""

from collections.abc import Sequence
from typing import Any

import rlp

from registry.chain.embedded.hexes import data, word
from registry.chain.hashing import keccak256

Json = dict[str, Any]


def header_json(header: Any) -> Json:
    """A header's fields through prague."""
    return {
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "miner": data(header.coinbase),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": f"0x{header.bloom:0512x}",
        "difficulty": hex(header.difficulty),
        "number": hex(header.block_number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
    }


def block_json(header: Any, transactions: Sequence[Any], *, is_full: bool) -> Json:
    """A sealed block; its transactions as hashes or, with ``is_full``, as objects."""
    shown = [
        transaction_json(transaction, header, index) if is_full else data(transaction.hash)
        for index, transaction in enumerate(transactions)
    ]
    size = len(rlp.encode(header)) + sum(len(transaction.encode()) for transaction in transactions) + 6
    return {**header_json(header), "size": hex(size), "uncles": [], "transactions": shown, "withdrawals": []}


def pending_json(header: Any, transactions: Sequence[Any], *, is_full: bool) -> Json:
    """The block that would be sealed now: hash, nonce and miner are null, as geth has them."""
    shown = [
        transaction_json(transaction, None, None) if is_full else data(transaction.hash)
        for transaction in transactions
    ]
    unknown = {"hash": None, "nonce": None, "miner": None}
    return {
        **header_json(header),
        **unknown,
        "size": "0x0",
        "uncles": [],
        "transactions": shown,
        "withdrawals": [],
    }


def transaction_json(transaction: Any, header: Any | None, index: int | None) -> Json:
    """A transaction in its block, or waiting where ``header`` is None."""
    kind = transaction.type_id or 0
    price = transaction.max_fee_per_gas if header is None else effective_price(transaction, header)
    shown: Json = {
        "type": hex(kind),
        "hash": data(transaction.hash),
        "nonce": hex(transaction.nonce),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "value": hex(transaction.value),
        "gas": hex(transaction.gas),
        "gasPrice": hex(price),
        "input": data(transaction.data),
        "chainId": hex(transaction.chain_id),
        "blockHash": None if header is None else data(header.hash),
        "blockNumber": None if header is None else hex(header.block_number),
        "blockTimestamp": None if header is None else hex(header.timestamp),
        "transactionIndex": None if index is None else hex(index),
        "r": hex(transaction.r),
        "s": hex(transaction.s),
    }
    if kind == 0:
        return {**shown, "v": hex(transaction.v)}
    shown |= {"v": hex(transaction.y_parity), "yParity": hex(transaction.y_parity)}
    shown["accessList"] = [
        {"address": data(address), "storageKeys": [word(slot) for slot in slots]}
        for address, slots in transaction.access_list
    ]
    if kind >= 2:
        shown["maxFeePerGas"] = hex(transaction.max_fee_per_gas)
        shown["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee_per_gas)
    if kind == 4:
        shown["authorizationList"] = [_authorization_json(each) for each in transaction.authorization_list]
    return shown


def _authorization_json(authorization: Any) -> Json:
    return {
        "chainId": hex(authorization.chain_id),
        "address": data(authorization.address),
        "nonce": hex(authorization.nonce),
        "yParity": hex(authorization.y_parity),
        "r": hex(authorization.r),
        "s": hex(authorization.s),
    }


def effective_price(transaction: Any, header: Any) -> int:
    """Wei a unit of gas cost in that block (EIP-1559)."""
    tip = min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - header.base_fee_per_gas)
    return int(header.base_fee_per_gas + tip)


def receipts_json(header: Any, transactions: Sequence[Any], receipts: Sequence[Any]) -> list[Json]:
    """All receipts of a block, in order, logs counted through the block."""
    shown: list[Json] = []
    used_before, logs_before = 0, 0
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        place = {
            "blockHash": data(header.hash),
            "blockNumber": hex(header.block_number),
            "transactionHash": data(transaction.hash),
            "transactionIndex": hex(index),
        }
        created = None if transaction.to else data(contract_address(transaction.sender, transaction.nonce))
        shown.append(
            {
                **place,
                "type": hex(transaction.type_id or 0),
                "status": hex(int.from_bytes(receipt.state_root, "big")),
                "cumulativeGasUsed": hex(receipt.gas_used),
                "gasUsed": hex(receipt.gas_used - used_before),
                "effectiveGasPrice": hex(effective_price(transaction, header)),
                "from": data(transaction.sender),
                "to": data(transaction.to) if transaction.to else None,
                "contractAddress": created,
                "logsBloom": f"0x{receipt.bloom:0512x}",
                "logs": [
                    _log_json(entry, place, header.timestamp, logs_before + offset)
                    for offset, entry in enumerate(receipt.logs)
                ],
            }
        )
        used_before, logs_before = receipt.gas_used, logs_before + len(receipt.logs)
    return shown


def _log_json(entry: Any, place: Json, timestamp: int, index: int) -> Json:
    return {
        "address": data(entry.address),
        "topics": [word(topic) for topic in entry.topics],
        "data": data(entry.data),
        **place,
        "blockTimestamp": hex(timestamp),
        "logIndex": hex(index),
        "removed": False,
    }


def contract_address(sender: bytes, nonce: int) -> bytes:
    """The 20 bytes at which a creating transaction puts its contract."""
    return keccak256(rlp.encode([sender, nonce]))[12:]
