"""eth_getProof stands up to an independent check."""

import pytest
import rlp
from eth_utils.crypto import keccak
from trie.exceptions import BadTrieProof
from trie.hexary import HexaryTrie

from registry.chain.node import Json, Node
from tests.chain.chain_helpers import Wallet, word


def _proven(root: str, key: bytes, nodes: list[str]) -> bytes:
    """What a trie with this root holds under the key, from the proof's nodes alone."""
    if not nodes:
        assert bytes.fromhex(root[2:]) == keccak(rlp.encode(b""))
        return b""
    decoded = [rlp.decode(bytes.fromhex(node[2:])) for node in nodes]
    held = HexaryTrie.get_from_proof(bytes.fromhex(root[2:]), keccak(key), decoded)  # type: ignore[no-untyped-call]
    return bytes(held)


def _check(proof: Json, state_root: str, values: dict[int, int]) -> None:
    held = [
        rlp.encode(int(proof["nonce"], 16)),
        rlp.encode(int(proof["balance"], 16)),
    ]
    account = rlp.decode(_proven(state_root, bytes.fromhex(proof["address"][2:]), proof["accountProof"]))
    assert [rlp.encode(each) for each in account[:2]] == held
    assert account[2].hex() == proof["storageHash"][2:]
    assert account[3].hex() == proof["codeHash"][2:]
    for shown in proof["storageProof"]:
        slot = int(shown["key"], 16)
        raw = _proven(proof["storageHash"], word(slot), shown["proof"])
        assert int(shown["value"], 16) == values[slot]
        assert (int.from_bytes(rlp.decode(raw), "big") if raw else 0) == values[slot]


def test_present_and_absent_slots_are_proven_at_the_head_and_earlier(
    node: Node, wallet: Wallet, contract: str
) -> None:
    for number in range(1, 8):
        wallet.send(contract, word(number))
    head = node.block("latest")
    earlier = node.block(4)
    assert head is not None
    assert earlier is not None
    slots = [0, 1, 3, 7, 1000]
    _check(node.proof(contract, slots), head["stateRoot"], {0: 7, 1: 1, 3: 3, 7: 7, 1000: 0})
    _check(node.proof(contract, slots, 4), earlier["stateRoot"], {0: 3, 1: 1, 3: 3, 7: 0, 1000: 0})
    assert node.proof(contract, slots, earlier["hash"]) == node.proof(contract, slots, 4)


def test_an_account_without_storage_and_one_that_is_not_there(node: Node, wallet: Wallet) -> None:
    head = node.block("latest")
    assert head is not None
    _check(node.proof(wallet.address, [5]), head["stateRoot"], {5: 0})
    nobody = node.proof("0x" + "77" * 20, [])
    assert _proven(head["stateRoot"], b"\x77" * 20, nobody["accountProof"]) == b""
    assert (nobody["nonce"], nobody["balance"]) == ("0x0", "0x0")


def test_a_tampered_proof_fails(node: Node, wallet: Wallet, contract: str) -> None:
    for number in range(1, 8):
        wallet.send(contract, word(number))
    proof = node.proof(contract, [3])
    nodes = proof["storageProof"][0]["proof"]
    for at in range(len(nodes)):
        broken = [*nodes]
        broken[at] = broken[at][:-2] + ("00" if broken[at][-2:] != "00" else "01")
        with pytest.raises((BadTrieProof, rlp.DecodingError)):
            _proven(proof["storageHash"], word(3), broken)
    with pytest.raises(BadTrieProof):
        _proven("0x" + "11" * 32, word(3), nodes)
