"""An embedded chain in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.owner import OpenChain, open_chain
from registry.chain.node import Node
from registry.kit.clock import FixedClock
from tests.chain.chain_helpers import PAYER, Wallet


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def genesis() -> Genesis:
    return Genesis(balances=((PAYER.address, 10**24),))


@pytest.fixture
def opened(tmp_path: Path, clock: FixedClock, genesis: Genesis) -> Iterator[OpenChain]:
    with open_chain(tmp_path, clock, genesis=genesis, batching_s=0.01) as chain:
        yield chain


@pytest.fixture
def node(opened: OpenChain) -> Iterator[Node]:
    with Node(opened.url) as connection:
        yield connection


@pytest.fixture
def wallet(node: Node) -> Wallet:
    return Wallet(node)


@pytest.fixture
def contract(wallet: Wallet) -> str:
    return wallet.deploy()
