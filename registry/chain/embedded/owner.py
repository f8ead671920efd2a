"""Who owns the embedded chain in a data folder, and how the others reach it."""

from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from registry.chain.embedded.address import ANSWER_S, Address, answers, read_address
from registry.chain.embedded.genesis import Genesis
from registry.chain.errors import ChainBusy, ChainDiffers, ChainNotReachable, ChainUnreadable
from registry.chain.node import Node
from registry.kit.clock import Clock, Deadline

if TYPE_CHECKING:
    from registry.chain.embedded.chain import EmbeddedChain
    from registry.chain.embedded.host import Host

LOCK_FILE = "chain.lock"
BATCHING_S = 0.05
_LOOK_S = 0.05


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
        self._host: Host | None = None
        self._is_closed = False
        self._changing = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        # Not per thread: who closes is often another thread than who opened.
        self._lock = FileLock(folder / LOCK_FILE, thread_local=False)
        self._address = self._find_or_become()

    @property
    def url(self) -> str:
        return self._address.url

    @property
    def is_owner(self) -> bool:
        return self._host is not None

    @property
    def chain(self) -> "EmbeddedChain | None":
        """The chain itself where this process owns it: for tests and maintenance."""
        return None if self._host is None else self._host.chain

    def renew(self) -> str:
        """The URL that answers now: the same, a new owner's, or this process's own after taking over.
        Raises ChainBusy."""
        with self._changing:
            if self._host is None and not self._is_closed and not answers(self._address):
                self._address = self._find_or_become()
            return self._address.url

    def close(self) -> None:
        """As the owner, stop answering and give the chain free; as a guest nothing. May be called twice."""
        with self._changing:
            self._is_closed = True
            host, self._host = self._host, None
            if host is not None:
                try:
                    host.close()
                finally:
                    self._lock.release()

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
                return self._become()
            address = read_address(self._folder)
            if address is not None and answers(address) and self._is_wanted(address):
                return address
            if deadline.has_passed:
                raise ChainBusy(
                    f"Another process holds the chain in {self._folder} and does not answer; "
                    "wait for it to finish or stop it.",
                    folder=str(self._folder),
                )
            deadline.pause(_LOOK_S)

    def _become(self) -> Address:
        try:
            # py-evm takes a second to load, and a guest needs none of it.
            from registry.chain.embedded.host import Host  # noqa: PLC0415

            self._host = Host(
                self._folder, self._clock, self._genesis, port=self._port, batching_s=self._batching_s
            )
        except BaseException:
            self._lock.release()
            raise
        return self._host.address

    def _try_lock(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise self._unwritable(error) from error
        return True

    def _unwritable(self, error: OSError) -> ChainUnreadable:
        return ChainUnreadable(
            f"The folder {self._folder} cannot be written ({error.strerror}); check its permissions.",
            folder=str(self._folder),
        )

    def _is_wanted(self, address: Address) -> bool:
        """False where the owner went away meanwhile. Raises ChainDiffers."""
        if self._genesis is None:
            return True
        try:
            with Node(address.url, timeout=ANSWER_S) as node:
                found = node.chain_id()
        except ChainNotReachable:
            return False
        if found != self._genesis.chain_id:
            raise ChainDiffers(
                f"The chain in this folder has the id {found}, not {self._genesis.chain_id}; "
                "set that id or use another folder.",
                found=found,
                wanted=self._genesis.chain_id,
            )
        return True


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
