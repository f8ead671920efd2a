"""How two invoices are alike: number, date, amount, lines, seller, payee. Pure; over plain values only."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from typing import Any

from registry.kit.identifiers import normalize

NEAR_DAYS = 7
CLOSE_DAYS = 20  # from three weeks on, the same again is what a period brings
AMOUNT_SHARE = 100  # one hundredth is a small change
RAISED_TIMES = 3
CONSECUTIVE = 5
SIMILAR = 0.88
_MIN_NAME_CHARS = 5
_MAX_NAME_CHARS = 80
_MAX_AFFIX = 5
_LOOKALIKES = str.maketrans("OQDILBSZ", "00011852")
_SPELLED = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "Æ": "AE", "Ø": "OE", "Å": "AA"})
_LEGAL_FORMS = frozenset(
    "GMBH MBH AG KG KGAA OHG UG SE EK GBR LTD LIMITED LLC LLP INC CORP CORPORATION CO COMPANY PLC SA SAS SASU"  # noqa: SIM905
    " SARL EURL SRL SPA SNC BV NV BVBA OY OYJ AB AS ASA APS SP ZOO KFT ZRT DOO SRO LDA PTE PTY PVT UND AND ET".split()
)
_CHINESE_FORMS = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "公司")


class Number(StrEnum):
    SAME = "same"
    LOOKALIKE = "lookalike"
    TRANSPOSED = "transposed"
    AFFIX = "affix"
    ONE_CHANGED = "one_changed"
    CONSECUTIVE = "consecutive"
    OTHER = "other"


class Day(StrEnum):
    SAME = "same"
    SWAPPED = "swapped"
    NEAR = "near"
    CLOSE = "close"
    FAR = "far"


class Amount(StrEnum):
    EQUAL = "equal"
    SMALL_CHANGE = "small_change"
    RAISED = "raised"
    OTHER = "other"


class Lines(StrEnum):
    SAME = "same"
    OTHER_PRICES = "other_prices"
    REWORDED = "reworded"
    UNKNOWN = "unknown"
    SAME_ITEMS = "same_items"
    OVERLAPPING = "overlapping"
    OTHER = "other"


class Seller(StrEnum):
    SAME = "same"
    ALIAS = "alias"
    SIMILAR = "similar"
    OTHER = "other"


class Period(StrEnum):
    UNKNOWN = "unknown"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Item:
    """A line (BG-25): text normalized, figures as plain decimals without idle zeros, empty where not said."""

    text: str
    quantity: str
    price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Trading:
    """A party as near-duplicates are told by it: ``ids`` official ones as ``country value``, ``core`` of its name."""

    ids: frozenset[str]
    core: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """An invoice as the screen sees it. ``number`` normalized, ``written`` as it stands; ``payable_minor`` without
    its sign; ``payees`` names, identifiers and accounts money is to go to; ``period`` BT-73 and BT-74, empty where
    not said; ``preceding`` normalized numbers."""

    id: str
    is_credit_note: bool
    seller: Trading
    buyer: Trading
    number: str
    written: str
    issued_on: date
    currency: str
    payable_minor: int
    items: tuple[Item, ...] = ()
    payees: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    period: tuple[str, str] = ("", "")
    preceding: frozenset[str] = frozenset()


def portrait(
    parsed: Mapping[str, Any], *, invoice_id: str, sellers: frozenset[str], buyers: frozenset[str],
    payable_minor: int,
) -> Portrait:  # fmt: skip
    """The portrait of an invoice from what was parsed, as it is stored; ``sellers`` and ``buyers`` are its gist's."""
    payee = parsed.get("payee") or {}
    named = {f"{one['country']} {one['value']}" for one in payee.get("identifiers", ())}
    if payee.get("name"):
        named.add(core_name(payee["name"]))
    start, end = parsed.get("period") or ("", "")
    return Portrait(
        id=invoice_id,
        is_credit_note=parsed["document_class"] == "credit_note",
        seller=_trading(sellers, parsed["seller"]["name"]),
        buyer=_trading(buyers, parsed["buyer"]["name"]),
        number=normalize(parsed["number"]),
        written=parsed["number"],
        issued_on=date.fromisoformat(parsed["issued_on"]),
        currency=normalize(parsed["currency"]),
        payable_minor=abs(payable_minor),
        items=tuple(_item(one) for one in parsed["lines"]),
        payees=frozenset(named),
        accounts=frozenset(map(normalize, parsed.get("accounts", ()))),
        period=(start or "", end or ""),
        preceding=frozenset(map(normalize, parsed["preceding"])),
    )


