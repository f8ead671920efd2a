"""Pure rules of financing: what a funder pays for a lot today."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

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
