"""The same ledger on py-evm, one transaction a block: gas is what a real receipt says with cold slots."""

from typing import Any

from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed

from registry.chain.contract import Event, decode_event, decode_revert, encode_deployment
from registry.chain.keys import SigningKey
from registry.chain.messages import Domain
from registry.chain.words import LimitsWord
from tests.builders.ledger import ARBITER, OPERATOR, ROLES, START, STRANGER, Ledger, Refused, account

GAS_LIMIT = 30_000_000
ETHER = 10**18


class ChainLedger(Ledger):
    """``gas`` is the last receipt's. Time only moves by one second a block, so that all is repeatable."""

    def __init__(self, *, min_lot: int = 100) -> None:
        keys = [OPERATOR, ARBITER, STRANGER, *(account(number) for number in ROLES)]
        rich = {"balance": 1_000 * ETHER, "nonce": 0, "code": b"", "storage": {}}
        self._tester = EthereumTester(
            PyEVMBackend(
                genesis_parameters=PyEVMBackend.generate_genesis_params(
                    {"timestamp": START, "gas_limit": GAS_LIMIT}
                ),
                genesis_state={bytes.fromhex(key.address[2:]): rich for key in keys},
            )
        )
        self.now, self.gas, self._logs = START, 0, []
        self.chain_id = int(self._tester.backend.chain.chain_id)
        limits = LimitsWord(0, 365, 10, 5, 30, min_lot).pack()
        receipt = self._mine(OPERATOR, None, encode_deployment(limits, OPERATOR.address, ARBITER.address))
        self.address = receipt["contract_address"]
        self.domain = Domain(self.chain_id, self.address)
        for number in ROLES:
            self.admit(number)

    def _mine(self, sender: SigningKey, to: str | None, data: bytes) -> dict[str, Any]:
        self.now += 1
        self._tester.time_travel(self.now)
        transaction = {
            "to": to or b"",
            "data": data,
            "value": 0,
            "gas": 16_000_000,
            "nonce": self._tester.get_nonce(sender.address),
            "chainId": self.chain_id,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 0,
        }
        raw, _ = sender.sign_transaction(transaction)
        receipt = self._tester.get_transaction_receipt(self._tester.send_raw_transaction("0x" + raw.hex()))
        self.gas, self._logs = receipt["gas_used"], receipt["logs"]
        assert receipt["status"] == 1, "mined, but it reverted"
        return receipt

    def send_raw(self, sender: SigningKey | str, data: bytes) -> bytes:
        assert isinstance(sender, SigningKey)
        if sender is STRANGER and len(data) < 100:  # a view
            return self._call(data)
        self._mine(sender, self.address, data)
        return b""

    def _call(self, data: bytes) -> bytes:
        request = {"from": STRANGER.address, "to": self.address, "data": "0x" + data.hex(), "gas": GAS_LIMIT}
        try:
            return bytes.fromhex(self._tester.call(request)[2:])
        except TransactionFailed as failure:
            raise Refused(decode_revert(bytes.fromhex(str(failure.args[0])[2:]))) from None

    def events(self) -> list[Event]:
        return [
            decode_event(
                [bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])
            )
            for log in self._logs
        ]
