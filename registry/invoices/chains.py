"""Chains of corrections: what a document does to those it names, and how much of an invoice is left by them. Pure.

Terms of EN 16931 (BT-3, BT-25) and of the like elsewhere: red-letter fapiao, CFDI relacionado, NF-e refNFe, NAV
originalInvoiceNumber. Whatever is unclear lowers: a cap may come out too small, never too large.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

MAX_DEPTH = 32  # corrections of corrections
MAX_LINKS = 1_000  # of one chain; beyond either nothing of it can be financed
MAX_REFERENCES = 100  # preceding invoices one document names


class Kind(StrEnum):
    """What a correction does to the document it names."""

    CREDIT_NOTE = "credit_note"  # takes its amount off
    CORRECTION = "correction"  # an invoice over a negative amount: takes it off too
    CANCELLATION = "cancellation"  # leaves nothing
    REPLACEMENT = "replacement"  # takes over: what counts is its own amount


class Standing(StrEnum):
    WAITING = "waiting"  # for the invoice it names
    DOUBTFUL = "doubtful"  # for a person; changes nothing
    STANDS = "stands"
    DISMISSED = "dismissed"  # by a person: it concerns something else


class Doubt(StrEnum):
    """Why a correction is not linked by itself."""

    NONE = ""
    SEVERAL = "several"  # invoices of this seller have the number
    DATED_BEFORE = "dated_before"  # it is older than what it names
    OTHER_CURRENCY = "other_currency"
    NAMES_NONE = "names_none"  # a credit note without a preceding invoice
    STRANGER = "stranger"  # brought by another than the seller


@dataclass(frozen=True, slots=True)
class Correcting:
    """``amount_minor``: what it takes off, or, of a replacement, stands for; None = the whole."""

    kind: Kind
    amount_minor: int | None


def correcting(document_class: str, gross_minor: int | None, payable_minor: int) -> Correcting | None:
    """What a document does to the preceding invoices it names; None for a mere reference, such as that of a final
    invoice to its advances (BT-25 serves both).

    Signs vary by syntax: a credit note counts by its size, the larger of gross and payable, since a credit that was
    paid out (BT-113) is owed no more either. A correction (UNTDID 1001, 384) restates the whole invoice.
    """
    gross = payable_minor if gross_minor is None else gross_minor
    size = max(abs(gross), abs(payable_minor))
    if document_class == "credit_note":
        return Correcting(Kind.CREDIT_NOTE, size)
    if min(gross, payable_minor) < 0:
        return Correcting(Kind.CORRECTION, size)
    if document_class != "correction":
        return None
    return Correcting(Kind.REPLACEMENT, payable_minor) if size else Correcting(Kind.CANCELLATION, None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that has the number a correction names, of the same seller and brought by the same party."""

    id: str
    is_credit_note: bool
    issued_on: date
    currency: int


@dataclass(frozen=True, slots=True)
class Resolved:
    standing: Standing
    corrected: str | None = None
    doubt: Doubt = Doubt.NONE


def resolve(
    candidates: Collection[Candidate], issued_on: date, currency: int, linked: str | None = None
) -> Resolved:
    """Which of them a correction of that day and currency means.

    None older than it, several, or another currency: doubtful. An invoice goes before a credit note of the same
    number. ``linked``: what it is linked to; a document brought later never takes that link away, as it would raise
    a cap, save an invoice from a credit note.
    """
    if not candidates:
        return Resolved(Standing.WAITING)
    earlier = [one for one in candidates if one.issued_on <= issued_on]
    if not earlier:
        return Resolved(Standing.DOUBTFUL, doubt=Doubt.DATED_BEFORE)
    pool = [one for one in earlier if not one.is_credit_note] or earlier
    if linked in {one.id for one in pool}:
        return Resolved(Standing.STANDS, linked)
    if len(pool) > 1:
        return Resolved(Standing.DOUBTFUL, doubt=Doubt.SEVERAL)
    if pool[0].currency != currency:
        return Resolved(Standing.DOUBTFUL, pool[0].id, Doubt.OTHER_CURRENCY)
    return Resolved(Standing.STANDS, pool[0].id)