def _trading(signs: frozenset[str], name: str) -> Trading:
    return Trading(frozenset(one for one in signs if not one.startswith("name ")), core_name(name))


def _item(line: Mapping[str, Any]) -> Item:
    figures = (_plain(line.get(one)) for one in ("quantity", "unit_price", "amount"))
    return Item(normalize(line["name"]), *figures)


def _plain(figure: str | None) -> str:
    try:
        return "" if figure is None else f"{Decimal(figure).normalize():f}"
    except InvalidOperation:
        return ""


def core_name(name: str) -> str:
    """A firm's name without legal form, accents and order of words: ``Nordlicht GmbH & Co. KG`` is ``NORDLICHT``.

    A name of nothing but legal forms stays as it is.
    """
    return _core(name[: 4 * _MAX_NAME_CHARS])


@lru_cache(maxsize=2_000)  # the same few firms come again and again
def _core(name: str) -> str:
    upper = unicodedata.normalize("NFKC", name).upper().translate(_SPELLED)
    bare = "".join(one for one in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(one))
    words = re.findall(r"\w+", bare.replace(".", ""))
    kept = sorted(_without_chinese_form(one) for one in words if one not in _LEGAL_FORMS)
    return "".join(kept)[:_MAX_NAME_CHARS] or normalize(name)[:_MAX_NAME_CHARS]


def _without_chinese_form(word: str) -> str:
    for form in _CHINESE_FORMS:
        if word.endswith(form) and len(word) > len(form):
            return word.removesuffix(form)
    return word


def similar(one: str, other: str) -> bool:
    """Whether two core names are one name in two spellings."""
    if one == other:
        return bool(one)
    if min(len(one), len(other)) < _MIN_NAME_CHARS:
        return False
    first, second = sorted((one, other))  # the ratio depends on the order
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= SIMILAR


def seller_relation(one: Portrait, other: Portrait) -> Seller:
    """ALIAS: no identifier in common, but one name but for its legal form, or one account. SIMILAR: names alike."""
    if one.seller.ids & other.seller.ids:
        return Seller.SAME
    if not (one.seller.ids and other.seller.ids) and one.seller.core == other.seller.core:
        return Seller.SAME
    if one.accounts & other.accounts or one.seller.core == other.seller.core:
        return Seller.ALIAS
    return Seller.SIMILAR if similar(one.seller.core, other.seller.core) else Seller.OTHER


def has_same_buyer(one: Portrait, other: Portrait) -> bool:
    return bool(one.buyer.ids & other.buyer.ids) or similar(one.buyer.core, other.buyer.core)


def skeleton(number: str) -> str:
    """A number with letters read as the digits they look like: ``2O26-I7`` is ``2026-17``."""
    return number.translate(_LOOKALIKES)


def number_relation(one: str, other: str) -> Number:
    """How two normalized numbers are alike. The nearest kinship counts."""
    if one == other:
        return Number.SAME
    if len(one) == len(other) and skeleton(one) == skeleton(other):
        return Number.LOOKALIKE
    if _are_consecutive(one, other):
        return Number.CONSECUTIVE
    if len(one) == len(other):
        return _edited(one, other)
    short, long = sorted((one, other), key=len)
    is_affix = len(long) - len(short) <= _MAX_AFFIX and (long.startswith(short) or long.endswith(short))
    return Number.AFFIX if is_affix and len(short) >= 2 else Number.OTHER


