"""A financed lot four tiers down, with every kind of consent on its way."""

from dataclasses import dataclass

from registry.chain.keys import SigningKey
from registry.chain.messages import Sale, Terms, Transfer, child_lot, keccak256
from registry.chain.words import Scope
from tests.provenance.provenance_world import DAY, FUNDER, REGISTRAR, SUPPLIER, TIER_2, TIER_3, TIER_4, World

CLERKS = (SigningKey.from_secret(b"\x31" * 32), SigningKey.from_secret(b"\x32" * 32))
TRADE = Scope.TRANSFER | Scope.FINANCE


@dataclass(frozen=True)
class Story:
    world: World
    terms: Terms
    lot: int


def tell(world: World) -> Story:
    """The supplier's first assignment is rejected. Then: to tier 2 in part, relayed; to tier 3 in part, sent;
    to tier 4 whole, by two clerks each above its cap; locked, released, locked, sold to the funder with
    recourse."""
    terms = world.issue()
    root = terms.root_lot
    world.send(SUPPLIER, "transfer", root, TIER_2, terms.face, [])
    world.send(TIER_2, "reject", root, [])
    part = Transfer(root, 2, terms.face, TIER_2, 60_000_000)
    world.send(REGISTRAR, "transfer", root, TIER_2, part.amount, [world.sign(SUPPLIER, part)])
    second = child_lot(root, 2)
    world.send(TIER_2, "transfer", second, TIER_3, 40_000_000, [])
    third = child_lot(second, 0)
    for clerk in CLERKS:
        world.mandate(TIER_3, clerk, 1_000_000, TRADE)
    whole = Transfer(third, 0, 40_000_000, TIER_4, 40_000_000)
    consents = [world.sign(clerk, whole) for clerk in CLERKS]
    world.send(REGISTRAR, "transfer", third, TIER_4, whole.amount, consents)
    world.send(TIER_4, "lock", third, FUNDER, world.now + 10 * DAY, [])
    world.send(FUNDER, "release", third, FUNDER, [])
    world.send(TIER_4, "lock", third, FUNDER, world.now + 10 * DAY, [])
    price = keccak256(b"price and conditions")
    sale = Sale(third, world.lot(third).seq, 40_000_000, FUNDER, True, False, price)
    world.send(FUNDER, "finance", third, True, False, price, [world.sign(TIER_4, sale)])
    return Story(world, terms, third)
