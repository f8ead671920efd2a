"""A private anvil node on a free port of loopback."""

import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.chain.errors import ChainNotReachable
from registry.chain.node import Node
from registry.kit.clock import Deadline
from tests.builders.ports import free_port

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
BINARY = Path(__file__).parents[2] / f"node_modules/@foundry-rs/anvil-linux-{MACHINE}/bin/anvil"
START_SECONDS = 20.0


@contextmanager
def anvil(*options: str) -> Iterator[Node]:
    """A fresh chain under prague rules; ends with the block. ``scripts/test`` installs the binary."""
    port = free_port()
    command = [str(BINARY), "--host", "127.0.0.1", "--port", str(port), "--silent", "--hardfork", "prague"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        with Node(f"http://127.0.0.1:{port}") as node:
            deadline = Deadline(START_SECONDS)
            while True:
                try:
                    assert "anvil" in node.client_version().lower()
                    break
                except ChainNotReachable:
                    if deadline.has_passed or process.poll() is not None:
                        raise
                    deadline.pause(0.05)
            yield node
    finally:
        process.terminate()
        process.wait(10)
