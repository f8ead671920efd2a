"""What makes two documents the same, and how much of one may be financed. Pure; over plain values only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from registry.kit.errors import BadInput
from registry.kit.money import Money, currency

MAX_STORED_MINOR = 2**63 - 1


class AmountTooLarge(BadInput):
    code = "amount_too_large"
    title = "The amount is larger than any invoice"


class Outcome(StrEnum):
    """What registration, or screening, makes of a document."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REVIEW = "review"
    REPLACED = "replaced"
    REFUSED = "refused"

    @property
    def is_accepted(self) -> bool:
        """Whether a receivable may rest on such a document."""
        return self in (Outcome.NEW, Outcome.REVIEW)


ACCEPTED = tuple(one.value for one in Outcome if one.is_accepted)


class Reason(StrEnum):
    """Why, in a stable word. A refused document has the code of its refusal instead."""

    NO_KEY_KNOWN = "no_key_known"
    SAME_FILE = "same_file"
    SAME_CONTENT = "same_content"
    SAME_CONTENT_PARTIAL = "same_content_partial"
    OTHER_CONTENT = "other_content"


class Verdict(StrEnum):
    """What a person makes of two documents that are suspected to be one."""

    SAME = "same"
    DIFFERENT = "different"
    CORRECTED = "corrected"
    UNCLEAR = "unclear"

    @property
    def is_final(self) -> bool:
        """Whether the two need not be looked at again."""
        return self is not Verdict.UNCLEAR


class Match(StrEnum):
    EQUAL = "equal"
    PARTIAL = "partial"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class ContentTag:
    """Date, class, currency (ISO 4217), net, gross and payable in minor units; None where not said.

    ``total_minor`` is the net or the gross amount, where a document says one and not which.
    """

    issued_on: date
    document_class: str
    currency: str
    net_minor: int | None
    gross_minor: int | None
    payable_minor: int | None
    total_minor: int | None = None

    def compare(self, other: "ContentTag") -> Match:
        """Compare the fields both carry; PARTIAL where one lacks some. No amount in common is DIFFERENT."""
        if self.head != other.head:
            return Match.DIFFERENT
        if self.total_minor != other.total_minor:
            return Match.PARTIAL if _one_meets(self, other) or _one_meets(other, self) else Match.DIFFERENT
        pairs = list(zip(self.amounts, other.amounts, strict=True))
        if self.total_minor is not None:
            pairs.append((self.total_minor, other.total_minor))
        both = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
        if not both or any(mine != theirs for mine, theirs in both):
            return Match.DIFFERENT
        return (
            Match.EQUAL
            if all((mine is None) == (theirs is None) for mine, theirs in pairs)
            else Match.PARTIAL
        )

    @property
    def head(self) -> tuple[date, str, str]:
        return self.issued_on, self.document_class, self.currency

    @property
    def is_credit_note(self) -> bool:
        return self.document_class == "credit_note"

    @property
    def amounts(self) -> tuple[int | None, ...]:
        return self.net_minor, self.gross_minor, self.payable_minor

    def as_json(self) -> dict[str, Any]:
        return {
            "issued_on": self.issued_on.isoformat(),
            "document_class": self.document_class,
            "currency": self.currency,
            "net_minor": self.net_minor,
            "gross_minor": self.gross_minor,
            "payable_minor": self.payable_minor,
            "total_minor": self.total_minor,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        return cls(**{**plain, "issued_on": date.fromisoformat(plain["issued_on"])})


def _one_meets(one: ContentTag, other: ContentTag) -> bool:
    """Whether the amount of ``one`` that is net or gross is either of ``other``."""
    return other.total_minor is None and one.total_minor in (other.net_minor, other.gross_minor)


@dataclass(frozen=True, slots=True)
class Gist:
    """What near-duplicates are told by. ``sellers`` and ``buyers`` hold names and identifiers, normalized."""

    sellers: frozenset[str]
    buyers: frozenset[str]
    number: str
    issued_on: date
    currency: str
    payable_minor: int

    def may_share_seller(self, other: "Gist") -> bool:
        """Whether both name a common seller, or one of them (a QR code) names none."""
        return not self.sellers or not other.sellers or bool(self.sellers & other.sellers)


@dataclass(frozen=True, slots=True)
class Known:
    """A stored document that shares a key or an amount with the one being decided."""

    invoice_id: str
    tag: ContentTag
    sha256: str
    is_blocked: bool
    gist: Gist


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is a Reason, or the weightiest sign of the best suspicion."""

    outcome: Outcome
    reason: str
    of: str | None = None
    is_partial: bool = False


def decide(tag: ContentTag, gist: Gist, sha256: str, sharing: Iterable[Known]) -> Decision:
    """The outcome for a document, given those ``sharing`` a legal key, oldest first.

    Equal content from the same seller is looked for first, blocked documents included; then a shared key with
    other content is a conflict. Near-duplicates are the matter of ``near_score``.
    """
    known = sorted(sharing, key=lambda one: one.is_blocked)
    for wanted, reason in ((Match.EQUAL, Reason.SAME_CONTENT), (Match.PARTIAL, Reason.SAME_CONTENT_PARTIAL)):
        for one in known:
            if tag.compare(one.tag) is wanted and gist.may_share_seller(one.gist):
                why = Reason.SAME_FILE if one.sha256 == sha256 else reason
                return Decision(Outcome.DUPLICATE, why, one.invoice_id, wanted is Match.PARTIAL)
    if known:
        return Decision(Outcome.CONFLICT, Reason.OTHER_CONTENT, known[0].invoice_id)
    return Decision(Outcome.NEW, Reason.NO_KEY_KNOWN)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A suspicion against a document and what was decided of it, if anything.

    ``is_contradiction``: the two share a legal key. ``is_hidden``: the other is a stranger's.
    """

    verdict: Verdict | None
    is_contradiction: bool = False
    is_hidden: bool = False


def outcome_of(
    against: Iterable[Weighed], replaced_by: Iterable[Verdict | None], *, are_keys_free: bool
) -> Outcome:
    """What a stored document is worth, given the suspicions ``against`` it, the verdicts on those in which it is the
    earlier one (``replaced_by``), and whether nobody else holds its legal keys.

    Blocked are one decided to be the same as another, one that was replaced, and one that contradicts another until
    that is decided, and after it while the other keeps the keys. A stranger's document says nothing until somebody
    decides. What is left open is to be reviewed.
    """
    known = list(against)
    if any(one.verdict is Verdict.SAME for one in known):
        return Outcome.DUPLICATE
    if any(verdict is Verdict.CORRECTED for verdict in replaced_by):
        return Outcome.REPLACED
    is_open = [one for one in known if one.verdict is None or not one.verdict.is_final]
    if any(one.is_contradiction for one in is_open) or not are_keys_free:
        return Outcome.CONFLICT
    return Outcome.REVIEW if any(not one.is_hidden for one in is_open) else Outcome.NEW


def minor(amount: Decimal, code: str) -> int:
    """Minor units of an amount, as storage holds them. Raises BadAmount, UnknownCurrency, AmountTooLarge."""
    found = Money.parse(amount, currency(code).code).amount_minor
    if abs(found) > MAX_STORED_MINOR:
        raise AmountTooLarge
    return found


def cap_of(payable_minor: int, *, is_credit_note: bool) -> int:
    """How much of an invoice can be financed, in minor units: what is payable, never below zero.

    A credit note backs nothing.
    """
    return 0 if is_credit_note else max(0, payable_minor)