def _are_consecutive(one: str, other: str) -> bool:
    (stem, place), (other_stem, other_place) = map(_counted, (one, other))
    return (
        bool(place and other_place)
        and stem == other_stem
        and abs(int(place) - int(other_place)) <= CONSECUTIVE
    )


def _counted(number: str) -> tuple[str, str]:
    """A number without the digits it ends with, at most nine, and those."""
    start = max(len(number.rstrip("0123456789")), len(number) - 9)
    return number[:start], number[start:]


def _edited(one: str, other: str) -> Number:
    places = [place for place, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(places) == 1:
        return Number.ONE_CHANGED
    if len(places) == 2 and places[1] == places[0] + 1:
        left, right = places
        if one[left] == other[right] and one[right] == other[left]:
            return Number.TRANSPOSED
    return Number.OTHER


def day_relation(one: date, other: date) -> Day:
    """SWAPPED: day and month changed places."""
    if one == other:
        return Day.SAME
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return Day.SWAPPED
    apart = abs((one - other).days)
    if apart <= NEAR_DAYS:
        return Day.NEAR
    return Day.CLOSE if apart <= CLOSE_DAYS else Day.FAR


def amount_relation(one: int, other: int) -> Amount:
    """Of amounts in minor units. RAISED: either is up to three times the other."""
    low, high = sorted((one, other))
    if low == high:
        return Amount.EQUAL
    if (high - low) * AMOUNT_SHARE <= high:
        return Amount.SMALL_CHANGE
    return Amount.RAISED if low > 0 and high <= RAISED_TIMES * low else Amount.OTHER


def lines_relation(one: Portrait, other: Portrait) -> Lines:
    """How the lines are alike, in whatever order they stand. UNKNOWN where either has none."""
    if not one.items or not other.items:
        return Lines.UNKNOWN
    if _by(one, "quantity", "price") == _by(other, "quantity", "price"):
        return Lines.SAME
    if _by(one, "quantity") == _by(other, "quantity"):
        return Lines.OTHER_PRICES
    if _by(one) == _by(other):
        return Lines.SAME_ITEMS
    amounts = [sorted(item.amount for item in each.items) for each in (one, other)]
    if len(one.items) > 1 and amounts[0] == amounts[1]:
        return Lines.REWORDED
    shared = _by(one, "quantity", "price") & _by(other, "quantity", "price")
    return Lines.OVERLAPPING if shared else Lines.OTHER


def _by(one: Portrait, *figures: str) -> Counter[tuple[str, ...]]:
    return Counter((item.text, *(getattr(item, name) for name in figures)) for item in one.items)


def period_relation(one: Portrait, other: Portrait) -> Period:
    if not any(one.period) or not any(other.period):
        return Period.UNKNOWN
    return Period.SAME if one.period == other.period else Period.OTHER


def has_other_payee(one: Portrait, other: Portrait) -> bool:
    """Whether money is to go elsewhere: both name accounts and share none, or one names a payee the other lacks."""
    if one.accounts and other.accounts and not one.accounts & other.accounts:
        return True
    return one.payees != other.payees and not one.payees & other.payees


def differing(one: Portrait, other: Portrait) -> tuple[str, ...]:
    """The fields in which the two differ, as ``Invoice`` calls them, in a fixed order."""
    told = (
        ("number", one.number != other.number),
        ("issued_on", one.issued_on != other.issued_on),
        ("period", one.period != other.period),
        ("currency", one.currency != other.currency),
        ("payable", one.payable_minor != other.payable_minor),
        ("seller", (one.seller.ids, one.seller.core) != (other.seller.ids, other.seller.core)),
        ("buyer", (one.buyer.ids, one.buyer.core) != (other.buyer.ids, other.buyer.core)),
        ("payee", one.payees != other.payees),
        ("accounts", one.accounts != other.accounts),
        ("preceding", one.preceding != other.preceding),
        ("lines", Counter(one.items) != Counter(other.items)),
    )
    return tuple(field for field, differs in told if differs)
