"""Real nodes after the merge, and one driver in the place of their consensus: it says which block is head and which is
final on each of them (Engine API of prague: ethereum/execution-apis, src/engine/prague.md)."""

import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.history import HISTORY_ADDRESS, HISTORY_CODE
from registry.chain.node import Json, Node
from registry.kit.clock import Deadline
from tests.assurance.tools import commands_of

CHAIN_ID = 31_337
GAS_LIMIT = 36_000_000
START_SECONDS = 180.0
ANSWER_SECONDS = 60.0
_HALTED_SECONDS = 0.5  # it will not answer, and everybody else may take long on a busy machine
NO_BLOCK = "0x" + "00" * 32
_RECEIPTS = "eth_getBlockReceipts"
_OPTIONS = (
    "--rpc", "--rpcAddr=127.0.0.1", "--rpcEngine", "--rpcEngineAddr=127.0.0.1", "--rpcEngineAuth=false",
    "--sync=none", "--isSingleNode", "--port=0", "--extIP=127.0.0.1", "--maxPeers=0", "--discV4=false",
    "--discDns=false", "--no-logFile", "--logLevel=warn",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A block as it is handed from node to node."""

    number: int
    hash: str
    parent: str
    time: int
    payload: Json
    requests: list[str]

    @property
    def as_payload(self) -> tuple[Any, ...]:
        """The call that hands it to a node."""
        return "newPayloadV4", self.payload, [], bytes(32), self.requests


class _ByHash(Node):
    """The client takes no block hash where state (EIP-1898) or receipts are asked for: the number stands for it, as
    long as the block is one of the chain. Only the driver moves that, and not meanwhile. To tell a block's receipts the
    client executes it again, so what it told once is kept. Asked for logs it looks at no topics."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__(url, timeout)
        self.told: dict[str, Any] = {}

    def logs(self, *, topics: Sequence[Any] | None = None, **where: Any) -> list[Json]:
        return [log for log in super().logs(topics=topics, **where) if _has(log["topics"], topics or ())]

    def batch(self, requests: Sequence[tuple[Any, ...]]) -> list[Any]:
        asked = [request for request in requests if not self._is_told(request)]
        answers = iter(super().batch(asked))
        found = [self.told[request[1]] if self._is_told(request) else next(answers) for request in requests]
        for (method, *params), answer in zip(requests, found, strict=True):
            if method == _RECEIPTS and answer:
                self.told[params[0]] = answer
        return found

    def _is_told(self, request: tuple[Any, ...]) -> bool:
        return request[0] == _RECEIPTS and request[1] in self.told

    def wait_for(self, seconds: float) -> None:
        """For an answer, from now on."""
        self._timeout = self._client.timeout = seconds

    def _request(self, method: str, params: Sequence[Any]) -> Json:
        if method == _RECEIPTS:
            params = [self._number_of(params[0]) or params[0]]
        return super()._request(method, [self._by_number(each) for each in params])

    def _by_number(self, param: Any) -> Any:
        if not isinstance(param, dict) or set(param) != {"blockHash"}:
            return param
        number = self._number_of(param["blockHash"])
        if number is None:
            raise NodeRefused("no such block", rpc_code=-32001, rpc_message="not of this chain")
        return number

    def _number_of(self, block_hash: str) -> str | None:
        block = self.block(block_hash)
        if block is None or (self.block(int(block["number"], 16)) or {}).get("hash") != block["hash"]:
            return None
        return str(block["number"])


def _has(topics: Sequence[str], wanted: Sequence[Any]) -> bool:
    """As eth_getLogs has it: at each place any topic, this one, or one of these."""
    places = zip(topics, wanted, strict=False)
    return len(topics) >= len(wanted) and all(
        one is None or topic in (one if isinstance(one, list) else [one]) for topic, one in places
    )


class RealNode:
    """One process with a data folder of its own: it can be killed and started again, halted and continued."""

    def __init__(self, program: Path, place: Path, genesis: Path, mark: bytes) -> None:
        self._place = place
        self._mark = "0x" + mark.hex()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._command = [
            str(program), *_OPTIONS, f"--rpcPort={port}", f"--rpcEnginePort={port}",
            f"--gethGenesis={genesis}", f"--dataDir={place}",
        ]  # fmt: skip
        self.node = _ByHash(f"http://127.0.0.1:{port}", ANSWER_SECONDS)
        self._patient = Node(self.node.url, ANSWER_SECONDS)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_halted = False
        self.has: set[str] = set()  # the blocks this process was handed

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def is_up(self) -> bool:
        """Whether it runs and answers."""
        return self._process is not None and not self._is_halted

    @property
    def head(self) -> str:
        return str(self._patient.block("latest")["hash"])  # type: ignore[index]

    def start(self) -> None:
        """Does not wait; ``wait_until_up`` does."""
        self._place.mkdir(exist_ok=True)
        with (self._place / "said.log").open("ab") as said:
            self._process = subprocess.Popen(self._command, stdout=said, stderr=said, cwd=self._place)
        self.has = set()

    def wait_until_up(self) -> None:
        """What answers is this chain's node, and its process lives."""
        deadline = Deadline(START_SECONDS)
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self._place / "said.log").read_text()[-2_000:]
            try:
                genesis = self._patient.block(0)
            except ChainNotReachable:
                assert not deadline.has_passed, "the node does not answer"
                deadline.pause(0.05)
            else:
                assert genesis is not None
                assert genesis["extraData"] == self._mark, "another node answers here"
                assert self._process.poll() is None
                return

    def engine(self, method: str, *params: Any) -> Json:
        return dict(self._patient.call(f"engine_{method}", *params))

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
        self._process, self._is_halted = None, False
        self.node.told.clear()
        self.node.wait_for(ANSWER_SECONDS)

    def halt(self) -> None:
        """SIGSTOP: its port still takes connections, and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        self._is_halted = True
        self.node.wait_for(_HALTED_SECONDS)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
        self._is_halted = False
        self.node.wait_for(ANSWER_SECONDS)

    def close(self) -> None:
        self.kill()
        self.node.close()
        self._patient.close()


@dataclass
class Network:
    """The nodes, all blocks ever made, and what each node was told last."""

    nodes: list[RealNode]
    clock: Callable[[], int]
    genesis: str
    blocks: dict[str, Made] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    finals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heads = [self.genesis for _ in self.nodes]
        self.finals = [NO_BLOCK for _ in self.nodes]

    # What the chain is like

    def branch(self, tip: str) -> list[Made]:
        """The blocks from the genesis block, without it, to a tip."""
        found = []
        while tip != self.genesis:
            found.append(self.blocks[tip])
            tip = found[-1].parent
        return found[::-1]

    def ancestor(self, tip: str, depth: int) -> str:
        """The block so many blocks below a tip."""
        for _ in range(depth):
            tip = self.blocks[tip].parent
        return tip

    def number(self, block: str) -> int:
        """A block's height; 0 for none too."""
        return self.blocks[block].number if block in self.blocks else 0

    def is_above(self, tip: str, block: str) -> bool:
        """Whether a branch holds a block; none is in all."""
        depth = self.number(tip) - self.number(block)
        return depth >= 0 and self.ancestor(tip, depth) in (block, self.genesis)

    # What the driver does

    def make(self, on: int = 0, parent: str | None = None) -> Made:
        """A block of what one node has waiting, on that node's head or another block it has, which is its head then."""
        node = self.nodes[on]
        parent = parent or self.heads[on]
        base = self.blocks.get(parent)
        attributes = {
            "timestamp": max(self.clock(), base.time + 1 if base else 0),
            "prevRandao": secrets.token_bytes(32),
            "suggestedFeeRecipient": bytes(20),
            "withdrawals": [],
            "parentBeaconBlockRoot": bytes(32),
        }
        payload_id = self._lead(on, parent, attributes)["payloadId"]
        found = node.engine("getPayloadV4", payload_id)
        payload = found["executionPayload"]
        made = Made(
            int(payload["blockNumber"], 16), payload["blockHash"], parent, int(payload["timestamp"], 16),
            payload, list(found.get("executionRequests") or []),
        )  # fmt: skip
        self.blocks[made.hash] = made
        self.hand(made.hash, on)
        return made

    def hand(self, tip: str, *to: int) -> None:
        """Give nodes the blocks they lack up to a tip, which is their head then."""
        for place in to:
            node = self.nodes[place]
            for block in self.branch(tip):
                if block.hash not in node.has:
                    self._insist(place, block.parent, *block.as_payload)
                    node.has.add(block.hash)
            self._lead(place, tip)

    def finalize(self, block: str, *on: int) -> None:
        """Nodes call a block of their branch final."""
        for place in on:
            self.finals[place] = block
            self._lead(place, self.heads[place])

    def restart(self, place: int) -> None:
        """With the data folder it had, and told what the last one was told."""
        node = self.nodes[place]
        node.start()
        node.wait_until_up()
        kept = node.head
        node.has |= {block.hash for block in self.branch(kept)}
        self.hand(self.heads[place], place)

    def _lead(self, place: int, head: str, attributes: Json | None = None) -> Json:
        state = {
            "headBlockHash": head,
            "safeBlockHash": self.finals[place],
            "finalizedBlockHash": self.finals[place],
        }
        told = self._insist(place, head, "forkchoiceUpdatedV3", state, attributes)
        self.heads[place] = head
        return told

    def _insist(self, place: int, upon: str, method: str, *params: Any) -> Json:
        """Until the node says that it is so. Killed or on another branch meanwhile, it may have forgotten that it
        executed the blocks this stands upon: they are handed to it again."""
        deadline = Deadline(ANSWER_SECONDS)
        while True:
            told = self.nodes[place].engine(method, *params)
            status = told.get("payloadStatus", told)
            if status["status"] == "VALID":
                return told
            assert status["status"] in ("SYNCING", "ACCEPTED"), told
            assert not deadline.has_passed, told
            for block in self.branch(upon):
                self.nodes[place].engine(*block.as_payload)
            deadline.pause(0.05)


