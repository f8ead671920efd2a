"""Blocks of IBFT 2.0 and QBFT keep their seals, and the round, out of their hash."""

from typing import Any

import pytest

from registry.chain.node import header_hash
from registry.chain.rlp import encode as rlp
from registry.provenance.headers import is_hash_of_header
from tests.provenance.provenance_world import World

BFT = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
VANITY, VALIDATORS, SEALS = b"\0" * 32, [b"\x31" * 20, b"\x32" * 20], [b"\x51" * 65, b"\x52" * 65]
SHOWN = rlp([VANITY, VALIDATORS, [], 3, SEALS])
HASHED: dict[str, list[Any]] = {
    "QBFT": [VANITY, VALIDATORS, [], 0, []],
    "QBFT with its round": [VANITY, VALIDATORS, [], 3, []],
    "IBFT 2.0": [VANITY, VALIDATORS, []],
    "IBFT 2.0 with its round": [VANITY, VALIDATORS, [], 3],
}


def sealed(world: World, hashed: list[Any], shown: bytes = SHOWN) -> dict[str, Any]:
    block = world.node.block("latest")
    assert block is not None
    block = {**block, "mixHash": BFT, "extraData": "0x" + rlp(hashed).hex()}
    return {**block, "hash": "0x" + header_hash(block).hex(), "extraData": "0x" + shown.hex()}


@pytest.mark.parametrize("kind", HASHED)
def test_seals_may_differ_and_nothing_else(world: World, kind: str) -> None:
    block = sealed(world, HASHED[kind])
    assert is_hash_of_header(block)
    other_seals = sealed(world, HASHED[kind], rlp([VANITY, VALIDATORS, [], 3, SEALS[:1]]))
    assert is_hash_of_header(other_seals)
    assert not is_hash_of_header(block | {"timestamp": hex(int(block["timestamp"], 16) + 1)})
    assert not is_hash_of_header(sealed(world, HASHED[kind], rlp([VANITY, VALIDATORS[:1], [], 3, SEALS])))


def test_other_chains_get_no_such_leave(world: World) -> None:
    """Saying that it is a BFT block does not make it one."""
    assert not is_hash_of_header(sealed(world, HASHED["QBFT"]) | {"mixHash": "0x" + "00" * 32})
    block = world.node.block("latest")
    assert block is not None
    assert is_hash_of_header(block)
    assert not is_hash_of_header({**block, "mixHash": BFT, "timestamp": "0x1"})


@pytest.mark.parametrize(
    "extra", [b"", b"\x80", b"\xff", SHOWN[:-1], SHOWN + b"\0", b"\xc2\xb8\xff", b"\xf8"]
)
def test_malformed_extra_data_is_just_not_it(world: World, extra: bytes) -> None:
    assert not is_hash_of_header(sealed(world, HASHED["QBFT"], extra))
