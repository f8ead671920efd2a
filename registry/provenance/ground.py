"""The ground a verification stands on: the contract's code, and the blocks and transactions its acts are
in."""

from collections.abc import Iterator

from registry.chain.artifact import Artifact, Code, registry_artifact
from registry.chain.contract import decode_call
from registry.chain.errors import ChainNotReachable
from registry.chain.keys import same_address
from registry.chain.messages import Domain, keccak256
from registry.chain.node import Json
from registry.provenance.consents import Sent
from registry.provenance.headers import is_hash_of_header
from registry.provenance.model import Checks
from registry.provenance.reading import Reader, address, is_contract, octets, quantity, text
from registry.provenance.transactions import seal_of

_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def check_code(reader: Reader, domain: Domain, checks: Checks) -> bool:
    """The deployed code is the known contract's, and what it was set to at its making is this chain, this
    address and this name; only then do its words and events mean what they are read as."""
    code, artifact = reader.code(), registry_artifact()
    is_known = checks.holds(
        "contract_code",
        domain.contract,
        "The deployed code is the registry contract's.",
        otherwise="The deployed code is not the registry contract's." if code else "There is no contract.",
        if_true=bool(code) and artifact.is_code(code),
    )
    if not is_known:
        return False
    unknown = artifact.unknown_parts(reader.code, code)
    has_parts = checks.holds(
        "contract_parts",
        domain.contract,
        "The contracts it runs the rarer acts with are the known ones.",
        otherwise=f"It runs the code of other contracts than the known ones as {', '.join(unknown)}.",
        if_true=not unknown,
    )
    return has_parts and checks.holds(
        "contract_domain",
        domain.contract,
        f"The contract was made for chain {domain.chain_id} and this address.",
        otherwise="The contract was made for another chain, address or name.",
        if_true=all(
            {part[start : start + length] for start, length in made.immutables} == _settings(its)
            for made, part, its in _made(reader, artifact, code, domain)
        ),
    )


def _made(
    reader: Reader, artifact: Artifact, code: bytes, domain: Domain
) -> Iterator[tuple[Code, bytes, Domain]]:
    """The registry and its annex: the known code, the deployed code, the domain it was made for."""
    yield artifact, code, domain
    for name, where in artifact.linked(code).items():
        yield artifact.parts[name], reader.code(where), Domain(domain.chain_id, where)


def _settings(domain: Domain) -> set[bytes]:
    """What OpenZeppelin's EIP712 sets in the code: the domain separator and its parts, short strings."""
    name, version = domain.name.encode(), domain.version.encode()
    chain, own = domain.chain_id.to_bytes(32), bytes.fromhex(domain.contract[2:]).rjust(32, b"\0")
    hashes = keccak256(name), keccak256(version)
    separator = keccak256(keccak256(_DOMAIN_TYPE) + hashes[0] + hashes[1] + chain + own)
    short = [each.ljust(31, b"\0") + bytes([len(each)]) for each in (name, version)]
    return {separator, chain, own, *hashes, *short}


def check_block(reader: Reader, number: int, checks: Checks) -> None:
    """The block's hash is that of its header, so that its time is what the chain agreed on."""
    block, subject = reader.block(number), f"block {number}"
    if quantity(block, "number") != number:
        checks.failed("block_differs", subject, "The node sent another block than it was asked for.")
        return
    try:
        is_hash = is_hash_of_header(block)
    except ChainNotReachable as gap:
        checks.not_checked("block_header", subject, gap.detail)
        return
    checks.holds(
        "block_header",
        subject,
        "The block's hash is its header's.",
        otherwise="The block's hash is not its header's: something was changed.",
        if_true=is_hash,
    )


def check_transaction(reader: Reader, tx: str, checks: Checks) -> Sent:
    """The transaction hashes to its name, its sender signed it, it succeeded, and all of the node's answers
    put it into the same block. Answers it taken apart."""
    found, receipt = reader.transaction(tx), reader.receipt(tx)
    block = reader.block(quantity(found, "blockNumber"))
    named = {text(found, "hash"), text(receipt, "transactionHash")}
    places = {
        text(each, name) for each, name in ((found, "blockHash"), (receipt, "blockHash"), (block, "hash"))
    }
    listed, index = block.get("transactions"), quantity(found, "transactionIndex")
    is_listed = isinstance(listed, list) and [_hash(each) for each in listed[index : index + 1]] == [tx]
    is_placed = len(places) == 1 and is_listed
    checks.holds(
        "transaction_place",
        tx,
        f"It stands in block {quantity(found, 'blockNumber')} and succeeded.",
        otherwise="The node's answers put it into different blocks, or it did not succeed.",
        if_true=is_placed and named == {tx} and quantity(receipt, "status") == 1,
    )
    sender, seal = address(found, "from"), seal_of(found)
    if seal is None:
        checks.not_checked("transaction_seal", tx, "A kind of transaction this version does not know.")
    elif seal.hash != tx:
        checks.failed("transaction_seal", tx, "Its contents do not hash to its name: something was changed.")
    else:
        checks.holds(
            "transaction_seal",
            tx,
            "Its contents hash to its name and its sender signed it.",
            otherwise="The sender the node names did not sign it.",
            if_true=seal.sender is not None and same_address(seal.sender, sender),
        )
    if seal is not None and seal.hash == tx and seal.sender is not None:
        sender = seal.sender
    return _taken_apart(reader, found, sender)


def _hash(listed: object) -> str:
    return str(listed.get("hash") if isinstance(listed, dict) else listed).lower()


def _taken_apart(reader: Reader, found: Json, sender: str) -> Sent:
    if not is_contract(reader, found.get("to")):
        return Sent(sender, None, "it came through another contract, whose inner calls a node does not keep")
    call = decode_call(octets(found, "input"))
    if call is None:
        return Sent(sender, None, "it called a function this version does not know")
    return Sent(sender, call)
