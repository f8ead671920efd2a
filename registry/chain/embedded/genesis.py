"""Block 0: what an embedded chain is founded with. No py-evm here, so that guests need not load it."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from registry.chain.errors import BadGenesis
from registry.chain.history import HISTORY_ADDRESS, HISTORY_CODE

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
    ``chain_id`` is what wallets sign for; ``base_fee_wei`` 0 to 7. Raises BadGenesis.
    The time of block 0 is the clock's when the file is made; with equal facts and time, chains are equal.
    """

    chain_id: int = DEFAULT_CHAIN_ID
    balances: tuple[tuple[str, int], ...] = ()
    base_fee_wei: int = BASE_FEE_WEI

    def __post_init__(self) -> None:
        if not 1 <= self.chain_id < 2**63:
            raise BadGenesis(f"The chain id {self.chain_id} is not between 1 and 2^63.")
        if not 0 <= self.base_fee_wei <= BASE_FEE_WEI:
            raise BadGenesis(
                f"A base fee of {self.base_fee_wei} wei would not stay; take 0 to {BASE_FEE_WEI}."
            )
        for address, wei in self.balances:
            if not re.fullmatch("0x[0-9a-fA-F]{40}", address) or not 0 <= wei < 2**256:
                raise BadGenesis(f"{address!r} with {wei} wei is not an account; write 0x and 40 hex digits.")

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Genesis":
        facts = json.loads(text)
        facts["balances"] = tuple((address, wei) for address, wei in facts["balances"])
        return cls(**facts)

    def params(self, timestamp: int) -> dict[str, Any]:
        """py-evm's header fields of block 0; the rest are its post-merge defaults."""
        return {"gas_limit": GAS_LIMIT, "base_fee_per_gas": self.base_fee_wei, "timestamp": timestamp}

    def state(self) -> dict[bytes, dict[str, Any]]:
        """py-evm's account states of block 0."""
        history = {"balance": 0, "nonce": 1, "code": HISTORY_CODE, "storage": {}}
        return {HISTORY_ADDRESS: history} | {
            bytes.fromhex(address.removeprefix("0x")): {
                "balance": wei,
                "nonce": 0,
                "code": b"",
                "storage": {},
            }
            for address, wei in self.balances
        }
