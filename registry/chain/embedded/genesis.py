"""Block 0: what an embedded chain is founded with, and the chain class that runs it."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from eth_tester.backends.pyevm.main import setup_tester_chain

DEFAULT_CHAIN_ID = 5_230_017
# Half of the limit is EIP-1559's target. Blocks are filled to the target only, and with fewer than 8 wei
# the fee's step down rounds to zero: so the base fee never moves, and what a call costs is known in advance.
GAS_LIMIT = 60_000_000
BLOCK_GAS = GAS_LIMIT // 2
BASE_FEE_WEI = 7
ETHER = 10**18


@dataclass(frozen=True)
class Genesis:
    """The founding facts, kept in the chain's file.

    ``balances``: pairs of 0x address and wei, the accounts that can pay for gas from the start.
    The time of block 0 is the clock's when the file is made; with equal facts and time, chains are equal.
    """

    chain_id: int = DEFAULT_CHAIN_ID
    balances: tuple[tuple[str, int], ...] = ()
    base_fee_wei: int = BASE_FEE_WEI
    gas_limit: int = GAS_LIMIT

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Genesis":
        facts = json.loads(text)
        facts["balances"] = tuple((address, wei) for address, wei in facts["balances"])
        return cls(**facts)

    def params(self, timestamp: int) -> dict[str, Any]:
        """py-evm's header fields of block 0; the rest are its post-merge defaults."""
        return {"gas_limit": self.gas_limit, "base_fee_per_gas": self.base_fee_wei, "timestamp": timestamp}

    def state(self) -> dict[bytes, dict[str, Any]]:
        """py-evm's account states of block 0."""
        return {
            bytes.fromhex(address.removeprefix("0x")): {
                "balance": wei,
                "nonce": 0,
                "code": b"",
                "storage": {},
            }
            for address, wei in self.balances
        }


@cache
def chain_class(chain_id: int) -> Any:
    """eth-tester's own chain class (prague rules, proof of stake, constant gas limit) with this chain id.

    eth-tester's backend opens a chain from a new genesis only, mines a block per transaction and reads by
    walking from the head, so what is taken from it is the class; it is opened here on a store.
    """
    one_account = {b"\x01" * 20: {"balance": 0, "nonce": 0, "code": b"", "storage": {}}}
    _, sample = setup_tester_chain(genesis_state=one_account)
    return type("EmbeddedChain", (type(sample),), {"chain_id": chain_id})
