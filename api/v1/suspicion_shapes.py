"""Shapes of answers about invoices that may be one."""

from pydantic import Field

from api.v1.shapes import MoneyOut, PartyRef, Shape

_HIDDEN = "None where another party brought it and you may not see it"


class SuspectedInvoice(Shape):
    id: str
    number: str
    issued_on: str
    payable: MoneyOut
    seller: str
    buyer: str
    file: str
    outcome: str = Field(
        description="new and review may be used; conflict, duplicate and replaced are blocked"
    )
    uploader: PartyRef | None
    brought_at: str


class SuspicionOut(Shape):
    id: str
    state: str = Field(description="open, or the last verdict: same, different, corrected, unclear")
    score: int | None = Field(description="0 to 100")
    signs: list[str] = Field(description="Why, the weightiest first")
    differs: list[str] = Field(description="The fields in which the two differ")
    is_contradiction: bool = Field(description="Both have the same legal key; the later one is blocked")
    invoice: SuspectedInvoice | None = Field(description="The later one")
    other: SuspectedInvoice | None = Field(description=f"The earlier one. {_HIDDEN}")
    raised_at: str


class FieldOut(Shape):
    field: str
    invoice: str
    other: str
    differs: bool


class VerdictOut(Shape):
    verdict: str
    why: str
    by: str = Field(description="The address that signed in, or an API key's id")
    decided_at: str


class SuspicionFull(SuspicionOut):
    fields: list[FieldOut] = Field(description="Side by side; empty where one of the two is hidden")
    verdicts: list[VerdictOut] = Field(description="The oldest first; the last one counts")


class SuspicionPage(Shape):
    items: list[SuspicionOut]
    next: str | None
    total: int = Field(description="How many there are in this state")


class DecidedOut(Shape):
    verdict: str
    outcome: str = Field(description="Of the later invoice, after the decision")
    other_outcome: str = Field(description="Of the earlier one")
