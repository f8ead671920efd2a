"""Who owns the embedded chain in a data folder, and how the others reach it."""

import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from filelock import FileLock, Timeout

from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.miner import BATCHING_S, Miner
from registry.chain.embedded.rpc import Rpc
from registry.chain.embedded.server import RpcServer
from registry.chain.errors import ChainBusy, ChainDiffers, ChainNotReachable, NodeRefused
from registry.chain.node import Node
from registry.kit.clock import Clock, Deadline

log = logging.getLogger(__name__)

CHAIN_FILE = "chain.db"
LOCK_FILE = "chain.lock"
ADDRESS_FILE = "chain.url"
_LOOK_S = 0.05
_ANSWER_S = 2.0


@dataclass(frozen=True)
class Address:
    """Where an owner says it listens, and the token it answers ``counterfoil_instance`` with."""

    url: str
    instance: str


class _Owner:
    """The chain, its miner and its server in this process, under the folder's lock."""

    def __init__(
        self,
        folder: Path,
        lock: FileLock,
        clock: Clock,
        genesis: Genesis | None,
        port: int,
        batching_s: float,
    ) -> None:
        self._folder = folder
        self._lock = lock
        instance = secrets.token_hex(16)
        self.chain = EmbeddedChain(folder / CHAIN_FILE, clock, genesis=genesis)
        try:
            self.miner = Miner(self.chain, batching_s=batching_s)
            try:
                self._server = RpcServer(Rpc(self.chain, self.miner, instance), port)
            except BaseException:
                self.miner.stop()
                raise
        except BaseException:
            self.chain.close()
            raise
        self.address = Address(self._server.url, instance)
        _write_address(folder, self.address)

    def close(self) -> None:
        (self._folder / ADDRESS_FILE).unlink(missing_ok=True)
        self._server.close()
        self.miner.stop()
        self.chain.close()
        self._lock.release()


class OpenChain:
    """A way to the folder's chain, as its owner or as a guest of the process that owns it.

    ``url`` is where it answers JSON-RPC; call ``renew`` after ChainNotReachable, since an owner may have
    gone: then this process takes over and ``url`` changes. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        genesis: Genesis | None = None,
        port: int = 0,
        wait_s: float = 10.0,
        batching_s: float = BATCHING_S,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._genesis = genesis
        self._port = port
        self._wait_s = wait_s
        self._batching_s = batching_s
        self._owner: _Owner | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / LOCK_FILE)
        self._address = self._find_or_become()

    @property
    def url(self) -> str:
        return self._address.url

    @property
    def is_owner(self) -> bool:
        return self._owner is not None

    @property
    def chain(self) -> EmbeddedChain | None:
        """The chain itself where this process owns it: for tests and maintenance."""
        return None if self._owner is None else self._owner.chain

    def renew(self) -> str:
        """The URL that answers now: the same, a new owner's, or this process's own after taking over.
        Raises ChainBusy."""
        if self._owner is None and not _answers(self._address):
            self._address = self._find_or_become()
        return self._address.url

    def close(self) -> None:
        """As the owner, stop answering and give the chain free; as a guest nothing. May be called twice."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _find_or_become(self) -> Address:
        deadline = Deadline(self._wait_s)
        while True:
            if self._try_lock():
                try:
                    self._owner = _Owner(
                        self._folder, self._lock, self._clock, self._genesis, self._port, self._batching_s
                    )
                except BaseException:
                    self._lock.release()
                    raise
                return self._owner.address
            address = _read_address(self._folder)
            if address is not None and _answers(address):
                self._check_chain_id(address)
                return address
            if deadline.has_passed:
                raise ChainBusy(
                    f"Another process holds the chain in {self._folder} and does not answer; "
                    "wait for it to finish or stop it.",
                    folder=str(self._folder),
                )
            deadline.pause(_LOOK_S)

    def _try_lock(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _check_chain_id(self, address: Address) -> None:
        if self._genesis is None:
            return
        with Node(address.url, timeout=_ANSWER_S) as node:
            found = node.chain_id()
        if found != self._genesis.chain_id:
            raise ChainDiffers(
                f"The chain in this folder has the id {found}, not {self._genesis.chain_id}; "
                "set that id or use another folder.",
                found=found,
                wanted=self._genesis.chain_id,
            )


def open_chain(
    folder: Path,
    clock: Clock,
    *,
    genesis: Genesis | None = None,
    port: int = 0,
    wait_s: float = 10.0,
    batching_s: float = BATCHING_S,
) -> OpenChain:
    """Open the embedded chain in ``folder``: own it where nobody does, else use its owner's URL.

    Any number of processes may do so at once. ``genesis`` founds a chain where there is none; ``port`` 0 is
    any free one; ``wait_s`` bounds the wait for an owner that starts or ends. Raises ChainBusy, ChainDiffers,
    ChainUnreadable.
    """
    return OpenChain(folder, clock, genesis=genesis, port=port, wait_s=wait_s, batching_s=batching_s)


def _write_address(folder: Path, address: Address) -> None:
    """Replace the file whole, so that no reader sees half of it."""
    draft = folder / f"{ADDRESS_FILE}.{os.getpid()}"
    draft.write_bytes(orjson.dumps({"url": address.url, "instance": address.instance}))
    draft.replace(folder / ADDRESS_FILE)


def _read_address(folder: Path) -> Address | None:
    try:
        found = orjson.loads((folder / ADDRESS_FILE).read_bytes())
        return Address(str(found["url"]), str(found["instance"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Not there yet, or a leftover: the lock decides who owns the chain, not this file.
        return None


def _answers(address: Address) -> bool:
    """Whether the owner that wrote the address is the one listening there: after it died, its port may be
    somebody else's."""
    try:
        with Node(address.url, timeout=_ANSWER_S) as node:
            return bool(node.call("counterfoil_instance") == address.instance)
    except (ChainNotReachable, NodeRefused):
        return False
