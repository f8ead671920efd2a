"""Blocks read ahead by a process of its own: Python reads the next step and writes this one at once only in two."""

import logging
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe

from registry.chain.node import Node
from registry.kit.collecting import uncollected
from registry.kit.errors import Refusal
from registry.mirror.reader import BLOCKS_A_STEP, LOGS_A_STEP, Block, ReadBlock, Reader

log = logging.getLogger(__name__)

# Fewer blocks are read sooner than a process starts.
FAR = 500
LOGS_AT_FIRST = 1_000
_ANSWER_S = 30.0
_END_S = 5.0


class Ahead:
    """Reads the blocks of one contract ahead of the mirror, up to the last final one where that is far.

    It saves time and nothing else: what it does not give, the mirror reads itself, and meets there what went wrong here.
    Its blocks went through the same checks.
    """

    def __init__(self, contract_address: str) -> None:
        self._address = contract_address
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._url = ""
        self._last: int | None = None
        self._is_given_up = False

    def after(self, block: Block, url: str, final: int) -> list[ReadBlock]:
        """The checked blocks of a step, of which the first follows this one; none where they are to be read otherwise.
        The node at ``url`` calls the block numbered ``final`` the last final one."""
        try:
            return self._after(block, url, final)
        except (EOFError, OSError) as error:
            log.info("reading ahead from block %d on ended: %s", block.number + 1, error or "no reason given")
        self._is_given_up = True
        self.close()
        return []

    def _after(self, block: Block, url: str, final: int) -> list[ReadBlock]:
        if url != self._url:
            self.close()  # the mirror has turned to another node
        if self._line is None:
            if final - block.number >= FAR and not self._is_given_up:
                self._url, self._line = url, self._start()
            return []
        if self._last is None:
            if not self._line.poll():
                return []  # it is starting
            self._line.recv()
            # Not among the command's words, which all users of a machine may read: a node's URL may hold a key.
            self._line.send((url, self._address, block.number + 1, final))
            self._last = final
        if not self._line.poll(_ANSWER_S):
            raise TimeoutError(f"no answer within {_ANSWER_S:g} s")
        blocks: list[ReadBlock] = self._line.recv()
        if not blocks or blocks[0].header.parent != block.hash:
            raise EOFError("what it read does not follow")
        if blocks[-1].header.number >= self._last:
            self.close()
        return blocks

    def _start(self) -> Connection:
        here, there = Pipe()
        with there:
            # -P: what lies in the folder it is started from is not the program.
            command = [sys.executable, "-P", "-m", "registry.mirror", str(there.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - this program
                command, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        return here

    def close(self) -> None:
        """End the process: it has nothing that could be lost, what it reads is the chain's."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_S)
        self._process = self._line = self._last = None


def read_ahead(line: Connection) -> None:
    """In the process of its own: answers node, contract and range with a step's blocks at a time, until a log cannot be
    decoded, the node fails, or nobody listens. What went wrong the mirror finds out itself. The first steps are short:
    it waits for them."""
    line.send(None)
    url, contract_address, first, last = line.recv()
    most = LOGS_AT_FIRST
    with Node(url) as node:
        reader = Reader(node, contract_address)
        while first <= last:
            with uncollected():
                try:
                    headers = reader.headers(first, min(last, first + BLOCKS_A_STEP - 1))
                    blocks, _ = reader.blocks(headers, most)
                except Refusal:
                    blocks = []
                line.send(blocks)
            if not blocks:
                return
            first += len(blocks)
            most = min(2 * most, LOGS_A_STEP)
