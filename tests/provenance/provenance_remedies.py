"""A lot five hops down that is pledged, enforced, passed on and moved by the arbiter, much of it in batches."""

from dataclasses import dataclass

from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Confirmations,
    Contest,
    Enforcement,
    Move,
    Payment,
    Reassignment,
    Registrations,
    Sale,
    Settlement,
    Settlements,
    Takeover,
    Terms,
    Transfer,
    Transfers,
    WriteOff,
    child_lot,
    keccak256,
)
from registry.chain.words import PartyWord, Scope
from tests.provenance.provenance_world import (
    BANK,
    DAY,
    FUNDER,
    OBLIGOR,
    REGISTRAR,
    SETTLER,
    SUPPLIER,
    TIER_2,
    TIER_3,
    TIER_4,
    World,
)

DEALER = SigningKey.from_secret(b"\x33" * 32)
NEW_ACCOUNT = 15
PRICE = keccak256(b"price and conditions")
REASON = keccak256(b"reason")


@dataclass(frozen=True)
class Remedied:
    """``other``: a second receivable of the same batches; ``lost_at``: the block before the account was lost;
    ``contested``: the block of a contest, which bears on the party's nonce alone."""

    world: World
    terms: Terms
    other: Terms
    lot: int
    lost_at: int
    contested: int


def tell_remedies(world: World) -> Remedied:
    terms, other = issue_together(world)
    root = terms.root_lot
    world.mandate(SUPPLIER, DEALER, 70_000_000, Scope.TRANSFER)
    moves = (Move(root, 0, terms.face, TIER_3, 10_000_000), Move(root, 1, 90_000_000, TIER_2, 60_000_000))
    consents = [world.sign(DEALER, Transfers(moves))]
    world.send(REGISTRAR, "transferMany", SUPPLIER, list(moves), consents)
    first = child_lot(root, 1)
    world.send(TIER_2, "transfer", first, TIER_3, 50_000_000, [])
    second = child_lot(first, 0)
    world.send(TIER_3, "transfer", second, TIER_4, 40_000_000, [])
    third = child_lot(second, 0)
    lost_at = world.node.block_number()
    recover(world, TIER_4, NEW_ACCOUNT)
    contest(world, terms, TIER_4, third)
    contested = world.node.block_number()
    onward = Transfer(third, 0, 40_000_000, SUPPLIER, 30_000_000)
    world.send(REGISTRAR, "transfer", third, SUPPLIER, onward.amount, [world.sign(NEW_ACCOUNT, onward)])
    lot = child_lot(third, 0)
    world.send(SUPPLIER, "transfer", lot, TIER_4, 30_000_000, [])

    pledge(world, lot, NEW_ACCOUNT)
    world.send(FUNDER, "release", lot, FUNDER, [])
    pledge(world, lot, NEW_ACCOUNT)
    paid = Settlement(lot, world.lot(lot).seq, 30_000_000, FUNDER, 1_000_000, PRICE)
    both = [world.sign(signer, paid) for signer in (NEW_ACCOUNT, FUNDER)]
    world.send(REGISTRAR, "settle", lot, TIER_4, FUNDER, paid.lot_amount, paid.amount, PRICE, both)

    world.clock.advance(days=91)
    word = world.lot(lot)
    enforcement = Enforcement(lot, word.seq, word.amount)
    world.send(REGISTRAR, "enforce", lot, [world.sign(FUNDER, enforcement)])
    reassign(world, lot, BANK)
    word = world.lot(lot)
    loss = WriteOff(lot, word.seq, word.amount, 4_000_000, REASON)
    world.send(REGISTRAR, "writeOff", lot, loss.amount, REASON, [world.sign(BANK, loss)])
    pay_together(world, (other.root_lot, SUPPLIER, 7_000_000), (lot, BANK, 5_000_000))
    world.send(world.arbiter, "forcedTransfer", lot, TIER_3, REASON)
    return Remedied(world, terms, other, lot, lost_at, contested)


def issue_together(world: World) -> tuple[Terms, Terms]:
    """Two receivables in one registration and one confirmation."""
    lists = [world.invoices() for _ in range(2)]
    one, two = (world.terms(each) for each in lists)
    registered = [world.sign(SUPPLIER, Registrations((one, two)))]
    world.send(REGISTRAR, "registerMany", [one, two], lists, registered)
    confirmed = [world.sign(OBLIGOR, Confirmations((two, one)))]
    world.send(REGISTRAR, "confirmMany", [two, one], confirmed)
    return one, two


def nonce_of(world: World, party: int) -> int:
    return PartyWord.unpack(world.view("party", party)).nonce


def contest(world: World, terms: Terms, party: int, lot: int) -> None:
    message = Contest(terms.receivable, lot, party, 5, REASON, nonce_of(world, party))
    arguments = (terms.receivable, lot, party, 5, REASON)
    world.send(REGISTRAR, "contest", *arguments, [world.sign(NEW_ACCOUNT, message)])


def recover(world: World, party: int, key: int) -> None:
    account = world.keys[key].address
    world.send(world.operator, "proposeAccount", party, account)
    world.clock.advance(days=8)
    taken = Takeover(party, account, nonce_of(world, party))
    world.send(REGISTRAR, "takeAccount", party, [world.sign(key, taken)])


def pledge(world: World, lot: int, key: int) -> None:
    world.send(key, "lock", lot, FUNDER, world.now + 5 * DAY, [])
    word = world.lot(lot)
    sale = Sale(lot, word.seq, word.amount, FUNDER, True, True, PRICE)
    world.send(FUNDER, "finance", lot, True, True, PRICE, [world.sign(key, sale)])


def reassign(world: World, lot: int, to: int) -> None:
    word = world.lot(lot)
    message = Reassignment(lot, word.seq, word.amount, to, PRICE)
    consents = [world.sign(party, message) for party in (word.holder, to)]
    world.send(REGISTRAR, "reassign", lot, to, PRICE, consents)


def pay_together(world: World, *parts: tuple[int, int, int]) -> None:
    """Each of a lot, its payee and an amount."""
    words = [world.lot(lot) for lot, _, _ in parts]
    payments = tuple(
        Payment(lot, word.seq, word.amount, payee, amount, keccak256(bytes([payee])))
        for word, (lot, payee, amount) in zip(words, parts, strict=True)
    )
    consents = [world.sign(SETTLER, Settlements(payments))]
    world.send(REGISTRAR, "settleMany", SETTLER, list(payments), consents)
