"""A node in memory whose chain can be cut back and grown anew. Its logs are those of a chain that was lived on."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from registry.chain.errors import NodeRefused
from registry.chain.messages import keccak256
from registry.chain.node import header_hash
from registry.chain.receipts import receipts_root
from registry.mirror.checks import bloom_of

NONE = "0x" + "00" * 32


def logs_of(node: Any, address: str) -> list[dict[str, Any]]:
    """Emitter, topics and data of all logs of a contract, in chain order."""
    return [
        {name: log[name] for name in ("address", "topics", "data")}
        for log in node.logs(from_block=0, to_block="latest", address=address)
    ]


@dataclass
class BranchingNode:
    """Answers what the mirror's reader asks. ``finalized``: the height of that tag, None where the node has none."""

    logs: list[dict[str, Any]]
    random: Random
    finalized: int | None = None
    url: str = "http://branching"
    blocks: list[dict[str, Any]] = field(default_factory=list)
    receipts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)  # how many of the logs were emitted up to each block
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seal([], 0)

    @property
    def head(self) -> int:
        return len(self.blocks) - 1

    # What happens

    def grow(self, count: int = 1, most_logs: int = 3, hashes: list[str] | None = None) -> None:
        """``count`` blocks more, each with up to so many of the logs that were not emitted yet. ``hashes``: those of the
        first block's transactions."""
        for _ in range(count):
            emitted = min(self.random.randint(0, most_logs), len(self.logs) - self.told[-1])
            following = self.logs[self.told[-1] : self.told[-1] + emitted]
            names = [keccak256(self.random.randbytes(8)).hex() for _ in following]
            txs = [(f"0x{name}", [log], True) for name, log in zip(names, following, strict=True)]
            txs += [(tx_hash, [], True) for tx_hash in hashes or ()]
            hashes = None
            self._seal(txs, self.told[-1] + emitted)

    def seal_with(self, log: dict[str, Any]) -> None:
        """A block with this log alone, whichever came before."""
        tx_hash = "0x" + keccak256(self.random.randbytes(8)).hex()
        self._seal([(tx_hash, [log], True)], self.told[-1])

    def fail(self, tx_hash: str) -> None:
        """A block whose one transaction reverted."""
        self._seal([(tx_hash, [], False)], self.told[-1])

    def cut(self, depth: int) -> None:
        """The last ``depth`` blocks are none of the chain any more."""
        del self.blocks[len(self.blocks) - depth :], self.told[len(self.told) - depth :]

    def _seal(self, txs: list[tuple[str, list[dict[str, Any]], bool]], told: int) -> None:
        bloom = 0
        for _, logs, _ in txs:
            for log in logs:
                for item in (log["address"], *log["topics"]):
                    bloom |= bloom_of(bytes.fromhex(item[2:]))
        block: dict[str, Any] = {
            "parentHash": self.blocks[-1]["hash"] if self.blocks else NONE,
            "sha3Uncles": NONE, "miner": "0x" + "00" * 20, "stateRoot": "0x" + self.random.randbytes(32).hex(),
            "transactionsRoot": NONE, "receiptsRoot": NONE, "logsBloom": f"0x{bloom:0512x}",
            "difficulty": "0x0", "number": hex(len(self.blocks)), "gasLimit": "0x1c9c380", "gasUsed": "0x0",
            "timestamp": hex(1_772_000_000 + 12 * len(self.blocks)), "extraData": "0x", "mixHash": NONE,
            "nonce": "0x" + "00" * 8, "baseFeePerGas": "0x7",
            "transactions": [tx_hash for tx_hash, _, _ in txs],
        }  # fmt: skip
        index, receipts = 0, []
        for tx_hash, logs, is_success in txs:
            shown = []
            for log in logs:
                shown.append({**log, "logIndex": hex(index), "transactionHash": tx_hash})
                index += 1
            receipts.append(
                {
                    "transactionHash": tx_hash,
                    "type": "0x2",
                    "status": hex(is_success),
                    "cumulativeGasUsed": hex(21_000 * (len(receipts) + 1)),
                    "logsBloom": f"0x{bloom:0512x}",
                    "logs": shown,
                }
            )
        block["receiptsRoot"] = "0x" + receipts_root(receipts).hex()
        block["hash"] = "0x" + header_hash(block).hex()
        for receipt in receipts:
            receipt["blockHash"] = block["hash"]
        self.blocks.append(block)
        self.told.append(told)
        self.receipts[block["hash"]] = receipts

    # What is asked

    def block_number(self) -> int:
        return self.head

    def block(self, ref: int | str) -> dict[str, Any] | None:
        if ref == "finalized":
            if self.finalized is None:
                raise NodeRefused("no", rpc_code=-39001, rpc_message="finalized block not found")
            return self.blocks[self.finalized]
        assert isinstance(ref, int)
        return self.blocks[ref] if 0 <= ref <= self.head else None

    def batch(self, requests: list[tuple[Any, ...]]) -> list[Any]:
        self.asked += [method for method, *_ in requests]
        return [self._answer(*request) for request in requests]

    def _answer(self, method: str, ref: Any = None, *_more: Any) -> Any:
        if method == "eth_blockNumber":
            return hex(self.block_number())
        return self.block(ref) if method == "eth_getBlockByNumber" else self.receipts.get(ref)

    def transaction(self, _tx_hash: str) -> None:
        return None
