"""Where an owner says it listens, in a file beside the chain."""

from dataclasses import dataclass
from pathlib import Path

import orjson

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.node import Node

ADDRESS_FILE = "chain.url"
CHAIN_FILE = "chain.db"
ANSWER_S = 2.0


@dataclass(frozen=True)
class Address:
    """Where an owner says it listens, and the token it answers ``counterfoil_instance`` with."""

    url: str
    instance: str


def write_address(folder: Path, address: Address) -> None:
    """Replace the file whole, so that no reader sees half of it; only the lock's holder writes."""
    draft = folder / f"{ADDRESS_FILE}.new"
    draft.write_bytes(orjson.dumps({"url": address.url, "instance": address.instance}))
    draft.replace(folder / ADDRESS_FILE)


def read_address(folder: Path) -> Address | None:
    try:
        found = orjson.loads((folder / ADDRESS_FILE).read_bytes())
        return Address(str(found["url"]), str(found["instance"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Not there yet, or a leftover: the lock decides who owns the chain, not this file.
        return None


def answers(address: Address) -> bool:
    """Whether the owner that wrote the address is the one listening there: after it died, its port may be
    somebody else's."""
    try:
        with Node(address.url, timeout=ANSWER_S) as node:
            return bool(node.call("counterfoil_instance") == address.instance)
    except (ChainNotReachable, NodeRefused):
        return False
