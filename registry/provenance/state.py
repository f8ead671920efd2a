"""What contracts hold at a block's end, read from nodes of its state trie (Yellow Paper 4.1), and asked of a node
with the proof of it (EIP-1186)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from registry.chain.artifact import registry_artifact
from registry.chain.contract import View
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.messages import keccak256
from registry.chain.node import Json, Node
from registry.chain.rlp import RlpError, decode, decode_list, integer_in, octets_in
from registry.kit.errors import Unavailable
from registry.provenance.headers import is_hash_of_header
from registry.provenance.model import Broken
from registry.provenance.reading import octets, text
from registry.provenance.slots import slot_of
from registry.provenance.trie import NodeMissing, Nodes

log = logging.getLogger(__name__)


class NotProven(Unavailable):
    """No node proves what the ledger holds at a block: it lags, keeps no such state, or says something else."""

    code = "not_proven"
    title = "What the chain holds could not be proven"


@dataclass(frozen=True)
class Account:
    """What a state trie holds of a contract."""

    storage_root: bytes
    code_hash: bytes


def account_under(nodes: Nodes, state_root: bytes, address: str, block: int) -> Account | None:
    """None where the proof is of none. Raises Broken with ``account_proof``."""
    try:
        found = nodes.find(state_root, keccak256(bytes.fromhex(address[2:])))
        return None if found is None else _account(found)
    except (NodeMissing, RlpError) as error:
        raise Broken(
            "account_proof", f"The account {address} at block {block:,} is not proven. {error}"
        ) from error


def word_of(nodes: Nodes, account: Account, slot: int, what: str, block: int) -> int:
    """The 256-bit word in a slot; 0 where the proof is of none. Raises Broken with ``storage_proof``."""
    try:
        found = nodes.find(account.storage_root, keccak256(slot.to_bytes(32)))
        return 0 if found is None else _word(found)
    except (NodeMissing, RlpError) as error:
        raise Broken("storage_proof", f"{what} at block {block:,} is not proven. {error}") from error


def proven_words(node: Node, contract: str, number: int, block_hash: str, views: Sequence[View]) -> list[int]:
    """What the registry's views answer at a block, each by a proof under the header that has this hash: no answer of the
    node is believed.

    Raises Broken with ``header_hash``, ``account_proof``, ``contract_code`` or ``storage_proof``; NotProven where the
    node has another block at this height, no longer its state, or answers without form; ChainNotReachable.
    """
    slots = [slot_of(view, *arguments) for view, arguments in views]
    try:
        block = node.block(number)
        proof = node.proof(contract, slots, number)
        code = node.code(contract, number)
    except NodeRefused as refused:
        raise NotProven(f"Of block {number:,} nothing is proven. {refused.detail}", block=number) from refused
    except (TypeError, ValueError, AttributeError):
        raise NotProven(f"What the node sent of block {number:,} has no form.", block=number) from None
    if block is None or text(block, "hash") != block_hash:
        raise NotProven(f"The node has another block {number:,} than {block_hash}, or none.", block=number)
    if not is_hash_of_header(block):
        raise Broken("header_hash", f"The header of block {number:,} does not hash to {block_hash}.")
    nodes = Nodes(_nodes_in(proof))
    account = account_under(nodes, octets(block, "stateRoot"), contract, number)
    if account is None or account.code_hash != keccak256(code) or not registry_artifact().is_code(code):
        raise Broken("contract_code", f"At {contract} is no registry of this version at block {number:,}.")
    return [
        word_of(nodes, account, slot, f"{view}({', '.join(map(shown, arguments))})", number)
        for slot, (view, arguments) in zip(slots, views, strict=True)
    ]


def proven_by(
    nodes: Sequence[Node], contract: str, number: int, block_hash: str, views: Sequence[View]
) -> list[int]:
    """The same from the first of several nodes that proves it. Raises NotProven."""
    why = "There is no node."
    for node in nodes:
        try:
            return proven_words(node, contract, number, block_hash, views)
        except (Broken, ChainNotReachable, NotProven) as fault:
            why = fault.detail
            log.warning("no proof of block %d from a node: %s", number, why)
    raise NotProven(
        f"{why} Nothing was done; try again when the mirror and its nodes are level.", block=number
    )


def shown(argument: object) -> str:
    """A view's argument, as a sentence has it."""
    return "0x" + argument.hex() if isinstance(argument, bytes) else str(argument)


def _nodes_in(proof: Json) -> list[bytes]:
    try:
        told = [*proof["accountProof"], *(node for slot in proof["storageProof"] for node in slot["proof"])]
    except (KeyError, TypeError):
        raise Broken("account_proof", "What the node sent is no proof.") from None
    return [octets({"node": each}, "node") for each in told]


def _account(encoded: bytes) -> Account:
    items = decode_list(encoded)
    if len(items) != 4:
        raise RlpError("An account has four fields.")
    return Account(octets_in(items[2]), octets_in(items[3]))


def _word(encoded: bytes) -> int:
    value = integer_in(decode(encoded))
    if value >> 256:
        raise RlpError("It is longer than a word.")
    return value
