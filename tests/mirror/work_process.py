"""A process that owns the chain and works until it is killed.

``python work_process.py <folder> <contract> <start block>``
"""

import logging
import sys
from pathlib import Path
from threading import Event

from registry.chain.node import Node
from registry.kit.clock import SystemClock
from tests.mirror.life import Life, open_chain


def main(folder: Path, address: str, start_block: int) -> None:
    logging.basicConfig()
    clock = SystemClock()
    with open_chain(folder / "chain", clock, batching_s=0.01) as chain, Node(chain.url) as node:
        life = Life(node, folder, clock, address, start_block)
        (folder / "ready").touch()
        life.worker.loop(Event(), 0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
