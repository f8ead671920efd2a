"""Pure rules of financing: what a funder pays for a lot today, and how what it holds stands together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

DAYS_IN_YEAR = 360


@dataclass(frozen=True)
class SaleTerms:
    """Price and conditions of a sale or a pledge: what both sides agree on, hashed into what they sign.

    Amounts in minor units; ``discount_rate`` a yearly rate as a decimal string, ACT/360, discounted from the face.
    """

    lot: str
    amount_minor: int
    currency: str
    price_minor: int
    discount_rate: str
    day_count: str
    pays_on: str
    maturity: str
    with_recourse: bool
    is_pledge: bool = False
    version: int = 1

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def discounted_price(amount_minor: int, rate: Decimal, pays_on: date, maturity: date) -> int:
    """Amount less bank discount ACT/360 to maturity, rounded half-even to the minor unit; never below zero."""
    days = max(0, (maturity - pays_on).days)
    discount = Decimal(amount_minor) * rate * days / DAYS_IN_YEAR
    return max(0, amount_minor - int(discount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))


BUCKETS = ("overdue", "7", "30", "60", "90", "180", "more")


@dataclass(frozen=True)
class Claim:
    """What one obligor owes a funder at one maturity, in minor units of a numeric currency, in so many lots."""

    obligor: int
    currency: int
    maturity: date
    amount_minor: int
    lots: int = 1


@dataclass(frozen=True)
class Exposure:
    """What one obligor owes a funder in a currency; ``share`` of all it is owed in it, in tenths of a percent."""

    obligor: int
    currency: int
    amount_minor: int
    lots: int
    share: int


def bucket(maturity: date, today: date) -> str:
    """The rung of the maturity ladder: overdue after the day itself, else at most so many days away."""
    days = (maturity - today).days
    if days < 0:
        return "overdue"
    return next((name for name in BUCKETS[1:-1] if days <= int(name)), "more")


def ladder(claims: Iterable[Claim], today: date) -> dict[int, dict[str, int]]:
    """Currency → rung → minor units; every rung is named, in order."""
    found: dict[int, dict[str, int]] = {}
    for one in claims:
        found.setdefault(one.currency, dict.fromkeys(BUCKETS, 0))[bucket(one.maturity, today)] += (
            one.amount_minor
        )
    return dict(sorted(found.items()))


def exposures(claims: Iterable[Claim]) -> list[Exposure]:
    """By currency, the largest first. Shares of a currency add up to 1000 exactly: what rounding down leaves
    goes to the largest remainders."""
    amounts: Counter[tuple[int, int]] = Counter()
    lots: Counter[tuple[int, int]] = Counter()
    for one in claims:
        amounts[one.currency, one.obligor] += one.amount_minor
        lots[one.currency, one.obligor] += one.lots
    made = []
    for currency in sorted({currency for currency, _ in amounts}):
        mine = {obligor: amount for (unit, obligor), amount in amounts.items() if unit == currency}
        shares = _shares(mine)
        made += [
            Exposure(obligor, currency, amount, lots[currency, obligor], shares[obligor])
            for obligor, amount in sorted(mine.items(), key=lambda each: (-each[1], each[0]))
        ]
    return made


def _shares(amounts: Mapping[int, int]) -> dict[int, int]:
    total = sum(amounts.values())
    if total == 0:
        return dict.fromkeys(amounts, 0)
    shares = {one: amount * 1000 // total for one, amount in amounts.items()}
    by_rest = sorted(amounts, key=lambda one: (-(amounts[one] * 1000 % total), one))
    for one in by_rest[: 1000 - sum(shares.values())]:
        shares[one] += 1
    return shares


def way_of_holders(obligor: int, holders: Iterable[int]) -> tuple[int, ...]:
    """From the obligor through each holder in turn; acts that change no holder fall together."""
    way = [obligor]
    for one in holders:
        if one != way[-1]:
            way.append(one)
    return tuple(way)


def flow(ways: Iterable[tuple[tuple[int, ...], int]]) -> dict[tuple[int, int, int, int], int]:
    """``(step, from, step, to)`` → minor units, of ways from the obligor (step 0) to the funder, all of which end at
    the last step, and what took each."""
    taken = list(ways)
    last = max((len(way) for way, _ in taken), default=0) - 1
    found: Counter[tuple[int, int, int, int]] = Counter()
    for way, amount in taken:
        for step, (giver, taker) in enumerate(pairwise(way)):
            to = last if step == len(way) - 2 else step + 1
            found[step, giver, to, taker] += amount
    return dict(sorted(found.items()))
