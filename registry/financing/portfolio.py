"""What a funder holds, seen together."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from registry.financing.rules import Claim, way_of_holders
from registry.kit.clock import from_unix
from registry.receivables import queries as receivables
from registry.receivables.model import Lot

MAX_WAYS = 200


def claims(session: Session, funder: int) -> list[Claim]:
    """What is owed to a funder, by obligor, currency and maturity."""
    return [
        Claim(obligor, currency, from_unix(maturity).date(), amount, lots)
        for obligor, currency, maturity, amount, lots in receivables.claim_totals_of(session, funder)
    ]


def ways(session: Session, funder: int) -> dict[int, list[tuple[tuple[int, ...], int]]]:
    """Currency → how each of a funder's lots (MAX_WAYS of them) came to it, with its amount."""
    found: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for lot, of in receivables.claims_of(session, funder, limit=MAX_WAYS):
        holders = [of.originator, *_holders(session, lot)]
        if lot.holder != funder:
            holders.append(funder)  # in pledge: title is elsewhere, the money comes here
        found.setdefault(of.currency, []).append((way_of_holders(of.obligor, holders), lot.amount))
    return found


def _holders(session: Session, lot: Lot) -> Iterator[int]:
    """Who held the lot and, up to the split it came from, each ancestor, the root's first holder first."""
    line = receivables.ancestors(session, lot.id)[::-1]
    for place, one in enumerate(line):
        left = line[place + 1].id if place + 1 < len(line) else None
        for hop in receivables.hops(session, one.id):
            yield hop.holder
            if left is not None and hop.detail == left:
                break
