"""How far back one trusted block hash reaches: the pack's block, its parents, and those whose hashes its state
keeps (EIP-2935)."""

from collections.abc import Iterable

from registry.chain.history import HISTORY_ADDRESS, HISTORY_CODE, HISTORY_SLOTS
from registry.chain.messages import keccak256
from registry.chain.node import Node
from registry.provenance.model import Broken, Checks
from registry.provenance.pack import Pack, Preimages
from registry.provenance.packed import PackReader
from registry.provenance.reading import text

HISTORY = "0x" + HISTORY_ADDRESS.hex()
HISTORY_WINDOW = HISTORY_SLOTS
_SHOWN = 20


def check_anchor(pack: Preimages, trusted: str | None, node: Node | None, checks: Checks) -> None:
    """The pack's block is the one the reader trusts: named by its hash, or held by the reader's own node. Raises
    Broken with ``anchor_differs``, ChainNotReachable, NodeRefused."""
    subject = f"block {pack.block.number}"
    if trusted is not None:
        if trusted.lower() != pack.block.hash:
            raise Broken("anchor_differs", f"The pack speaks as of {pack.block.hash}, not of {trusted}.")
        checks.proven("anchor", subject, "It is the block you named.")
    if node is not None:
        _require_held(node, pack.block.number, pack.block.hash, "anchor_differs")
        checks.proven("anchor", subject, "Your node has this block.")
    if trusted is None and node is None:
        checks.not_checked(
            "anchor",
            subject,
            f"Everything rests on the hash {pack.block.hash}: name the one you trust, or a node of yours.",
        )


def check_headers(pack: Pack, reader: PackReader, node: Node | None, checks: Checks) -> None:
    """Each header is bound to the pack's block. Raises Broken with ``header_link``, ``header_history``,
    ``header_differs`` or ``chain_id``."""
    vouched = {each.hash: each.history for each in pack.headers if each.history is not None}
    bound: set[int] = set()
    loose: list[int] = []
    by_parent = by_history = 0
    for number in sorted(reader.headers, reverse=True):
        block = reader.headers[number]
        name = text(block, "hash")
        if name in vouched and (number >= pack.block.number or number + 1 in reader.headers):
            raise Broken("header_history", f"Block {number:,} is tied to the pack's block without its state.")
        if number == pack.block.number:
            bound.add(number)
        elif number + 1 in reader.headers:
            if text(reader.headers[number + 1], "parentHash") != name:
                raise Broken(
                    "header_link", f"Block {number + 1:,} names another parent than block {number:,}."
                )
            by_parent += 1
            bound |= {number} if number + 1 in bound else set()
        elif name in vouched:
            _require_remembered(reader, number, vouched[name], bound)
            by_history += 1
            bound.add(number)
        if number not in bound:
            loose.append(number)
    if by_parent or by_history:
        checks.proven(
            "headers_bound",
            f"{len(bound)} blocks",
            f"Hashed together to block {pack.block.number}: {by_parent} as parents, {by_history} by the hashes "
            "its state keeps.",
        )
    if loose:
        _check_loose(pack, reader, loose, node, checks)


def _require_remembered(reader: PackReader, number: int, keeper: int | None, bound: set[int]) -> None:
    """The state of a bound later block holds this one's hash. Raises Broken with ``header_history``."""
    subject = f"The hash of block {number:,}"
    if keeper not in bound or not 0 < keeper - number <= HISTORY_WINDOW:
        raise Broken("header_history", f"{subject} cannot stand in the state of block {keeper}.")
    account = reader.account(HISTORY, keeper)
    if account is None or account.code_hash != keccak256(HISTORY_CODE):
        raise Broken("header_history", f"The chain kept no hashes of blocks at block {keeper:,}.")
    kept = reader.storage(HISTORY, number % HISTORY_SLOTS, keeper, subject)
    if f"0x{kept:064x}" != text(reader.headers[number], "hash"):
        raise Broken(
            "header_history", f"The state of block {keeper:,} holds another hash of block {number:,}."
        )


def _check_loose(pack: Pack, reader: PackReader, loose: list[int], node: Node | None, checks: Checks) -> None:
    subject = _listed(loose)
    if node is None:
        checks.not_checked(
            "headers_loose",
            subject,
            f"Nothing in the pack ties them to block {pack.block.number}: what it shows of them hangs together, "
            "but only a node can say that they are of this chain.",
        )
        return
    for number in loose:
        _require_held(node, number, text(reader.headers[number], "hash"), "header_differs")
    checks.proven("headers_held", subject, "Your node has these blocks.")


def _require_held(node: Node, number: int, wanted: str, name: str) -> None:
    found = node.block(number)
    if found is None or text(found, "hash") != wanted:
        raise Broken(name, f"Your node has not {wanted} as block {number:,}.")


def _listed(numbers: Iterable[int]) -> str:
    """Block numbers in order, the first of them where there are many."""
    ordered = sorted(numbers)
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return f"blocks {', '.join(map(str, ordered[:_SHOWN]))}{more}"
