"""What lists of records and search answer with."""

from typing import Any

from pydantic import Field

from api.v1.shapes import (
    ActOut,
    DocumentOut,
    FinancingOut,
    FindingOut,
    IdentifierOut,
    MoneyOut,
    OnLedger,
    Shape,
)


class MandateOut(Shape):
    key: str
    party: int
    scopes: list[str]
    cap: MoneyOut | None = Field(description="The most it may sign an act; none = any amount")
    valid_until: str | None = Field(description="None where it has no end")
    is_account: bool = Field(description="It is the party's account, which may sign everything")
    is_current: bool = Field(description="Not withdrawn, and not ended by a takeover")
    ledger: OnLedger


class MandatePage(Shape):
    items: list[MandateOut]
    next: str | None


class ActPage(Shape):
    items: list[ActOut]
    next: str | None


class FinancingPage(Shape):
    items: list[FinancingOut]
    next: str | None


class DecisionOut(Shape):
    id: str
    subject: str
    act: str
    pack: str
    version: str
    as_of: str
    outcome: str = Field(description="pass, warn or block")
    facts: dict[str, Any]
    findings: list[FindingOut]
    created_at: str


class DecisionPage(Shape):
    items: list[DecisionOut]
    next: str | None


class HitOut(Shape):
    kind: str = Field(description="party, invoice, receivable, lot or act")
    id: str = Field(description="As the address of its kind takes it")
    title: str
    detail: str
    status: str = Field(description="The record's own; empty for a party")


class HitPage(Shape):
    items: list[HitOut]
    next: str | None


class InvitationOut(Shape):
    id: str
    status: str = Field(description="open, accepted, ended or expired")
    name: str
    country: str
    identifiers: list[IdentifierOut]
    roles: list[str]
    valid_until: str
    evidence: list[DocumentOut]
    expires_at: str
    party: int | None = Field(description="The number it was accepted under")
    act: str | None = Field(description="The admission on its way, once it was accepted")


class InvitationPage(Shape):
    items: list[InvitationOut]
    next: str | None


class CheckOut(Shape):
    check: str = Field(description="A stable code")
    result: str = Field(description="passed, warning, error or not_checked")
    detail: str
    values: dict[str, str]


class VerificationOut(Shape):
    id: str
    invoice: str
    kind: str = Field(
        description="`examination` of the file by this registry, or `answer` of an outside service"
    )
    provider: str
    state: str = Field(
        description="Of an examination passed, warning or error; of an answer verified, not_found, void, red_letter, "
        "mismatch or unavailable"
    )
    was: str | None = Field(description="What the answer before said")
    findings: list[CheckOut]
    document_sha256: str
    answer_sha256: str | None
    at: str


class VerificationPage(Shape):
    items: list[VerificationOut]
    next: str | None
