"""An account that pays, a tiny contract, and a wallet for both."""

from typing import Any

from eth_account import Account

from registry.chain.node import Node
from registry.kit.clock import Deadline

# No calldata: returns the block time. Four bytes: reverts with them. Else, of the first word w: stores w in
# slots 0 and w, and logs topics 1 and w with w as data. By address:
#   00 CALLDATASIZE PUSH1 0b JUMPI | 04 TIMESTAMP PUSH0 MSTORE PUSH1 20 PUSH0 RETURN
#   0b JUMPDEST PUSH1 04 CALLDATASIZE EQ PUSH1 25 JUMPI
#   13 PUSH0 CALLDATALOAD DUP1 PUSH0 SSTORE | 18 DUP1 DUP1 SSTORE | 1b DUP1 PUSH0 MSTORE
#   1e PUSH1 01 PUSH1 20 PUSH0 LOG2 STOP
#   25 JUMPDEST CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 REVERT
RUNTIME = bytes.fromhex(
    "36600b57425f5260205ff35b600436146025575f35805f55808055805f52600160205fa2005b365f5f37365ffd"
)
# PUSH1 length DUP1 PUSH1 9 PUSH0 CODECOPY PUSH0 RETURN: puts what follows on chain.
CREATION = bytes([0x60, len(RUNTIME), 0x80, 0x60, 0x09, 0x5F, 0x39, 0x5F, 0xF3]) + RUNTIME
PAYER = Account.from_key("0x" + "11" * 32)


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


class Wallet:
    """Signs for an account, the funded one unless told, counting nonces itself, and waits for receipts."""

    def __init__(self, node: Node, key: bytes | None = None) -> None:
        self.node = node
        self._account = Account.from_key(key or PAYER.key)
        self.address: str = self._account.address
        self.chain_id = node.chain_id()
        self.next = node.nonce(self.address)

    def sign(self, to: str | None, data: bytes = b"", **changes: Any) -> bytes:
        fields: dict[str, Any] = {
            "nonce": self.next, "value": 0, "gas": 200_000, "maxFeePerGas": 14, "maxPriorityFeePerGas": 0,
            "chainId": self.chain_id, "type": 2, "data": data,
        }  # fmt: skip
        if to is not None:
            fields["to"] = bytes.fromhex(to[2:])
        fields |= changes
        fields = {name: value for name, value in fields.items() if value is not None}
        if "nonce" not in changes:
            self.next += 1
        return bytes(self._account.sign_transaction(fields).raw_transaction)

    def send(self, to: str | None, data: bytes = b"", **changes: Any) -> dict[str, Any]:
        return self.receipt(self.node.send_raw(self.sign(to, data, **changes)))

    def receipt(self, tx_hash: bytes) -> dict[str, Any]:
        deadline = Deadline(20)
        while not deadline.has_passed:
            found = self.node.receipt(tx_hash)
            if found is not None:
                return found
            deadline.pause(0.01)
        raise AssertionError(f"0x{tx_hash.hex()} was not mined within 20 s")

    def deploy(self) -> str:
        return str(self.send(None, CREATION)["contractAddress"])
