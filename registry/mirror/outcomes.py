"""What became of the outbox's transactions in blocks just read."""

from collections.abc import Iterable

from registry.chain.errors import NodeRefused
from registry.chain.node import Node
from registry.mirror.checks import Header
from registry.mirror.reader import ReadBlock
from registry.relay.refusals import ChainRefused, Reverted, refusal_of_revert


def outcomes(node: Node, blocks: Iterable[ReadBlock], own: set[str]) -> dict[str, ChainRefused | None]:
    """Of the ``own`` transactions in these blocks, by hash, why they reverted; None where they did not."""
    return {
        tx_hash: None if is_success else _why_reverted(node, tx_hash, block.header)
        for block in blocks
        for tx_hash, is_success in block.succeeded.items()
        if tx_hash in own
    }


def _why_reverted(node: Node, tx_hash: str, header: Header) -> ChainRefused:
    """Why a mined transaction failed, by making its call again on the block before.

    Reverted where that does not fail: then earlier transactions of the same block were the reason.
    """
    transaction = node.transaction(tx_hash)
    if transaction is None or transaction["to"] is None:
        return Reverted("The ledger gave no reason.")
    data = bytes.fromhex(str(transaction["input"]).removeprefix("0x"))
    try:
        node.eth_call(transaction["to"], data, header.parent, transaction["from"])
    except NodeRefused as refused:
        return refusal_of_revert(refused.revert_data)
    return Reverted(
        "The act failed because of another one in the same block; look at the record and try again."
    )
