"""What many invoices together say that none says alone: trade in a ring, related parties, buyers nobody knows. Pure.

Signals accuse nobody; a person weighs them. The ring is the one that is drawn to borrow on: goods come back to whom
they left at nearly the price they left for, within a short time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.invoices.near_rules import Portrait, Trading, similar

RING_DAYS = 60
RING_SHARE = 10  # amounts of a ring are within a tenth
MAX_RING = 4
MAX_FOLLOWED = 64


class SignalCode(StrEnum):
    TRADE_RING = "trade_ring"
    RELATED_PARTIES = "related_parties"
    UNKNOWN_BUYER = "unknown_buyer"


@dataclass(frozen=True, slots=True)
class Signal:
    """``invoices``: ids, in the order of the goods for a ring."""

    code: SignalCode
    invoices: tuple[str, ...]


def signals(invoices: Sequence[Portrait], known_buyers: frozenset[str] | None = None) -> list[Signal]:
    """Every signal of a set of invoices, credit notes aside. ``known_buyers``: official identifiers, as ``country
    value``, of whom the registry knows; None asks for no such signal."""
    looked_at = [one for one in invoices if not one.is_credit_note]
    by_account = _sellers_of_accounts(looked_at)
    found = [Signal(SignalCode.TRADE_RING, ring) for ring in _rings(looked_at)]
    for one in looked_at:
        if _is_related(one, by_account):
            found.append(Signal(SignalCode.RELATED_PARTIES, (one.id,)))
        if known_buyers is not None and not one.buyer.ids & known_buyers:
            found.append(Signal(SignalCode.UNKNOWN_BUYER, (one.id,)))
    return found


def _sign(trader: Trading) -> str:
    return min(trader.ids, default=f"name {trader.core}")


def _sellers_of_accounts(invoices: Iterable[Portrait]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in invoices:
        for account in one.accounts:
            found[account].add(_sign(one.seller))
    return found


def _is_related(one: Portrait, by_account: Mapping[str, set[str]]) -> bool:
    """Seller and buyer share an identifier or a name; the buyer is paid itself; or both are paid to one account."""
    buyer = {_sign(one.buyer), *one.buyer.ids}
    is_one = bool(one.seller.ids & one.buyer.ids) or similar(one.seller.core, one.buyer.core)
    is_paid_itself = bool(one.payees & {*one.buyer.ids, one.buyer.core})
    return is_one or is_paid_itself or any(buyer & by_account[account] for account in one.accounts)


def _rings(invoices: Iterable[Portrait]) -> Iterator[tuple[str, ...]]:
    """Sales that lead back to the first seller in three or four steps; each ring once, from its earliest invoice.

    Of one seller at most MAX_FOLLOWED sales in the time are followed.
    """
    sales: dict[str, list[Portrait]] = defaultdict(list)
    for one in sorted(invoices, key=lambda one: (one.issued_on, one.id)):
        sales[_sign(one.seller)].append(one)
    for first in (one for ones in sales.values() for one in ones):
        for path in _paths((first,), sales):
            yield tuple(one.id for one in path)


def _paths(path: tuple[Portrait, ...], sales: Mapping[str, list[Portrait]]) -> Iterator[tuple[Portrait, ...]]:
    first, last = path[0], path[-1]
    if _sign(last.buyer) == _sign(first.seller):
        if len(path) > 2:
            yield path
        return
    if len(path) == MAX_RING:
        return
    passed = {_sign(one.seller) for one in path}
    following = [one for one in sales.get(_sign(last.buyer), ()) if _follows(one, first)]
    for one in following[:MAX_FOLLOWED]:
        if _sign(one.seller) not in passed:
            yield from _paths((*path, one), sales)


def _follows(one: Portrait, first: Portrait) -> bool:
    in_time = (first.issued_on, first.id) < (one.issued_on, one.id)
    is_soon = (one.issued_on - first.issued_on).days <= RING_DAYS
    apart = abs(one.payable_minor - first.payable_minor)
    return (
        in_time and is_soon and one.currency == first.currency and apart * RING_SHARE <= first.payable_minor
    )
