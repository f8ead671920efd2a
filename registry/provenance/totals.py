"""What an obligor owes in all, proven by one block's state: a funder that is to lend on it need not ask anybody.

The contract adds it up with every confirmation, payment and write-off, so that one word of its storage says it; that
the word means this is proven by the code at the contract's address.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from registry.chain.messages import Domain
from registry.chain.node import Node, raw_header
from registry.chain.words import ObligationWord, PartyWord
from registry.kit.errors import Conflict
from registry.provenance import pack as form
from registry.provenance.ground import check_block, check_code
from registry.provenance.making import Maker
from registry.provenance.model import Broken, Checks, Outcome, OutOfReach, Total, TotalVerification, Verdict
from registry.provenance.packed import PackReader
from registry.provenance.proving import check_needed, check_statement, open_pack
from registry.provenance.reading import NodeReader, Reader, quantity, text

_NOTHING_YET = form.TotalStatement(account="0x" + "00" * 20, outstanding=0, quota=0, count=0)


class TotalNotProvable(Conflict):
    code = "total_not_provable"
    title = "No proof can be made of this total"


@dataclass(frozen=True)
class Owed:
    """What a node says that an obligor owes, by currency (ISO 4217 number), at the end of a block: its number, its
    hash, 0x hex, and its time in seconds since 1970."""

    block: int
    block_hash: str
    at_seconds: int
    by_currency: dict[int, ObligationWord]


def read_totals(node: Node, contract: str, obligor: int, currencies: Iterable[int]) -> Owed:
    """As of the latest block, unproven. Raises TotalNotProvable, ChainNotReachable and NodeRefused."""
    reader = NodeReader(node, contract, node.block_number())
    try:
        block = reader.block(reader.at)
        found = {
            each: ObligationWord.unpack(_word(reader, "obligation", obligor, each)) for each in currencies
        }
        return Owed(reader.at, text(block, "hash"), quantity(block, "timestamp"), found)
    except Broken as broken:
        raise TotalNotProvable(broken.detail, reason=broken.name) from broken


def make_total(
    node: Node, contract: str, obligor: int, currency: int, at_block: int | None = None
) -> form.TotalPack:
    """The proof of what party ``obligor`` owes in a currency (ISO 4217 number) as of a block's end, the latest unless
    told. Raises TotalNotProvable, ChainNotReachable and NodeRefused."""
    reader = NodeReader(node, contract.lower(), node.block_number() if at_block is None else at_block)
    _sound(reader, obligor, currency)
    maker = Maker(node, reader)
    maker.prove_state()
    draft = form.TotalPack(
        format=form.TOTAL_FORMAT,
        chain_id=reader.chain_id(),
        contract=reader.contract,
        obligor=obligor,
        currency=currency,
        block=form.Block(number=reader.at, hash=reader.block_hash_now(reader.at)),
        statement=_NOTHING_YET,
        header="0x" + raw_header(reader.block(reader.at)).hex(),
        code=maker.code(),
        nodes=maker.nodes(),
    )
    try:
        packed = PackReader(draft)
    except Broken as broken:
        raise TotalNotProvable(broken.detail, reason=broken.name) from broken
    statement = form.TotalStatement(**asdict(_sound(packed, obligor, currency)))
    nodes = ["0x" + each.hex() for each in packed.nodes.used()]
    return draft.model_copy(update={"statement": statement, "nodes": nodes})


def _sound(reader: Reader, obligor: int, currency: int) -> Total:
    """Raises TotalNotProvable."""
    checks = Checks()
    total, _ = _walk(reader, obligor, currency, checks)
    if total is None or checks.verdict() is Verdict.REFUSED:
        wrong = next(each for each in checks.made if each.outcome in (Outcome.FAILED, Outcome.NOT_CHECKED))
        raise TotalNotProvable(f"{wrong.subject}: {wrong.detail}", reason=wrong.name)
    return total


def verify_total(
    pack: form.TotalPack, *, block: str | None = None, node: Node | None = None, contract: str | None = None
) -> TotalVerification:
    """Verify what the pack says an obligor owes in all; ``block``, ``node`` and ``contract`` as ``verify_pack`` has
    them. Never raises for what the pack holds, however broken: that is the verdict. Raises ChainNotReachable and
    NodeRefused of ``node``."""
    checks = Checks()
    total, at_seconds = None, 0
    try:
        reader = open_pack(pack, checks, block=block, node=node, contract=contract)
        total, at_seconds = _walk(reader, pack.obligor, pack.currency, checks)
        if total is not None:
            check_statement(pack.statement.model_dump(mode="json"), asdict(total), checks)
            check_needed(pack, reader, checks)
    except Broken as broken:
        checks.broke("pack", broken)
    return TotalVerification(
        contract=pack.contract,
        chain_id=pack.chain_id,
        obligor=pack.obligor,
        currency=pack.currency,
        at_block=pack.block.number,
        at_seconds=at_seconds,
        checks=tuple(checks.made),
        total=total,
        verdict=checks.verdict(),
    )


def _walk(reader: Reader, obligor: int, currency: int, checks: Checks) -> tuple[Total | None, int]:
    """The total, None where it does not hold together, and the time of its block in seconds since 1970."""
    at_seconds, subject = 0, f"party {obligor}"
    try:
        at_seconds = quantity(reader.block(reader.at), "timestamp")
        check_block(reader, reader.at, checks)
        if not check_code(reader, Domain(reader.chain_id(), reader.contract), checks):
            return None, at_seconds
        account = _account(reader, obligor)
        owed = ObligationWord.unpack(_word(reader, "obligation", obligor, currency))
    except Broken as broken:
        checks.broke(subject, broken)
        return None, at_seconds
    total = Total(account, owed.outstanding, owed.quota, owed.count)
    checks.proven("obligor_account", subject, f"Whoever signs for it has the account {total.account}.")
    checks.claimed("identity", subject, "Whom this number stands for is the operator's word.")
    checks.proven(
        "total",
        f"{subject} in currency {currency}",
        f"It owes {total.outstanding} minor units on {total.count} receivables that it confirmed here.",
    )
    return total, at_seconds


def _account(reader: Reader, party: int) -> str:
    """Raises Broken with ``party_not_admitted``."""
    account = PartyWord.unpack(_word(reader, "party", party)).account
    if account == 0:
        raise Broken("party_not_admitted", "The registry knows no party of this number at this block.")
    return f"0x{account:040x}"


def _word(reader: Reader, view: str, *arguments: int) -> int:
    """Raises OutOfReach, and what the reader raises."""
    found = reader.word(view, *arguments)
    if found is None:
        raise OutOfReach("state_gone", f"The node has the state of block {reader.at:,} no more.")
    return found
