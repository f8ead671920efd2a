"""Where near-duplicates of an invoice are looked for: blocks of invoices that share something. Pure.

Each block is a 63-bit number, the hash of what its members share, so that one index finds them among millions. Blocks
carry a month or a quarter wherever honest invoices repeat, so that they stay small however long a relation lasts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b
from itertools import product
from math import log

from registry.invoices.near_rules import NEAR_DAYS, Amount, Portrait, Trading, amount_relation, skeleton
from registry.invoices.near_score import CUT_DAYS
from registry.invoices.near_sums import Sums

# An amount and one of a hundredth more are at most one step apart: 1 / 0.99 is below this.
_STEP = log(1.0102)
_REISSUE_DAYS = 62
_MAX_IDS = 2
FEW = 40  # between the same two
_NEAREST = 16


class Block(StrEnum):
    """What the members of a block share."""

    NUMBER = "number"  # seller; the number's digits
    AMOUNT = "amount"  # seller, buyer, month; an amount within a hundredth
    LINES = "lines"  # seller, buyer, quarter; texts and quantities of all lines
    GOODS = "goods"  # buyer, quarter; texts and quantities of all lines, the amount: whoever the seller is
    PAIR = "pair"  # seller, buyer, month


# How many of a block are looked at. Of those beyond, one is named and a person is told.
LIMITS = {Block.NUMBER: 32, Block.AMOUNT: 64, Block.LINES: 64, Block.GOODS: 64, Block.PAIR: 300}


@dataclass(frozen=True, slots=True)
class Neighbor:
    """An invoice in a block of another one's. ``payable_minor`` without its sign."""

    id: str
    payable_minor: int
    issued_on: date
    is_credit_note: bool


def blocks(one: Portrait) -> set[int]:
    """The blocks an invoice is in."""
    month, quarter = _month(one.issued_on), _quarter(one.issued_on)
    found = set() if one.is_credit_note else set(_numbers(one))
    found.update(_amounts(one, [_step(one.payable_minor)], [month]))
    found.update(_lines(one, [quarter]), _goods(one, [quarter]), _pairs(one, [month]))
    return found


