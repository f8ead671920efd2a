"""Deploy the Registry contract, whose constructor makes its parts."""

from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.keys import Key
from registry.chain.node import Node
from registry.kit.clock import Deadline

WAIT_SECONDS = 120.0
GAS = 14_000_000  # below the 16,777,216 one transaction may use (EIP-7825)


@dataclass(frozen=True)
class Deployed:
    address: str
    chain_id: int
    block_number: int
    tx_hash: str


def deploy(node: Node, key: Key, creation_code: bytes, wait_seconds: float = WAIT_SECONDS) -> Deployed:
    """Send the creation transaction and wait for its receipt.

    Raises ChainNotReachable when no receipt comes in time, NodeRefused when the node or the contract says no.
    """
    chain_id = node.chain_id()
    max_fee, tip = node.max_fee()
    raw, tx_hash = key.sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": node.nonce(key.address),
            "gas": GAS,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
            "value": 0,
            "data": creation_code,
        }
    )
    node.send_raw(raw)
    deadline = Deadline(wait_seconds)
    while (receipt := node.receipt(tx_hash)) is None:
        if deadline.has_passed:
            raise ChainNotReachable(
                f"No block took the contract within {wait_seconds:g} s; is the node mining?"
            )
        deadline.pause(0.1)
    if int(receipt["status"], 16) != 1:
        raise NodeRefused(
            "The contract could not be created; check its limits and that the operator's account can pay.",
            rpc_code=0,
            rpc_message="creation reverted",
        )
    return Deployed(
        to_checksum_address(receipt["contractAddress"]), chain_id, int(receipt["blockNumber"], 16), tx_hash
    )
