"""The embedded node's JSON-RPC methods, with geth's answers and error codes."""

import logging
from collections.abc import Callable
from inspect import signature
from typing import Any

from registry.chain.embedded import calls
from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.faults import (
    BAD_PARAMS,
    BAD_REQUEST,
    INTERNAL,
    METHOD_NOT_FOUND,
    ClosingError,
    RpcError,
)
from registry.chain.embedded.genesis import BLOCK_GAS
from registry.chain.embedded.hexes import data, read_data, read_quantity, word
from registry.chain.embedded.logs import find_logs
from registry.chain.embedded.miner import Miner
from registry.chain.embedded.proofs import account_proof
from registry.chain.embedded.views import Views

log = logging.getLogger(__name__)

MAX_BATCH = 1_000
_MAX_PROOF_SLOTS = 1_024
_MAX_FEE_BLOCKS = 1_024
MAX_WAIT_S = 30.0
# Not for web pages: these steer the chain or keep a thread waiting.
_OWN_PREFIXES = ("evm_", "counterfoil_")
_CALL_FIELDS = {
    "from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data", "input",
    "nonce", "type", "chainId", "accessList",
}  # fmt: skip

Method = Callable[..., Any]


class Rpc:
    """One chain's method table. ``instance`` is the owner's token, by which clients know it is still the
    process they think it is. Thread-safe: takes the chain's lock around each method."""

    def __init__(self, chain: EmbeddedChain, miner: Miner, instance: str) -> None:
        self._chain = chain
        self._miner = miner
        self._views = Views(chain)
        # Those that need no lock answer while a block is being sealed.
        self._free: dict[str, Method] = {
            "web3_clientVersion": lambda: f"counterfoil-embedded/1/{instance}",
            "net_version": lambda: str(chain.chain_id),
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_blockNumber": lambda: hex(chain.head.block_number),
            # Takes the lock block by block, so that a long range holds nobody up.
            "eth_getLogs": lambda query: find_logs(self._views, query, chain.lock),
            "counterfoil_instance": lambda: instance,
            "counterfoil_waitForBlock": self._wait_for_block,
            "evm_mine": self._mine,
        }
        self._locked: dict[str, Method] = {
            "eth_getBlockByNumber": self._block,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getBlockTransactionCountByNumber": self._transaction_count,
            "eth_getTransactionByHash": lambda tx: self._views.transaction(read_data(tx, "hash", 32)),
            "eth_getTransactionReceipt": lambda tx: self._views.receipt(read_data(tx, "hash", 32)),
            "eth_getTransactionCount": self._nonce,
            "eth_getBalance": self._balance,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_gasPrice": lambda: hex(chain.next_header().base_fee_per_gas),
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_feeHistory": self._fee_history,
            "eth_sendRawTransaction": self._send_raw,
            "eth_getProof": self._proof,
        }

    def answer(self, request: object, *, is_foreign: bool = False) -> Any:
        """The JSON-RPC 2.0 answer to a request or a batch; None where nothing is to be sent back.

        ``is_foreign``: the request comes from a web page, which may read and send signed transactions but
        not steer the chain or keep a thread waiting (``evm_`` and ``counterfoil_`` methods). Raises
        ClosingError where the chain was closed meanwhile.
        """
        if not isinstance(request, list):
            return self._one(request, is_foreign=is_foreign)
        if not request or len(request) > MAX_BATCH:
            return _fault(None, RpcError(BAD_REQUEST, f"a batch holds 1 to {MAX_BATCH} requests"))
        answers = [self._one(each, is_foreign=is_foreign) for each in request]
        return [each for each in answers if each is not None] or None

    def _one(self, request: object, *, is_foreign: bool) -> dict[str, Any] | None:
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _fault(None, RpcError(BAD_REQUEST, "invalid request: want an object with a method"))
        asked = request.get("id")
        try:
            result = self._dispatch(request["method"], request.get("params"), is_foreign=is_foreign)
        except RpcError as error:
            found = _fault(asked, error)
        except Exception as error:
            if self._chain.is_closed:
                raise ClosingError from error
            log.exception("%s failed", request["method"])
            found = _fault(asked, RpcError(INTERNAL, "internal error; the owner's log says more"))
        else:
            found = {"jsonrpc": "2.0", "id": asked, "result": result}
        return found if "id" in request else None

    def _dispatch(self, name: str, params: object, *, is_foreign: bool) -> Any:
        method = self._free.get(name) or self._locked.get(name)
        if method is None or (is_foreign and name.startswith(_OWN_PREFIXES)):
            raise RpcError(METHOD_NOT_FOUND, f"the method {name} does not exist/is not available")
        params = [] if params is None else params
        if not isinstance(params, list):
            raise RpcError(BAD_PARAMS, "non-array args")
        if len(params) > 4:
            raise RpcError(BAD_PARAMS, "too many arguments")
        try:
            # Only binding is tried here: a TypeError out of the method itself is a fault of ours.
            signature(method).bind(*params)
        except TypeError:
            raise RpcError(BAD_PARAMS, f"missing or too many arguments for {name}") from None
        if name in self._free:
            return method(*params)
        with self._chain.lock:
            return method(*params)

    # Blocks

    def _block(self, ref: object, is_full: object = None) -> Any:
        return self._views.block(ref, is_full=_flag(is_full))

    def _block_by_hash(self, block_hash: object, is_full: object = None) -> Any:
        return self._views.block(data(read_data(block_hash, "hash", 32)), is_full=_flag(is_full))

    def _block_receipts(self, ref: object) -> Any:
        if ref == "pending":
            return None
        header = self._views.header(ref)
        return None if header is None else self._views.receipts(header)

    def _transaction_count(self, ref: object) -> Any:
        block = self._views.block(ref, is_full=False)
        return None if block is None else hex(len(block["transactions"]))

    def _fee_history(self, count: object, newest: object, percentiles: object = None) -> Any:
        wanted = count if isinstance(count, int) else read_quantity(count, "blockCount")
        if not 1 <= wanted <= _MAX_FEE_BLOCKS:
            raise RpcError(BAD_PARAMS, f"blockCount is between 1 and {_MAX_FEE_BLOCKS}")
        last = self._views.state_header("latest" if newest == "pending" else newest)
        first = max(0, last.block_number - wanted + 1)
        headers = [self._views.state_header(hex(number)) for number in range(first, last.block_number + 1)]
        shown: dict[str, Any] = {
            "oldestBlock": hex(first),
            # The fee never moves (see genesis), so the next block's is the last one's.
            "baseFeePerGas": [hex(each.base_fee_per_gas) for each in (*headers, last)],
            "gasUsedRatio": [each.gas_used / each.gas_limit for each in headers],
            "baseFeePerBlobGas": ["0x1"] * (len(headers) + 1),
            "blobGasUsedRatio": [0.0] * len(headers),
        }
        if isinstance(percentiles, list) and percentiles:
            shown["reward"] = [["0x0"] * len(percentiles) for _ in headers]
        return shown

    # Accounts

    def _state(self, ref: object) -> Any:
        return self._chain.state_at(self._views.state_header(ref))

    def _nonce(self, address: object, ref: object = None) -> str:
        account = read_data(address, "address", 20)
        if ref == "pending":
            return hex(self._chain.next_nonce(account))
        return hex(self._state(ref).get_nonce(account))

    def _balance(self, address: object, ref: object = None) -> str:
        return hex(self._state(ref).get_balance(read_data(address, "address", 20)))

    def _code(self, address: object, ref: object = None) -> str:
        return data(self._state(ref).get_code(read_data(address, "address", 20)))

    def _storage(self, address: object, slot: object, ref: object = None) -> str:
        account = read_data(address, "address", 20)
        return word(self._state(ref).get_storage(account, read_quantity(slot, "slot")))

    def _proof(self, address: object, slots: object, ref: object = None) -> Any:
        if not isinstance(slots, list) or len(slots) > _MAX_PROOF_SLOTS:
            raise RpcError(BAD_PARAMS, f"invalid storage keys: want a list of at most {_MAX_PROOF_SLOTS}")
        keys = [read_quantity(slot, "storage key") for slot in slots]
        root = self._views.state_header(ref).state_root
        return account_proof(self._chain.store, root, read_data(address, "address", 20), keys)

    # Calls and transactions

    def _call(self, request: object, ref: object = None) -> str:
        return data(calls.call(self._chain, _read_call(request), self._call_header(ref)))

    def _estimate(self, request: object, ref: object = None) -> str:
        return hex(calls.estimate_gas(self._chain, _read_call(request), self._call_header(ref)))

    def _call_header(self, ref: object) -> Any:
        # At the head a call sees the time a block sealed now would have, so that rules about time hold for
        # now and not for the last act, which may be days ago.
        if ref in (None, "latest", "pending", "safe", "finalized"):
            return self._chain.next_header()
        return self._views.state_header(ref)

    def _send_raw(self, raw: object) -> str:
        tx_hash = self._chain.send_raw(read_data(raw, "transaction"))
        self._miner.call()
        return data(tx_hash)

    def _wait_for_block(self, after: object, milliseconds: object) -> str:
        seconds = min(read_quantity(milliseconds, "milliseconds") / 1_000, MAX_WAIT_S)
        return hex(self._chain.wait_for_block(read_quantity(after, "block number"), seconds))

    def _mine(self) -> str:
        self._miner.wait_for_clock()
        return hex(self._chain.mine().block_number)


def _flag(value: object) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise RpcError(BAD_PARAMS, "want true or false for whole transactions")
    return value


def _read_call(given: object) -> calls.Call:
    if not isinstance(given, dict) or not set(given) <= _CALL_FIELDS:
        raise RpcError(BAD_PARAMS, "invalid call: want an object with from, to, data, value, gas")
    sender, to, gas = given.get("from"), given.get("to"), given.get("gas")
    payload = given.get("input", given.get("data"))
    value = given.get("value")
    return calls.Call(
        bytes(20) if sender is None else read_data(sender, "from", 20),
        b"" if to is None else read_data(to, "to", 20),
        b"" if payload is None else read_data(payload, "data"),
        0 if value is None else read_quantity(value, "value"),
        BLOCK_GAS if gas is None else read_quantity(gas, "gas"),
    )


def _fault(asked: object, error: RpcError) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        shown["data"] = data(error.data)
    return {"jsonrpc": "2.0", "id": asked, "error": shown}
