"""Hash and sender of a transaction, worked out from its fields, for every kind a wallet sends."""

from typing import Any

import pytest
import rlp as library
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.contract import encode_call
from registry.chain.messages import Transfer
from registry.chain.rlp import encode as rlp
from registry.provenance.model import Outcome, Verdict
from registry.provenance.transactions import seal_of
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_world import REGISTRAR, SUPPLIER, TIER_2, World

KINDS: dict[str, dict[str, Any]] = {
    "legacy": {"type": None, "gasPrice": 14, "maxFeePerGas": None, "maxPriorityFeePerGas": None},
    "access list": {
        "type": 1, "gasPrice": 14, "maxFeePerGas": None, "maxPriorityFeePerGas": None,
        "accessList": [{"address": "0x" + "31" * 20, "storageKeys": ["0x" + "00" * 31 + "07"]}],
    },
    "dynamic fee": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_act_verifies_whatever_kind_its_transaction_is(world: World, kind: str) -> None:
    terms = world.issue()
    act = Transfer(terms.root_lot, 0, terms.face, TIER_2, terms.face)
    data = encode_call("transfer", terms.root_lot, TIER_2, terms.face, [world.sign(SUPPLIER, act)])
    receipt = world.raw(world.keys[REGISTRAR], world.contract, data, **KINDS[kind])
    shown = world.node.transaction(receipt["transactionHash"])
    assert shown is not None
    seal = seal_of(shown)
    assert seal is not None
    assert (seal.hash, seal.sender) == (shown["hash"], world.keys[REGISTRAR].address)
    assert verify_lot(world.node, world.contract, terms.root_lot).verdict is Verdict.VERIFIED


def test_delegating_transaction_seals(world: World) -> None:
    """EIP-7702: an account that delegates to code still signs and sends as itself."""
    key, other = world.keys[SUPPLIER], world.keys[TIER_2]
    authorization = Account.from_key(other.secret).sign_authorization(
        {"chainId": world.chain_id, "address": world.contract, "nonce": world.node.nonce(other.address)}
    )
    data = encode_call("lotOf", 1)
    receipt = world.raw(key, world.contract, data, type=4, authorizationList=[authorization])
    shown = world.node.transaction(receipt["transactionHash"])
    assert shown is not None
    seal = seal_of(shown)
    assert seal is not None
    assert (seal.hash, seal.sender) == (shown["hash"], key.address)


def test_act_through_a_real_forwarder_is_incomplete(world: World) -> None:
    """A contract that calls the registry for its sender: the act is there, its consents are out of sight."""
    terms = world.issue()
    runtime = bytes.fromhex(
        "6020360360205f37"  # CALLDATACOPY(0, 32, CALLDATASIZE - 32)
        "5f5f602036035f5f5f355af1"  # CALL(GAS, first word, 0, 0, CALLDATASIZE - 32, 0, 0)
        "601a575f5ffd5b00"  # revert unless it succeeded
    )
    creation = bytes([0x60, len(runtime), 0x80, 0x60, 9, 0x5F, 0x39, 0x5F, 0xF3]) + runtime
    forwarder = str(world.raw(world.operator, None, creation)["contractAddress"])
    act = Transfer(terms.root_lot, 0, terms.face, TIER_2, terms.face)
    data = encode_call("transfer", terms.root_lot, TIER_2, terms.face, [world.sign(SUPPLIER, act)])
    target = bytes.fromhex(world.contract[2:]).rjust(32, b"\0")
    world.raw(world.keys[REGISTRAR], forwarder, target + data)
    found = verify_lot(world.node, world.contract, terms.root_lot)
    assert found.verdict is Verdict.INCOMPLETE
    (check,) = found.of(Outcome.NOT_CHECKED)
    assert "another contract" in check.detail
    assert found.path is not None
    assert [hop.is_checked for hop in found.path.hops] == [True, True, False]


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"), ([b"cat", b"dog"], "c88363617483646f67"), (b"", "80"), ([], "c0"), (0, "80"),
        (15, "0f"), (1024, "820400"), ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
    ],
)  # fmt: skip
def test_rlp_of_the_yellow_papers_examples(item: Any, encoded: str) -> None:
    """https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/#examples"""
    assert rlp(item).hex() == encoded


@given(st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=20))
def test_rlp_agrees_with_the_library(item: Any) -> None:
    assert rlp(item) == library.encode(item)
