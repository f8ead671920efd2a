"""Transactions waiting for a block: in memory only, since the sender keeps and resends its own."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_WAITING = 4_096


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction admitted and not yet in a block. ``order`` counts admissions."""

    transaction: Any
    hash: bytes
    sender: bytes
    nonce: int
    gas: int
    max_fee_wei: int
    order: int


class Pool:
    """By sender and nonce. Not thread-safe: the chain's lock is around every use."""

    def __init__(self) -> None:
        self._queues: dict[bytes, dict[int, Waiting]] = {}
        self._by_hash: dict[bytes, Waiting] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    @property
    def is_full(self) -> bool:
        return len(self._by_hash) >= MAX_WAITING

    def get(self, tx_hash: bytes) -> Waiting | None:
        return self._by_hash.get(tx_hash)

    def at(self, sender: bytes, nonce: int) -> Waiting | None:
        return self._queues.get(sender, {}).get(nonce)

    def add(self, transaction: Any, tx_hash: bytes, sender: bytes) -> Waiting:
        """Admit a checked transaction, in the place of one with the same sender and nonce."""
        former = self.at(sender, transaction.nonce)
        if former is not None:
            self.drop(former)
        self._count += 1
        waiting = Waiting(
            transaction,
            tx_hash,
            sender,
            transaction.nonce,
            transaction.gas,
            transaction.max_fee_per_gas,
            self._count,
        )
        self._queues.setdefault(sender, {})[waiting.nonce] = waiting
        self._by_hash[tx_hash] = waiting
        return waiting

    def drop(self, waiting: Waiting) -> None:
        if self._by_hash.pop(waiting.hash, None) is None:
            return
        queue = self._queues[waiting.sender]
        del queue[waiting.nonce]
        if not queue:
            del self._queues[waiting.sender]

    def drop_below(self, nonce_of: Callable[[bytes], int]) -> None:
        """Drop what can never be included, its nonce having been used otherwise (as by EIP-7702)."""
        for sender, queue in list(self._queues.items()):
            used = nonce_of(sender)
            for waiting in [each for nonce, each in queue.items() if nonce < used]:
                self.drop(waiting)

    def next_nonce(self, sender: bytes, mined_nonce: int) -> int:
        """The first nonce after ``mined_nonce`` that nothing waits with."""
        queue = self._queues.get(sender, {})
        while mined_nonce in queue:
            mined_nonce += 1
        return mined_nonce

    def has_ready(self, nonce_of: Callable[[bytes], int]) -> bool:
        """Whether a block sealed now would hold a transaction."""
        return any(nonce_of(sender) in queue for sender, queue in self._queues.items())

    def ready(self, nonce_of: Callable[[bytes], int]) -> Iterator[Waiting]:
        """Those whose turn it is, in order of admission. ``nonce_of`` is asked again after each: a sender's
        next follows only when the one before was executed."""
        turn: list[tuple[int, bytes, int]] = []
        for sender, queue in self._queues.items():
            nonce = nonce_of(sender)
            if nonce in queue:
                heapq.heappush(turn, (queue[nonce].order, sender, nonce))
        while turn:
            _, sender, nonce = heapq.heappop(turn)
            waiting = self.at(sender, nonce)
            if waiting is None:
                continue
            yield waiting
            following = self.at(sender, nonce + 1)
            if following is not None and nonce_of(sender) == nonce + 1:
                heapq.heappush(turn, (following.order, sender, nonce + 1))
