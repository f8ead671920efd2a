"""Verifying a proof pack: the same walk as over a node's answers, over what the pack proves.

It needs the pack and the hash of a block that whoever verifies trusts; no database, no server, and no node.
"""

from dataclasses import replace
from typing import Any

from registry.chain.keys import same_address
from registry.chain.node import Node
from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.kit.clock import from_unix
from registry.provenance import report
from registry.provenance.binding import check_anchor, check_headers
from registry.provenance.companies import by_companies
from registry.provenance.model import Broken, Checks, Verification
from registry.provenance.openings import check_documents, check_openings
from registry.provenance.pack import Pack, Preimages
from registry.provenance.packed import PackReader
from registry.provenance.stamps import check_stamps
from registry.provenance.verify import verify_from


def verify_pack(
    pack: Pack,
    *,
    block: str | None = None,
    node: Node | None = None,
    contract: str | None = None,
    trust: TrustAnchors = NOBODY,
) -> Verification:
    """Verify what the pack says of its lot.

    ``block``: the hash, 0x hex, of the block the reader trusts. ``node``: one the reader trusts, asked only for the
    hashes of blocks. ``contract``: the address of the registry the reader deals with. ``trust``: authorities whose
    certificates and time stamps the reader trusts. Never raises for what the pack holds, however broken: that is the
    verdict. Raises ChainNotReachable and NodeRefused of ``node``.
    """
    checks = Checks()
    try:
        reader = open_pack(pack, checks, block=block, node=node, contract=contract)
        check_headers(pack, reader, node, checks)
    except Broken as broken:
        checks.broke("pack", broken)
        return _without_path(pack, checks)
    found = verify_from(reader, int(pack.lot, 16), checks=checks, identify=by_companies(pack, trust))
    if found.path is None:
        return found
    try:
        proven = report.as_json(found)["path"]
        check_statement(pack.statement.model_dump(mode="json"), proven, checks)
        check_documents(pack, found.path.terms, checks)
        check_openings(pack, reader, found.path, checks)
        check_stamps(pack, from_unix(found.at_seconds), trust, checks)
    except Broken as broken:
        checks.broke("pack", broken)
    check_needed(pack, reader, checks)
    return replace(found, checks=tuple(checks.made), verdict=checks.verdict())


def _without_path(pack: Pack, checks: Checks) -> Verification:
    """The pack cannot even be opened."""
    return Verification(
        contract=pack.contract,
        chain_id=pack.chain_id,
        lot=int(pack.lot, 16),
        at_block=pack.block.number,
        at_seconds=0,
        checks=tuple(checks.made),
        path=None,
        verdict=checks.verdict(),
    )


def open_pack(
    pack: Preimages, checks: Checks, *, block: str | None, node: Node | None, contract: str | None
) -> PackReader:
    """A pack's reader, once the pack is of the registry and the block that its reader trusts. Raises Broken,
    ChainNotReachable, NodeRefused."""
    _check_registry(pack, contract, checks)
    check_anchor(pack, block, node, checks)
    return PackReader(pack)


def _check_registry(pack: Preimages, contract: str | None, checks: Checks) -> None:
    if contract is None:
        checks.claimed(
            "registry",
            pack.contract,
            "That this is the registry you deal with is not for a pack to say: compare its address.",
        )
    elif not same_address(contract, pack.contract):
        raise Broken("contract_differs", f"The pack is of the registry {pack.contract}, not of {contract}.")
    else:
        checks.proven("registry", pack.contract, "It is the registry you named.")


def check_needed(pack: Preimages, reader: PackReader, checks: Checks) -> None:
    """A pack holds nothing that does not bear on what it says: so a change anywhere in it shows."""
    if left := reader.nodes.unused():
        checks.failed("node_unneeded", "pack", f"It holds {left} trie nodes that prove nothing it says.")
    if set(pack.stateless) != reader.missed:
        checks.failed(
            "stateless_unneeded", "pack", "It says of blocks that their state is gone, which nothing needs."
        )


def check_statement(said: Any, proven: Any, checks: Checks) -> None:
    """What the pack says in numbers is what it proves. Raises Broken with ``statement_differs``."""
    where = _difference(said, report.plain(proven), "")
    if where is not None:
        raise Broken("statement_differs", f"The statement says something else than the proofs: {where}.")
    checks.proven("statement", "pack", "What it states in numbers is what it proves.")


def _difference(said: Any, proven: Any, where: str) -> str | None:
    """The first member in which they differ, with both values; None where they are equal."""
    if isinstance(said, dict) and isinstance(proven, dict) and said.keys() == proven.keys():
        for name in said:
            if (found := _difference(said[name], proven[name], f"{where}.{name}")) is not None:
                return found
        return None
    if isinstance(said, list) and isinstance(proven, list) and len(said) == len(proven):
        for place, pair in enumerate(zip(said, proven, strict=True)):
            if (found := _difference(*pair, f"{where}[{place}]")) is not None:
                return found
        return None
    if type(said) is type(proven) and said == proven:
        return None
    return f"{where.lstrip('.')} is {_short(said)}, proven is {_short(proven)}"


def _short(value: Any) -> str:
    shown = f"{len(value)} entries" if isinstance(value, list | dict) else str(value)
    return shown if len(shown) <= 100 else shown[:97] + "…"
