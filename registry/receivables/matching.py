"""Requests for confirmation held against the obligor's own list of what it owes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.kit.identifiers import TaxId, normalize


class Outcome(StrEnum):
    """How a request stands against the list; of several that apply, the one named first here."""

    NOT_LISTED = "not_listed"
    AMOUNT_DIFFERS = "amount_differs"
    DUE_DIFFERS = "due_differs"
    MATCHED = "matched"


@dataclass(frozen=True)
class Payable:
    """A line of the list. ``amount_minor`` in ``currency`` (ISO 4217 numeric); ``supplier`` is its tax identifier or
    its name; ``due_on`` None where the list does not say."""

    line: int
    invoice: str
    supplier: str
    amount_minor: int
    currency: int
    due_on: date | None = None


@dataclass(frozen=True)
class Claimed:
    """What a request asks for by one invoice."""

    invoice: str
    amount_minor: int


@dataclass(frozen=True)
class Request:
    """``supplier``: the spellings of ``supplier_keys``."""

    supplier: frozenset[str]
    currency: int
    due_on: date
    invoices: tuple[Claimed, ...]


@dataclass(frozen=True)
class Compared:
    """One invoice of a request beside the list: ``listed_minor`` is None where it is not in it, in the request's
    currency or, where no line of that is, in ``currency``."""

    invoice: str
    asked_minor: int
    listed_minor: int | None
    currency: int
    due_on: tuple[date, ...]
    outcome: Outcome


@dataclass(frozen=True)
class Comparison:
    outcome: Outcome
    invoices: tuple[Compared, ...]


def supplier_keys(name: str, identifiers: Iterable[TaxId]) -> frozenset[str]:
    """Every way a list may name a supplier: by name, by identifier, with or without its country in front."""
    spellings = {normalize(name)}
    for one in identifiers:
        spellings |= {one.value, one.country + one.value}
    return frozenset(spellings - {""})


class Payables:
    """An obligor's list, found by invoice number and supplier however these are spelled."""

    def __init__(self, lines: Iterable[Payable]) -> None:
        self._found: dict[tuple[str, str], list[Payable]] = {}
        for one in lines:
            self._found.setdefault((normalize(one.invoice), normalize(one.supplier)), []).append(one)

    def compare(self, request: Request) -> Comparison:
        """A request matches where each of its invoices stands in the list, from its supplier, over the same amount
        and due on the same day. Several lines of one invoice are instalments: they add up, and one of them must be
        due that day. A request whose invoices are not known here is not in any list."""
        compared = tuple(self._one(request, claimed) for claimed in request.invoices)
        order = list(Outcome)
        worst = min((one.outcome for one in compared), key=order.index, default=Outcome.NOT_LISTED)
        return Comparison(worst, compared)

    def _one(self, request: Request, claimed: Claimed) -> Compared:
        number = normalize(claimed.invoice)
        lines = {
            one.line: one for key in request.supplier for one in self._found.get((number, key), [])
        }.values()
        same = [one for one in lines if one.currency == request.currency]
        if not same:
            return _other_currency(request, claimed, list(lines))
        listed = sum(one.amount_minor for one in same)
        due = tuple(sorted({one.due_on for one in same if one.due_on is not None}))
        if listed != claimed.amount_minor:
            outcome = Outcome.AMOUNT_DIFFERS
        elif due and request.due_on not in due:
            outcome = Outcome.DUE_DIFFERS
        else:
            outcome = Outcome.MATCHED
        return Compared(claimed.invoice, claimed.amount_minor, listed, request.currency, due, outcome)


def _other_currency(request: Request, claimed: Claimed, lines: Sequence[Payable]) -> Compared:
    """Not listed, or listed in another currency: then the first of these is shown."""
    if not lines:
        return Compared(claimed.invoice, claimed.amount_minor, None, request.currency, (), Outcome.NOT_LISTED)
    numeric = lines[0].currency
    listed = sum(one.amount_minor for one in lines if one.currency == numeric)
    return Compared(claimed.invoice, claimed.amount_minor, listed, numeric, (), Outcome.AMOUNT_DIFFERS)
