"""A raw JSON-RPC connection to any EVM node."""

from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.hashing import keccak256
from registry.chain.rlp import RlpError, decode, encode
from registry.kit.clock import Deadline

Json = dict[str, Any]
BlockRef = int | str | bytes
HEADER = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom",
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
)  # fmt: skip
# EIP-1559, 4895, 4844 (two), 4788, 7685: each fork appends, so a gap ends the header.
HEADER_SINCE_LONDON = (
    "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot",
    "requestsHash",
)  # fmt: skip
HEADER_QUANTITIES = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
    "excessBlobGas",
}  # fmt: skip
# Every Besu BFT block carries it; ASCII for the end of "practical byzantine fault tolerance".
_QBFT_MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
_KNOWN = ("already known", "already imported", "alreadyknown", "already in the txpool")
_MAYBE_KNOWN = ("known transaction", "nonce too low")


class Node:
    """One node at ``url``; every request ends within ``timeout`` seconds.

    Not a fault-hiding client: what the node says is what the caller gets, as parsed JSON with hex strings.
    All methods raise ChainNotReachable where there is no (JSON-RPC) answer, NodeRefused where it is an
    error. Safe to use from several threads; close it, or use it as a context manager.
    """

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self.url = url
        self._timeout = timeout
        self._can_wait = True
        # next() on it is one step, so that threads never share an id within a batch.
        self._ids = count(1)
        # Proxies of the environment are meant for the web, not for one's own node. Loading certificates takes
        # longer than a call on loopback does, and plain HTTP has no use for them; redirects are not followed.
        is_plain = url.startswith("http://")
        self._client = httpx.Client(timeout=timeout, trust_env=False, verify=not is_plain)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    # Raw

    def call(self, method: str, *params: Any) -> Any:
        """The result of one method; ints and bytes among ``params`` become hex."""
        answer = self._post(self._request(method, params))
        if not isinstance(answer, dict):
            raise self._unreadable("a batch answered a single request")
        return _result(method, answer)

    def batch(self, requests: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The results of ``(method, *params)`` tuples, in their order, in one round trip. The first error
        among them is raised."""
        if not requests:
            return []
        sent = [self._request(method, params) for method, *params in requests]
        answer = self._post(sent)
        if isinstance(answer, dict):
            return [_result("batch", answer)]
        by_id = {each.get("id"): each for each in answer if isinstance(each, dict)}
        if any(each["id"] not in by_id for each in sent):
            raise self._unreadable("the batch's answer lacks some requests")
        return [_result(each["method"], by_id[each["id"]]) for each in sent]

    def _request(self, method: str, params: Sequence[Any]) -> Json:
        return {
            "jsonrpc": "2.0",
            "id": next(self._ids),
            "method": method,
            "params": [_wire(each) for each in params],
        }

    def _post(self, request: Json | list[Json]) -> Any:
        try:
            response = self._send(orjson.dumps(request))
        except httpx.TimeoutException as error:
            raise ChainNotReachable(
                f"The node at {self.url} did not answer within {self._timeout:g} s; is it in sync?",
                url=self.url,
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ChainNotReachable(
                f"The node at {self.url} cannot be reached ({error}); start it or set another URL.",
                url=self.url,
            ) from error
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise self._unreadable(f"HTTP status {response.status_code}") from error

    def _send(self, body: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        try:
            return self._client.post(self.url, content=body, headers=headers)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A kept connection that the node closed just now. Once more is safe: every method here is
            # idempotent, a transaction by its nonce.
            return self._client.post(self.url, content=body, headers=headers)

    def _unreadable(self, what: str) -> ChainNotReachable:
        return ChainNotReachable(
            f"What answers at {self.url} is not a JSON-RPC node ({what}); check the URL.", url=self.url
        )

    # The node and its fees

    def chain_id(self) -> int:
        return _int(self.call("eth_chainId"))

    def client_version(self) -> str:
        return str(self.call("web3_clientVersion"))

    def gas_price(self) -> int:
        """Wei a unit of gas, for a legacy transaction."""
        return _int(self.call("eth_gasPrice"))

    def max_fee(self) -> tuple[int, int]:
        """``(max fee, max priority fee)`` in wei: twice the latest base fee and the node's tip, or where the chain
        has no base fee its gas price for both. A node that names no tip has it in its gas price, above the base fee."""
        head = self.block("latest")
        base = None if head is None else head.get("baseFeePerGas")
        if base is None:
            price = self.gas_price()
            return price, price
        try:
            tip = _int(self.call("eth_maxPriorityFeePerGas"))
        except NodeRefused:
            tip = max(0, self.gas_price() - _int(base))
        return 2 * _int(base) + tip, tip

    # Blocks, transactions, logs

    def block_number(self) -> int:
        return _int(self.call("eth_blockNumber"))

    def wait_for_block(self, after: int, wait_s: float, poll_s: float = 0.5) -> int:
        """The latest block's number, as soon as it is greater than ``after`` or ``wait_s`` has passed. The
        embedded chain says so at once; another node is asked every ``poll_s``. Half a timeout late
        at most."""
        deadline = Deadline(wait_s)
        # Half of the time allowed for an answer, so that a wait never looks like a dead node.
        longest_ms = int(min(wait_s, self._timeout / 2) * 1_000)
        while True:
            found = self._wait_once(after, longest_ms)
            if found > after or deadline.has_passed:
                return found
            if not self._can_wait:
                deadline.pause(poll_s)

    def _wait_once(self, after: int, longest_ms: int) -> int:
        if self._can_wait:
            try:
                return _int(self.call("counterfoil_waitForBlock", after, longest_ms))
            except NodeRefused:
                self._can_wait = False
        return self.block_number()

    def block(self, ref: BlockRef, *, full: bool = False) -> Json | None:
        """A block by number, 32-byte hash (bytes or 0x hex) or tag, or None. ``full``: with transactions."""
        return self._json("eth_getBlockByHash" if _is_hash(ref) else "eth_getBlockByNumber", ref, full)

    def receipt(self, tx_hash: str | bytes) -> Json | None:
        """A mined transaction's receipt, or None."""
        return self._json("eth_getTransactionReceipt", tx_hash)

    def block_receipts(self, block_hash: BlockRef) -> list[Json] | None:
        """All receipts of a block in order, or None where there is no such block."""
        found = self.call("eth_getBlockReceipts", block_hash)
        return None if found is None else list(found)

    def transaction(self, tx_hash: str | bytes) -> Json | None:
        """A mined or waiting transaction, or None."""
        return self._json("eth_getTransactionByHash", tx_hash)

    def logs(
        self,
        *,
        block_hash: str | bytes | None = None,
        from_block: BlockRef | None = None,
        to_block: BlockRef | None = None,
        address: str | bytes | Sequence[str | bytes] | None = None,
        topics: Sequence[Any] | None = None,
    ) -> list[Json]:
        """Logs of one block by hash or of a range with both ends, in chain order."""
        given = {
            "blockHash": block_hash,
            "fromBlock": from_block,
            "toBlock": to_block,
            "address": address,
            "topics": topics,
        }
        return list(
            self.call("eth_getLogs", {name: each for name, each in given.items() if each is not None})
        )

    # State

    def eth_call(
        self, to: str | bytes, data: bytes, block: BlockRef = "latest", sender: str | bytes | None = None
    ) -> bytes:
        """What a call returns, without sending anything. A revert raises NodeRefused with its data."""
        request = {"to": to, "input": data} | ({} if sender is None else {"from": sender})
        return _bytes(self.call("eth_call", request, _state_ref(block)))

    def estimate_gas(self, to: str | bytes | None, data: bytes, sender: str | bytes, value: int = 0) -> int:
        """Gas the transaction would need at the head. A revert raises NodeRefused with its data."""
        # Some nodes know calldata by its older name only, and would estimate a call without any.
        request: Json = {"from": sender, "input": data, "data": data, "value": value}
        request |= {} if to is None else {"to": to}
        return _int(self.call("eth_estimateGas", request))

    def nonce(self, address: str | bytes, block: BlockRef = "pending") -> int:
        return _int(self.call("eth_getTransactionCount", address, _state_ref(block)))

    def balance(self, address: str | bytes, block: BlockRef = "latest") -> int:
        """Wei."""
        return _int(self.call("eth_getBalance", address, _state_ref(block)))

    def code(self, address: str | bytes, block: BlockRef = "latest") -> bytes:
        return _bytes(self.call("eth_getCode", address, _state_ref(block)))

    def storage_at(self, address: str | bytes, slot: int, block: BlockRef = "latest") -> int:
        """The 256-bit word in a contract's slot."""
        return _int(self.call("eth_getStorageAt", address, slot, _state_ref(block)))

    def proof(self, address: str | bytes, slots: Sequence[int], block: BlockRef = "latest") -> Json:
        """The account with Merkle proofs of it and of the slots (EIP-1186), as the node sent it."""
        # Keys go as whole words: nodes differ in whether they take short ones.
        keys = [f"0x{slot:064x}" for slot in slots]
        return dict(self.call("eth_getProof", address, keys, _state_ref(block)))

    # Sending

    def send_raw(self, raw: bytes) -> bytes:
        """Send a signed transaction and answer its hash. That the node knows or has mined it already is no
        error; a refusal that may mean so is checked by asking for it."""
        try:
            return _bytes(self.call("eth_sendRawTransaction", raw))
        except NodeRefused as refused:
            said, tx_hash = refused.rpc_message.lower(), keccak256(raw)
            # Not every node tells of transactions that wait; those that say so plainly are believed.
            if any(known in said for known in _KNOWN):
                return tx_hash
            is_maybe = any(known in said for known in _MAYBE_KNOWN)
            if not is_maybe or (self.receipt(tx_hash) is None and self.transaction(tx_hash) is None):
                raise
            return tx_hash

    def _json(self, method: str, *params: Any) -> Json | None:
        found = self.call(method, *params)
        return None if found is None else dict(found)


def _result(method: str, answer: Json) -> Any:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    code, message = -32603, str(error)
    if isinstance(error, dict):
        code, message = int(error.get("code", code)), str(error.get("message", ""))
    data = revert_data(error)
    raise NodeRefused(
        f"The node refused {method}: {message} ({code}).",
        rpc_code=code,
        rpc_message=message,
        revert_data=data,
    )


def revert_data(error: object) -> bytes | None:
    """The bytes a contract reverted with, wherever a node puts them: ``error.data`` as a hex string (geth,
    anvil, Besu; older parity with the prefix ``Reverted``), or inside an object there, under ``data``,
    ``result`` or ``return``, at any depth. None where there are none."""
    if isinstance(error, str):
        text = error.strip().removeprefix("Reverted").strip()
        if text.startswith("0x"):
            try:
                return bytes.fromhex(text[2:])
            except ValueError:
                return None
        return None
    if isinstance(error, dict):
        for name in ("data", "result", "return", "originalError"):
            if name in error and (found := revert_data(error[name])) is not None:
                return found
        # Ganache keys the object by transaction hash.
        for each in error.values():
            if isinstance(each, dict) and (found := revert_data(each)) is not None:
                return found
    return None


def _wire(value: Any) -> Any:
    """Python values as JSON-RPC writes them: ints as quantities, bytes as data."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {name: _wire(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(each) for each in value]
    return value


def _is_hash(ref: BlockRef) -> bool:
    return isinstance(ref, bytes) or (isinstance(ref, str) and len(ref) == 66)


def _state_ref(block: BlockRef) -> Any:
    """EIP-1898: a hash goes in an object, a number or tag as it is."""
    return {"blockHash": block} if _is_hash(block) else block


def _int(value: object) -> int:
    try:
        return int(str(value), 16)
    except ValueError:
        raise ChainNotReachable(
            f"The node answered {value!r} where a quantity was due; check the URL."
        ) from None


def _bytes(value: object) -> bytes:
    try:
        return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError:
        raise ChainNotReachable(f"The node answered {value!r} where data was due; check the URL.") from None


def header_hash(block: Json) -> bytes:
    """The Keccak-256 of ``raw_header``. Equal to ``block["hash"]`` on a truthful node. Besu's QBFT, told by its mix
    hash, keeps round and commit seals out of the hash. Clique and IBFT are not known here. Raises ChainNotReachable
    where a field is missing or no hex."""
    fields = _header_fields(block)
    # The genesis block, number 0 and so empty here, was sealed by nobody and is hashed as it is.
    if fields["mixHash"] == _QBFT_MIX_HASH and fields["number"]:
        fields["extraData"] = _without_seals(fields["extraData"])
    return keccak256(encode(list(fields.values())))


def raw_header(block: Json) -> bytes:
    """The header's RLP, from a block's JSON-RPC fields (Yellow Paper 4.4; later fields as their EIPs append them,
    through prague). Raises ChainNotReachable where a field is missing or no hex."""
    return encode(list(_header_fields(block).values()))


def _header_fields(block: Json) -> dict[str, bytes]:
    names = [*HEADER]
    for name in HEADER_SINCE_LONDON:
        if block.get(name) is None:
            break
        names.append(name)
    fields: dict[str, bytes] = {}
    for name in names:
        value = block.get(name)
        if value is None:
            raise ChainNotReachable(f"The node sent a block without {name}; its answers cannot be checked.")
        fields[name] = _big_endian(_int(value)) if name in HEADER_QUANTITIES else _bytes(value)
    return fields


def _without_seals(extra: bytes) -> bytes:
    """QBFT's extra data (vanity, validators, vote, round, seals) with round 0 and no seals."""
    try:
        items = decode(extra)
    except RlpError:
        return extra
    return encode([*items[:3], b"", []]) if isinstance(items, list) and len(items) == 5 else extra


def _big_endian(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
