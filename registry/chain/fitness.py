"""Whether a node can serve a registry: asked before it is relied on."""

from collections.abc import Callable
from dataclasses import dataclass

import rlp
from trie.exceptions import BadTrieProof
from trie.hexary import HexaryTrie

from registry.chain.artifact import registry_artifact
from registry.chain.contract import decode_revert, encode_call
from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.hashing import keccak256
from registry.chain.node import Json, Node, header_hash
from registry.chain.receipts import receipts_root

# The field each fork brought to the header, latest first.
_FORKS = (
    ("requestsHash", "prague or later"), ("parentBeaconBlockRoot", "cancun"), ("withdrawalsRoot", "shanghai"),
    ("baseFeePerGas", "london"),
)  # fmt: skip

_NOBODY = bytes(19) + b"\x01"


@dataclass(frozen=True)
class Trait:
    """One thing a registry needs of its node, and how the node has it."""

    name: str
    is_fit: bool
    detail: str


def examine(
    node: Node, *, chain_id: int, contract: str, start_block: int, needs_finalized: bool
) -> list[Trait]:
    """All traits, none left out for another's sake. Raises ChainNotReachable where nothing answers at all."""
    found = node.chain_id()
    head = node.block("latest")
    if head is None:
        return [Trait("head", is_fit=False, detail="the node has no latest block")]
    traits = [Trait("chain id", found == chain_id, f"{found}, the registry's is {chain_id}")]
    checks: dict[str, Callable[[], tuple[bool, str]]] = {
        "fork": lambda: _fork(head),
        "contract": lambda: _contract(node, contract),
        "receipts": lambda: _receipts(node, start_block),
        "logs": lambda: _logs(node, contract, start_block, int(head["number"], 16)),
        "state by hash": lambda: (True, f"{node.nonce(contract, head['hash'])} is the contract's nonce"),
        "proofs": lambda: _proofs(node, contract, head),
        "simulation": lambda: _simulation(node, contract),
    }
    if needs_finalized:
        checks["finalized"] = lambda: _finalized(node)
    for name, check in checks.items():
        try:
            is_fit, detail = check()
        except (NodeRefused, ChainNotReachable) as refused:
            is_fit, detail = False, refused.detail
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            is_fit, detail = False, f"its answer cannot be understood ({error!r})"
        traits.append(Trait(name, is_fit, detail))
    return traits


def _fork(head: Json) -> tuple[bool, str]:
    """Whether its headers hash as they should, and which fork's they are."""
    fork = next((name for field, name in _FORKS if head.get(field) is not None), "before london")
    is_hash = "0x" + header_hash(head).hex() == str(head["hash"]).lower()
    return is_hash, fork if is_hash else f"{fork}, but its fields do not hash to {head['hash']}"


def _contract(node: Node, contract: str) -> tuple[bool, str]:
    artifact, code = registry_artifact(), node.code(contract)
    is_known = artifact.is_code(code) and not artifact.unknown_parts(node.code, code)
    return is_known, "the known code" if is_known else f"{len(code)} bytes of other code"


def _receipts(node: Node, number: int) -> tuple[bool, str]:
    """Whether it gives all receipts of a block at once, of the contract's first, and they are the header's."""
    block = node.block(number)
    receipts = None if block is None else node.block_receipts(block["hash"])
    if block is None or receipts is None:
        return False, f"none for the hash of block {number}"
    is_bound = "0x" + receipts_root(receipts).hex() == str(block["receiptsRoot"]).lower()
    return is_bound, f"of block {number}, " + (
        "as its header says" if is_bound else "other than its header says"
    )


def _logs(node: Node, contract: str, first: int, last: int) -> tuple[bool, str]:
    """How many blocks' logs it gives at once, and whether it looks at the topics they are asked for by."""
    span, nothing = last - first + 1, [None, bytes(31) + b"\x01", bytes(31) + b"\x01"]
    while True:
        try:
            node.logs(from_block=first, to_block=first + span - 1, address=contract)
        except NodeRefused:
            if span == 1:
                raise
            span //= 2
        else:
            break
    if node.logs(from_block=first, to_block=first + span - 1, address=contract, topics=nothing):
        return False, "it gives logs of other topics than it was asked for"
    return True, f"of {span} blocks at once" + (", all there are" if span > last - first else "")


def _proofs(node: Node, contract: str, head: Json) -> tuple[bool, str]:
    """Whether it proves the contract's account, and what it says of it, by the head's state root (EIP-1186)."""
    proof = node.proof(contract, [0], head["hash"])
    nodes = [rlp.decode(bytes.fromhex(str(one)[2:])) for one in proof["accountProof"]]
    root = bytes.fromhex(str(head["stateRoot"])[2:])
    try:
        found: bytes = HexaryTrie.get_from_proof(  # type: ignore[no-untyped-call]
            root, keccak256(bytes.fromhex(contract[2:])), nodes
        )
        account = rlp.decode(found)
    except (BadTrieProof, rlp.DecodingError):
        return False, "its proof does not lead to the head's state root"
    is_same = bytes(account[2]).hex() == str(proof["storageHash"])[2:].lower()
    return is_same, "lead to the head's state root" if is_same else "prove another account than it says"


def _simulation(node: Node, contract: str) -> tuple[bool, str]:
    """Whether an estimate of gas says what the ledger would refuse, and why: here an act of the operator's by nobody."""
    try:
        gas = node.estimate_gas(contract, encode_call("setState", 0), _NOBODY)
    except NodeRefused as refused:
        revert = decode_revert(refused.revert_data) if refused.revert_data else None
        return revert is not None, f"refused as {revert.name}" if revert else f"no reason: {refused.detail}"
    return (
        False,
        f"it estimates {gas} gas for what the ledger refuses: such acts are sent, and fail in a block",
    )


def _finalized(node: Node) -> tuple[bool, str]:
    block = node.block("finalized")
    return block is not None, "it knows none" if block is None else f"block {int(block['number'], 16)}"