@contextmanager
def network(
    folder: Path, balances: dict[str, int], clock: Callable[[], int], count: int = 3
) -> Iterator[Network]:
    """So many nodes with one empty block. ``clock``: seconds since 1970, for blocks; nodes take no transactions while
    their head is more than a minute old, so it must not be behind."""
    program = commands_of("ethereumjs") / "ethereumjs"
    mark, genesis = secrets.token_bytes(32), folder / "counterfoil.json"
    genesis.write_text(json.dumps(_genesis(balances, clock() - 1, mark)))
    with ExitStack() as ends:
        nodes = []
        for place in range(count):
            node = RealNode(program, folder / f"node{place}", genesis, mark)
            ends.callback(node.close)
            node.start()
            nodes.append(node)
        for node in nodes:
            node.wait_until_up()
        net = Network(nodes, clock, nodes[0].head)
        net.hand(net.make().hash, *range(1, count))
        yield net


def _genesis(balances: dict[str, int], time: int, mark: bytes) -> Json:
    early = (
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
    )
    numbered = {f"{fork}Block": 0 for fork in (*early, "berlin", "london", "mergeNetsplit")}
    timed = {f"{fork}Time": 0 for fork in ("shanghai", "cancun", "prague")}
    blobs = {
        "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477},
        "prague": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716},
    }
    # Mainnet got it by a transaction; a chain of one's own has it from the start, or keeps no hashes (EIP-2935).
    history = {
        f"0x{HISTORY_ADDRESS.hex()}": {"balance": "0x0", "nonce": "0x1", "code": "0x" + HISTORY_CODE.hex()}
    }
    config = {"chainId": CHAIN_ID, "terminalTotalDifficulty": 0, "terminalTotalDifficultyPassed": True}
    return {
        "config": {**config, **numbered, **timed, "blobSchedule": blobs},
        "nonce": "0x0", "timestamp": hex(time), "extraData": "0x" + mark.hex(), "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x0", "mixHash": NO_BLOCK, "coinbase": "0x" + "00" * 20, "number": "0x0", "gasUsed": "0x0",
        "parentHash": NO_BLOCK, "baseFeePerGas": "0x7", "excessBlobGas": "0x0", "blobGasUsed": "0x0",
        "alloc": {address: {"balance": hex(wei)} for address, wei in balances.items()} | history,
    }  # fmt: skip
