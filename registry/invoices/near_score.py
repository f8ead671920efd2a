"""How suspicious the likeness of two invoices is, and why. Pure.

Points are added as log-likelihood weights are in record linkage: for each way in which the two are alike, how
much more often it is seen between an invoice and its altered copy than between two honest invoices of one seller
and buyer (I. P. Fellegi, A. B. Sunter, A Theory for Record Linkage, Journal of the American Statistical Association
64, 1969, pp. 1183-1210). They are set by hand, four to a doubling, so that every score can be worked out on paper.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from registry.invoices.near_rules import (
    NEAR_DAYS,
    Amount,
    Day,
    Lines,
    Number,
    Period,
    Portrait,
    Seller,
    amount_relation,
    day_relation,
    differing,
    has_other_payee,
    has_same_buyer,
    lines_relation,
    number_relation,
    period_relation,
    seller_relation,
)
from registry.invoices.near_sums import Sums

REVIEW_AT = 50
MAX_SUSPICIONS = 10
CUT_DAYS = 31

NUMBER: Mapping[Number, int] = {
    Number.SAME: 50, Number.LOOKALIKE: 30, Number.TRANSPOSED: 15, Number.AFFIX: 14,
    Number.ONE_CHANGED: 10, Number.CONSECUTIVE: 0, Number.OTHER: 0,
}  # fmt: skip
DAY: Mapping[Day, int] = {Day.SAME: 15, Day.SWAPPED: 15, Day.NEAR: 8, Day.CLOSE: 0, Day.FAR: -30}
AMOUNT: Mapping[Amount, int] = {
    Amount.EQUAL: 25, Amount.SMALL_CHANGE: 15, Amount.RAISED: 5, Amount.OTHER: -25
}  # fmt: skip
LINES: Mapping[Lines, int] = {
    Lines.SAME: 40, Lines.OTHER_PRICES: 25, Lines.UNKNOWN: 10, Lines.SAME_ITEMS: 0,
    Lines.REWORDED: -10, Lines.OVERLAPPING: -15, Lines.OTHER: -40,
}  # fmt: skip
SELLER: Mapping[Seller, int] = {Seller.SAME: 0, Seller.ALIAS: 0, Seller.SIMILAR: -10}
# A stated period speaks for itself: the same one makes a late date no excuse, another one explains the likeness.
PERIOD: Mapping[Period, int] = {Period.SAME: 15, Period.UNKNOWN: 0, Period.OTHER: -50}
CREDITED = 15  # the earlier one was taken back in full, and not long ago, as before issuing it anew
REFERS = 30  # the later one names the earlier one as preceding
EXTENDED = 10  # a piece added to the number the same day, and no lines to explain another amount

SUM_OF_TWO, SUM_OF_THREE, ROUND_SUM = 35, 25, -15  # sums of round amounts meet by chance
SAME_LINES_IN_PARTS, SAME_ITEMS_IN_PARTS, OTHER_LINES_IN_PARTS = 45, 10, -40
ONE_ITEM_IN_PARTS = (
    -10
)  # quantities of one article add up as easily as amounts do, and say nothing beside them
PART_OF_LINES = 40  # two or more lines, and all of them the whole's
PARTS_NEAR, PART_IN_NUMBER = 15, 15
_ROUND_MINOR = 10_000


class Sign(StrEnum):
    """Why an invoice is suspected, in a stable word."""

    REISSUED = "reissued"
    CUT_IN_PARTS = "cut_in_parts"
    OTHER_SELLER = "other_seller"
    CHANGED_PAYEE = "changed_payee"
    RAISED_AMOUNT = "raised_amount"
    ALTERED_AMOUNT = "altered_amount"
    ALTERED_DATE = "altered_date"
    ALTERED_NUMBER = "altered_number"
    SAME_LINES = "same_lines"
    CROWDED = "crowded"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """``of`` the other invoice · ``score`` 0 to 100 · ``signs`` why, the weightiest first · ``differs`` the fields
    in which the two differ."""

    of: str
    score: int
    signs: tuple[str, ...]
    differs: tuple[str, ...] = ()


def suspicions(new: Portrait, known: Iterable[Portrait]) -> list[Suspicion]:
    """Why ``new`` should be looked at beside those already ``known``: best first, at most MAX_SUSPICIONS.

    A credit note is suspected of nothing; one that takes a known invoice back in full is evidence.
    """
    if new.is_credit_note:
        return []
    pool = sorted(known, key=lambda one: (abs((one.issued_on - new.issued_on).days), one.id))
    notes = [one for one in pool if one.is_credit_note]
    invoices = [one for one in pool if not one.is_credit_note and one.currency == new.currency]
    best: dict[str, Suspicion] = {}
    for found in (*_pairs(new, invoices, notes), *_cuts(new, invoices)):
        if found.score >= REVIEW_AT and (found.of not in best or best[found.of].score < found.score):
            best[found.of] = found
    return sorted(best.values(), key=lambda one: (-one.score, one.of))[:MAX_SUSPICIONS]


def crowded(of: str) -> Suspicion:
    """There are more neighbors than are compared, ``of`` one of them: a person looks, lest one be missed."""
    return Suspicion(of, REVIEW_AT, (Sign.CROWDED.value,))


def _pairs(new: Portrait, invoices: Iterable[Portrait], notes: Sequence[Portrait]) -> Iterable[Suspicion]:
    for one in invoices:
        found = weigh(new, one, is_credited=any(_credits(note, one) for note in notes), least=REVIEW_AT)
        if found is not None:
            yield found


def _credits(note: Portrait, one: Portrait) -> bool:
    return (
        note.payable_minor == one.payable_minor
        and one.number in note.preceding
        and seller_relation(note, one) is Seller.SAME
    )


def weigh(new: Portrait, one: Portrait, *, is_credited: bool = False, least: int = 0) -> Suspicion | None:
    """The likeness of two invoices in one currency; None where seller or buyer are others, or it scores below
    ``least``."""
    seller = seller_relation(new, one)
    if seller is Seller.OTHER or not has_same_buyer(new, one):
        return None
    day, amount = (
        day_relation(new.issued_on, one.issued_on),
        amount_relation(new.payable_minor, one.payable_minor),
    )
    lines, period = lines_relation(new, one), period_relation(new, one)
    refers = one.number in new.preceding
    score = LINES[lines] + SELLER[seller] + PERIOD[period] + AMOUNT[amount]
    score += max(0, DAY[day]) if period is Period.SAME else DAY[day]
    score += CREDITED * (is_credited and day is not Day.FAR) + REFERS * refers
    if score + NUMBER[Number.SAME] < least:  # as nearly always, whatever their numbers
        return None
    number = number_relation(new.number, one.number)
    score += NUMBER[number]
    if amount is Amount.RAISED:
        is_extended = number is Number.AFFIX and day is Day.SAME and lines is Lines.UNKNOWN
        is_one = lines in (Lines.SAME, Lines.OTHER_PRICES) or number is Number.LOOKALIKE or is_extended
        score += EXTENDED * is_extended
        score += (AMOUNT[Amount.OTHER] - AMOUNT[Amount.RAISED]) * (not is_one)
    if score < least:
        return None
    told = {
        Sign.REISSUED: is_credited or refers,
        Sign.OTHER_SELLER: seller is not Seller.SAME,
        Sign.CHANGED_PAYEE: has_other_payee(new, one),
        Sign.RAISED_AMOUNT: amount in (Amount.RAISED, Amount.OTHER) and new.payable_minor > one.payable_minor,
        Sign.ALTERED_AMOUNT: amount is Amount.SMALL_CHANGE
        or (amount is not Amount.EQUAL and new.payable_minor < one.payable_minor),
        Sign.ALTERED_DATE: number is Number.SAME and day is not Day.SAME,
        Sign.ALTERED_NUMBER: number is not Number.SAME,
        Sign.SAME_LINES: lines is Lines.SAME,
    }
    if number is not Number.SAME and day not in (Day.SAME, Day.FAR):
        told[Sign.ALTERED_DATE] = True
    signs = tuple(sign.value for sign in Sign if told.get(sign))
    return Suspicion(one.id, _bounded(score), signs or (Sign.SAME_LINES.value,), differing(new, one))


def _bounded(score: int) -> int:
    return min(100, max(0, score))


def _cuts(new: Portrait, invoices: Iterable[Portrait]) -> Iterable[Suspicion]:
    """One invoice cut in two or three, of one seller and buyer within a month: the whole or a part comes last."""
    near = [
        one
        for one in invoices
        if abs((one.issued_on - new.issued_on).days) <= CUT_DAYS
        and one.payable_minor > 0
        and seller_relation(new, one) is not Seller.OTHER
        and has_same_buyer(new, one)
    ]
    yield from _as_last_part(new, near)
    smaller = [one for one in near if one.payable_minor < new.payable_minor]
    sums = Sums(smaller)
    for parts in (*sums.twos(new.payable_minor), *sums.threes(new.payable_minor)):
        score = _score_of_cut(new, parts)
        for one in parts:
            yield _cut(new, one, score)


def _as_last_part(new: Portrait, near: Sequence[Portrait]) -> Iterable[Suspicion]:
    sums = Sums(one for one in near if one.number != new.number)
    for whole in near:
        rest = whole.payable_minor - new.payable_minor
        if rest <= 0:
            continue
        if _is_part_of_lines(new, whole):
            yield _cut(new, whole, PART_OF_LINES + _kinship(whole, (new,)))
        for siblings in (*((one,) for one in sums.ones(rest)), *sums.twos(rest)):
            if whole in siblings:  # what is cut off is no more than rounding
                continue
            yield _cut(new, whole, _score_of_cut(whole, (new, *siblings)))


def _cut(new: Portrait, one: Portrait, score: int) -> Suspicion:
    return Suspicion(one.id, _bounded(score), (Sign.CUT_IN_PARTS.value,), differing(new, one))


def _score_of_cut(whole: Portrait, parts: Sequence[Portrait]) -> int:
    score = SUM_OF_TWO if len(parts) == 2 else SUM_OF_THREE
    if all(one.payable_minor % _ROUND_MINOR == 0 for one in parts):
        score += ROUND_SUM
    return score + _lines_of_parts(whole, parts) + _kinship(whole, parts)


def _kinship(whole: Portrait, parts: Sequence[Portrait]) -> int:
    is_near = all(abs((one.issued_on - whole.issued_on).days) <= NEAR_DAYS for one in parts)
    shares = any(number_relation(one.number, whole.number) is Number.AFFIX for one in parts)
    return PARTS_NEAR * is_near + PART_IN_NUMBER * shares


def _lines_of_parts(whole: Portrait, parts: Sequence[Portrait]) -> int:
    if not whole.items or not all(one.items for one in parts):
        return 0
    together = sum((Counter(one.items) for one in parts), Counter())
    if together == Counter(whole.items):
        return SAME_LINES_IN_PARTS
    wanted = _quantities([whole])
    if wanted == _quantities(parts):
        return SAME_ITEMS_IN_PARTS if len(wanted) > 1 else ONE_ITEM_IN_PARTS
    return OTHER_LINES_IN_PARTS


def _quantities(documents: Iterable[Portrait]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    for one in documents:
        for item in one.items:
            at = item.text, item.price
            found[at] = found.get(at, Decimal(0)) + Decimal(item.quantity or 0)
    return found


def _is_part_of_lines(new: Portrait, whole: Portrait) -> bool:
    mine, theirs = Counter(new.items), Counter(whole.items)
    return len(new.items) >= 2 and len(new.items) < len(whole.items) and mine <= theirs
