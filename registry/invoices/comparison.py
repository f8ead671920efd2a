"""Two invoices side by side. Pure; over what was parsed, as it is stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any

Parsed = Mapping[str, Any]
TERMS = ("number", "code", "issued_on", "due_on", "document_class", "type_code", "currency")
AMOUNTS = ("net", "gross", "prepaid", "payable")
TRADERS = ("seller", "buyer", "payee")


@dataclass(frozen=True)
class Pair:
    """One field of both. ``term`` names it (``seller.name``, ``line.1``), the texts are empty where a document does
    not have it."""

    term: str
    one: str
    other: str
    is_different: bool


def compare(one: Parsed, other: Parsed) -> list[Pair]:
    """Every field that either has, in a fixed order. Amounts count by value (10.0 is 10.00), identifiers as a set."""
    pairs = [_pair(term, _text(one.get(term)), _text(other.get(term))) for term in TERMS]
    pairs += [_amount(term, one.get(term), other.get(term)) for term in AMOUNTS]
    for term in TRADERS:
        mine, theirs = one.get(term) or {}, other.get(term) or {}
        pairs.append(_pair(f"{term}.name", _text(mine.get("name")), _text(theirs.get("name"))))
        pairs.append(_pair(f"{term}.identifiers", _identifiers(mine), _identifiers(theirs)))
    pairs.append(_pair("accounts", _joined(one.get("accounts")), _joined(other.get("accounts"))))
    pairs.append(_pair("period", _joined(one.get("period")), _joined(other.get("period"))))
    pairs.append(_pair("preceding", ", ".join(one["preceding"]), ", ".join(other["preceding"])))
    pairs += _lines(one, other)
    return [pair for pair in pairs if pair.one or pair.other]


def _lines(one: Parsed, other: Parsed) -> Iterator[Pair]:
    for place, (mine, theirs) in enumerate(zip_longest(one["lines"], other["lines"]), start=1):
        yield _pair(f"line.{place}", _line(mine), _line(theirs))


def _pair(term: str, one: str, other: str) -> Pair:
    return Pair(term, one, other, one != other)


def _amount(term: str, one: str | None, other: str | None) -> Pair:
    return Pair(term, _text(one), _text(other), _value(one) != _value(other))


def _value(amount: str | None) -> Decimal | None:
    try:
        return None if amount is None else Decimal(amount)
    except InvalidOperation:
        return None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _joined(values: Iterable[str | None] | None) -> str:
    return ", ".join(one for one in values or () if one)


def _identifiers(trader: Parsed) -> str:
    found = {f"{one['country']} {one['value']}" for one in trader.get("identifiers", ())}
    return ", ".join(sorted(found))


def _line(line: Parsed | None) -> str:
    if line is None:
        return ""
    figures = [_plain(line.get(name)) for name in ("quantity", "unit_price", "amount")]
    return " · ".join(one for one in (str(line["name"]), *figures) if one)


def _plain(amount: str | None) -> str:
    """A decimal without the zeros that say nothing."""
    value = _value(amount)
    return "" if value is None else f"{value.normalize():f}"