@dataclass(frozen=True, slots=True)
class Node:
    """A document of a chain: ``own_minor`` is what it stands for by itself, of a credit note what it takes off."""

    id: str
    issued_on: date
    own_minor: int


@dataclass(frozen=True, slots=True)
class Link:
    """A standing correction. ``correcting`` None: an authority's finding."""

    corrected: str
    correcting: str | None
    kind: Kind
    issued_on: date
    amount_minor: int | None


@dataclass(frozen=True)
class Chain:
    """Documents and the corrections that join them. ``is_cut``: it is longer than it may be, and not all here."""

    nodes: Mapping[str, Node]
    links: tuple[Link, ...] = ()
    is_cut: bool = False

    def cap(self, document: str) -> int:
        """How much may rest on the document's family together, in minor units: payable less what was credited, or
        what its replacement says; of rivals the smallest. Zero where that cannot be told."""
        return 0 if self.is_cut else self._values[self._families[document]]

    def family(self, document: str) -> frozenset[str]:
        """The document, what took its place, what that replaces besides, and so on: one debt, whose uses add up."""
        return self._families[document]

    def is_corrected(self, document: str) -> bool:
        return any(link.corrected in self._families[document] for link in self.links)

    def is_replaced(self, document: str) -> bool:
        return any(one.kind is Kind.REPLACEMENT for one in self._on.get(document, ()))

    @cached_property
    def _on(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for one in self.links:
            found.setdefault(one.corrected, []).append(one)
        return found

    @cached_property
    def _families(self) -> dict[str, frozenset[str]]:
        found = {one: frozenset((one,)) for one in self.nodes}
        for link in self.links:
            if link.kind is Kind.REPLACEMENT and link.correcting is not None:
                joined = found[link.corrected] | found[link.correcting]
                found |= dict.fromkeys(joined, joined)
        return found

    @cached_property
    def _values(self) -> dict[frozenset[str], int]:
        """What is left of each family: first of those nothing corrects, then of what they correct, and so on.

        Of documents that correct each other in a circle nothing is taken back: they count in full.
        """
        sorter: TopologicalSorter[frozenset[str]] = TopologicalSorter()
        for family in self._families.values():
            behind = (self._families[one.correcting] for one in self._credits(family) if one.correcting)
            sorter.add(family, *(one for one in behind if one != family))
        with suppress(CycleError):  # what lies in no circle is still given out
            sorter.prepare()
        found: dict[frozenset[str], int] = {}
        while ready := sorter.get_ready():
            found |= {family: self._value(family, found) for family in ready}
            sorter.done(*ready)
        circular = set(self._families.values()) - found.keys()
        return found | {family: self._value(family, found) for family in circular}

    def _value(self, family: frozenset[str], known: Mapping[frozenset[str], int]) -> int:
        heads = [one for one in family if not self.is_replaced(one)]
        if not heads:
            return 0  # they replace each other
        lowest = min(self.nodes[one].own_minor - self._taken(self._credits_on(one), known) for one in heads)
        late = [link for one in family.difference(heads) for link in self._credits_on(one)]
        return max(0, lowest - self._taken(late, known))

    def _credits(self, family: frozenset[str]) -> list[Link]:
        return [link for one in family for link in self._credits_on(one)]

    def _credits_on(self, document: str) -> list[Link]:
        """What takes something off a document; once it is replaced, only what is younger than its replacements, which
        cannot have counted it."""
        links = self._on.get(document, [])
        replaced = [one.issued_on for one in links if one.kind is Kind.REPLACEMENT]
        return [
            one
            for one in links
            if one.kind is not Kind.REPLACEMENT
            and (not replaced or (one.correcting is not None and one.issued_on > max(replaced)))
        ]

    def _taken(self, links: Iterable[Link], known: Mapping[frozenset[str], int]) -> int:
        return sum(self._effect(one, known) for one in links)

    def _effect(self, link: Link, known: Mapping[frozenset[str], int]) -> int:
        """What a credit takes off, less what was credited of itself."""
        if link.amount_minor is None:
            return sum(abs(one.own_minor) for one in self.nodes.values())  # more than there is
        if link.correcting is None:
            return link.amount_minor
        return known.get(self._families[link.correcting], link.amount_minor)
