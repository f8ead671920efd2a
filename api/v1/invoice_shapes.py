"""What answers about invoices look like."""

from typing import Any

from pydantic import ConfigDict, Field

from api.v1.shapes import MoneyOut, Shape


class InvoiceCorrectionOut(Shape):
    id: str
    kind: str = Field(description="credit_note, correction, cancellation or replacement")
    number: str = Field(description="Of the correcting document, or what an authority found")
    issued_on: str
    amount: MoneyOut | None = Field(
        description="What it takes off, of a replacement what it stands for; missing where nothing is left"
    )
    standing: str = Field(description="waiting, doubtful, stands or dismissed; only what stands counts")
    doubt: str | None = Field(
        description="several, dated_before, other_currency, names_none or stranger: why a person must decide"
    )
    reference: str | None = Field(description="The number it names, normalized")
    correcting: str | None = Field(description="The correcting invoice; missing of an authority's finding")
    corrected: str | None
    party: int | None = Field(description="Who brought it")
    is_decided: bool
    created_at: str


class InvoiceOut(Shape):
    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, validate_by_alias=True)

    id: str
    file: str
    syntax: str
    number: str
    issued_on: str
    document_class: str = Field(alias="class")
    payable: MoneyOut
    cap: MoneyOut = Field(description="How much can rest on it, less its corrections; 0 once it was replaced")
    used: MoneyOut
    left: MoneyOut = Field(description="What new receivables may take, replaced invoices' uses counted")
    corrected_by: list[InvoiceCorrectionOut]
    corrects: list[InvoiceCorrectionOut]
    outcome: str
    reason: str
    of: str | None
    uploader: int
    fingerprints: list[str]


class SuspectedOut(Shape):
    of: str | None = Field(description="The other invoice, if it is yours")
    score: int = Field(description="0 to 100; from 50 on it is kept")
    signs: list[str] = Field(description="Why, the weightiest first")
    differs: list[str] = Field(description="The fields in which the two differ")


class RegisteredOut(Shape):
    outcome: str = Field(description="new, review, duplicate or conflict")
    reason: str
    id: str | None = Field(description="Of the record kept; none is kept of a duplicate")
    of: str | None = Field(description="The invoice it duplicates, contradicts or resembles, if it is yours")
    is_partial: bool = Field(description="Only some fields could be compared")
    doubts: list[str]
    fingerprints: list[str]
    suspicions: list[SuspectedOut] = Field(description="Why it may be another one once more, best first")


class BroughtOut(Shape):
    document: int = Field(description="Its place in the file, from 0")
    name: str | None = Field(description="Its own name in an archive")
    registered: RegisteredOut | None
    problem: dict[str, Any] | None = Field(
        description="Why this one was not taken, as problem details (RFC 9457)"
    )


class SeveralOut(Shape):
    documents: list[BroughtOut] = Field(
        description="In the order of the file; one has `registered` or `problem`"
    )


class InvoicePage(Shape):
    items: list[InvoiceOut]
    next: str | None