def searched(one: Portrait) -> dict[Block, set[int]]:
    """The blocks its near-duplicates can be in, with neighbors in time and amount."""
    on = one.issued_on
    swapped = [date(on.year, on.day, on.month)] if on.day <= 12 else []
    near = {_month(day) for day in (*_around(on, NEAR_DAYS), *swapped)}
    quarters = {_quarter(day) for day in (*_around(on, _REISSUE_DAYS), *swapped)}
    # A month's reach leaps over February; half of it does not.
    reach = {_month(day) for days in (CUT_DAYS, CUT_DAYS // 2) for day in _around(on, days)}
    step = _step(one.payable_minor)
    return {
        Block.NUMBER: set(_numbers(one)),
        Block.AMOUNT: set(_amounts(one, [step - 1, step, step + 1], near)),
        Block.LINES: set(_lines(one, quarters)),
        Block.GOODS: set(_goods(one, quarters)),
        Block.PAIR: set(_pairs(one, reach)),
    }


def worth_reading(new: Portrait, neighbors: Sequence[Neighbor]) -> set[str]:
    """Of the invoices between the same two those that can speak against the new one: whose amounts are close to its
    own, or fit together with it; and where it has lines or names others, all.

    What shares its number or its lines lies in a block of its own and is read whatever it costs. Without these
    no other date or amount scores enough (``near_score``). Where there are many, of those that would be read whole
    the larger ones and the credit notes nearest in time.
    """
    is_few = len(neighbors) <= FEW
    if is_few and (new.preceding or len(new.items) > 1):
        return {one.id for one in neighbors}
    near = sorted(neighbors, key=lambda one: (abs((one.issued_on - new.issued_on).days), one.id))
    notes = [one for one in near if one.is_credit_note]
    invoices = [one for one in near if not one.is_credit_note]
    larger = [one for one in invoices if one.payable_minor > new.payable_minor]
    if is_few:
        found = {one.id for one in (*notes, *(one for one in invoices if _is_close(new, one)))}
    else:
        found = {one.id for one in (*larger[:_NEAREST], *notes[:_NEAREST])}
    sums = Sums(invoices)
    for parts in (*sums.twos(new.payable_minor), *sums.threes(new.payable_minor)):
        found.update(one.id for one in parts)
    for whole in larger:
        rest = whole.payable_minor - new.payable_minor
        for siblings in (*((one,) for one in sums.ones(rest)), *sums.twos(rest)):
            found.update((whole.id, *(one.id for one in siblings)))
    return found


def _is_close(new: Portrait, one: Neighbor) -> bool:
    relation = amount_relation(new.payable_minor, one.payable_minor)
    if relation is Amount.RAISED:
        return new.issued_on == one.issued_on
    return relation is not Amount.OTHER


def _around(on: date, days: int) -> tuple[date, date, date]:
    apart = timedelta(days)
    return max(on, date.min + apart) - apart, on, min(on, date.max - apart) + apart


def _month(on: date) -> str:
    return f"{on.year}-{on.month:02}"


def _quarter(on: date) -> str:
    return f"{on.year}-{(on.month - 1) // 3}"


def _step(payable_minor: int) -> int:
    return int(log(payable_minor) / _STEP) if payable_minor else -2


def _signs(trader: Trading) -> list[str]:
    return [*sorted(trader.ids)[:_MAX_IDS], f"name {trader.core}"]


def _couples(one: Portrait) -> Iterator[tuple[str, str]]:
    """Seller and buyer by identifiers and by names; never one by this and one by that, which would double them."""
    yield from product(sorted(one.seller.ids)[:_MAX_IDS], sorted(one.buyer.ids)[:_MAX_IDS])
    yield f"name {one.seller.core}", f"name {one.buyer.core}"


def _numbers(one: Portrait) -> Iterator[int]:
    forms = {_digits(one.number), _digits(skeleton(one.number)), *_stems(one.written)}
    for seller, digits in product(_signs(one.seller), sorted(forms)):
        yield _value(Block.NUMBER, seller, digits)


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number) or number


def _stems(written: str) -> Iterator[str]:
    """The number without a lone digit set off at its end or start: ``2026-17/1`` is also ``2026-17``."""
    for pattern in (r"(.*\d{2,}.*)[^0-9A-Za-z]\d", r"\d[^0-9A-Za-z](.*\d{2,}.*)"):
        if (match := re.fullmatch(pattern, written.strip(), re.DOTALL)) and len(_digits(match[1])) >= 4:
            yield _digits(match[1])


def _amounts(one: Portrait, steps: Iterable[int], months: Iterable[str]) -> Iterator[int]:
    for couple, step, month in product(_couples(one), steps, sorted(months)):
        yield _value(Block.AMOUNT, *couple, one.currency, str(step), month)


def _lines(one: Portrait, quarters: Iterable[str]) -> Iterator[int]:
    if one.items:
        for couple, quarter in product(_couples(one), sorted(quarters)):
            yield _value(Block.LINES, *couple, *_wares(one), quarter)


def _goods(one: Portrait, quarters: Iterable[str]) -> Iterator[int]:
    if one.items:
        amount = (one.currency, str(one.payable_minor))
        for buyer, quarter in product(_signs(one.buyer), sorted(quarters)):
            yield _value(Block.GOODS, buyer, *_wares(one), *amount, quarter)


def _wares(one: Portrait) -> list[str]:
    return [word for item in sorted((item.text, item.quantity) for item in one.items) for word in item]


def _pairs(one: Portrait, months: Iterable[str]) -> Iterator[int]:
    for couple, month in product(_couples(one), sorted(months)):
        yield _value(Block.PAIR, *couple, month)


def _value(kind: Block, *fields: str) -> int:
    """Fields with their lengths before them, so that none runs into the next."""
    texts = [field.encode() for field in fields]
    told = b"".join([len(text).to_bytes(4, "big") + text for text in texts])
    return int.from_bytes(blake2b(kind.encode() + told, digest_size=8).digest(), "big") >> 1
