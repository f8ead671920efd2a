"""eth_getProof (EIP-1186) from the chain's own trie; every state ever sealed is kept."""

from typing import Any

import rlp
from eth.constants import BLANK_ROOT_HASH, EMPTY_SHA3
from eth.rlp.accounts import Account
from trie.hexary import HexaryTrie

from registry.chain.embedded.hexes import data
from registry.chain.embedded.store import ChainStore
from registry.chain.hashing import keccak256
from registry.chain.tries import nodes_to

Json = dict[str, Any]


def account_proof(store: ChainStore, state_root: bytes, address: bytes, slots: list[int]) -> Json:
    """The account under ``state_root`` with its path in the state trie, and for each slot the path in the
    account's storage trie. What is absent is proven by the path on which it would stand."""
    accounts = HexaryTrie(store, state_root)
    key = keccak256(address)
    raw = accounts.get(key)
    account = rlp.decode(raw, sedes=Account) if raw else Account()
    storage = HexaryTrie(store, account.storage_root)
    return {
        "address": data(address),
        "accountProof": [data(node) for node in nodes_to(accounts, key)],
        "balance": hex(account.balance),
        "nonce": hex(account.nonce),
        "codeHash": data(account.code_hash if raw else EMPTY_SHA3),
        "storageHash": data(account.storage_root if raw else BLANK_ROOT_HASH),
        "storageProof": [_slot_proof(storage, slot) for slot in slots],
    }


def _slot_proof(storage: Any, slot: int) -> Json:
    key = keccak256(slot.to_bytes(32, "big"))
    raw = storage.get(key)
    value = int.from_bytes(rlp.decode(raw), "big") if raw else 0
    return {"key": hex(slot), "value": hex(value), "proof": [data(node) for node in nodes_to(storage, key)]}
