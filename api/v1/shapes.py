"""What answers look like: the views, typed for the OpenAPI document and held to it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Base of all answers. A view that says more or less than its shape is a fault, noticed by the tests."""

    model_config = ConfigDict(extra="forbid")


class MoneyOut(Shape):
    amount: str = Field(description="Decimal text with the currency's digits", examples=["1000000.00"])
    currency: str


class LedgerOut(Shape):
    status: str = Field(
        description="pending, included, final (its block can no longer be undone), or orphaned (its block went; it is "
        "sent again)"
    )
    block: int | None = Field(description="The block it was last changed in")
    act: str | None = Field(description="The act that is on its way, or that this is")


OnLedger = Annotated[LedgerOut | None, Field(description="None for what is not on its way to the ledger")]


class PartyRef(Shape):
    number: int
    name: str | None = Field(description="Missing for a party that was admitted past this registry")


class ActRefusal(Shape):
    code: str
    detail: str | None


class ActOut(Shape):
    id: str
    kind: str
    about: str
    status: str = Field(description="pending, sent, included, refused or orphaned")
    transaction: str | None
    block: int | None
    refusal: ActRefusal | None
    created_at: str
    ledger: OnLedger


class SignerOut(Shape):
    party: int
    name: str | None
    account: str = Field(description="The party's account; a key with a fitting mandate may sign instead")


class SentencesOut(Shape):
    en: str
    zh: str


class ToSign(Shape):
    """What to sign, as ``eth_signTypedData_v4`` takes it, and what it means in plain words."""

    sentences: SentencesOut
    deadline: int = Field(description="Seconds since 1970; send it along with the signature")
    signers: list[SignerOut]
    typed_data: dict[str, Any] = Field(description="EIP-712: types, primaryType, domain, message")


class IssueToSign(Shape):
    """What each of the two signs of a receivable that is issued in one act."""

    registration: ToSign
    confirmation: ToSign


class AdmissionToSign(ToSign):
    number: int = Field(description="The number the party will have; send it along")


class IdentifierOut(Shape):
    country: str
    scheme: str
    value: str


class PartyOnChain(Shape):
    roles: list[str]
    valid_until: str | None
    is_frozen: bool
    is_barred: bool
    proposed_account: str | None = Field(description="An account proposed in place of a lost one")
    takeover_from: str | None = Field(
        description="When it may be taken; until then the party's keys may veto"
    )


class DocumentOut(Shape):
    title: str
    sha256: str


class StatementOut(Shape):
    text: str = Field(description="To be signed as it is, in UTF-8, with its last line's end")
    said_at: int = Field(description="The time in it, in seconds since 1970; send it along")


class CompanyOut(Shape):
    """A company's word for an account, as its certificate names it."""

    name: str
    country: str = Field(description="ISO 3166, empty where the certificate names none")
    identifiers: list[str] = Field(description="As the certificate has them, e.g. VATDE-123456789")
    issuer: str = Field(description="Whose certificate it is, in that one's words")
    account: str
    said_at: str


class PartyOut(Shape):
    number: int
    name: str
    country: str
    identifiers: list[IdentifierOut]
    evidence: list[DocumentOut] = Field(
        description="What its admission rests on; the documents are elsewhere"
    )
    account: str
    chain: PartyOnChain | None = Field(description="Missing until the ledger has the party")
    companies: list[CompanyOut] = Field(
        description="Whose its accounts are, by certificates; whether their authority is to be trusted is for you to say"
    )
    ledger: OnLedger


class ContestOut(Shape):
    party: int
    lot: str | None = Field(description="Missing where the whole receivable is contested")
    code: str = Field(description="C01 to C06")
    evidence: str
    at: str | None


class ReceivableOut(Shape):
    id: str
    status: str = Field(description="draft, registered, confirmed, declined, withdrawn, expired or canceled")
    obligor: PartyRef
    originator: PartyRef
    settler: PartyRef | None
    face: MoneyOut
    settled: MoneyOut
    live: MoneyOut
    lots: int
    maturity: str | None
    issued_on: str | None
    delivered_on: str | None
    accepted_on: str | None
    confirm_before: str | None
    root_lot: str
    documents_root: str
    owed: MoneyOut | None
    is_suspended: bool = Field(description="Its lots only move back or are paid")
    contests: list[ContestOut]
    ledger: OnLedger


class FindingOut(Shape):
    """What a rule of the chosen packs found; `warn` informs, and what blocks is refused instead."""

    rule: str
    outcome: str
    detail: str
    source: str
    values: dict[str, Any]


class TitleOut(Shape):
    en: str
    zh: str


class PackOut(Shape):
    pack: str
    version: str = Field(description="SHA-256 of its text")
    status: str = Field(description="in_force, or draft: shown and never applied")
    is_chosen: bool
    title: TitleOut


class PreparedOut(Shape):
    receivable: ReceivableOut
    registration: ToSign
    warnings: list[FindingOut]


class OutstandingOut(Shape):
    currency: str
    outstanding: MoneyOut
    quota: MoneyOut | None = Field(description="The bound the obligor set itself; none if missing")
    receivables: int
    ledger: OnLedger


class OutstandingPage(Shape):
    items: list[OutstandingOut]
    next: None = Field(description="There are never more currencies than one page holds")


class OverdueOut(Shape):
    obligor: PartyRef
    since: str = Field(description="The earliest maturity it let pass")
    days: int
    receivables: int
    overdue: list[MoneyOut] = Field(description="One for each currency")
    new_receivables: str = Field(
        description="What this registry's rules say of new ones: refused, warned or taken"
    )
    is_barred: bool = Field(description="The ledger refuses new ones, whoever sends them")
    suggestion: str | None = Field(description="The operator's act to consider; none where it is barred")


class LotOut(Shape):
    id: str
    receivable: str
    parent: str | None
    status: str = Field(description="free, locked, pledged, financed or redeemed")
    holder: PartyRef
    peer: PartyRef | None
    peer_is: str | None = Field(description="previous_holder, funder or recourse")
    amount: MoneyOut
    until: str | None
    seq: int
    hops: int
    obligor: PartyRef
    maturity: str | None
    ledger: OnLedger


class HopOut(Shape):
    kind: str
    holder: PartyRef | None
    peer: PartyRef | None
    amount: MoneyOut
    status: str | None
    detail: str | None
    at: str | None
    block: int
    transaction: str


class LotActs(Shape):
    lot: LotOut
    acts: list[HopOut]


class TracedInvoice(Shape):
    fingerprint: str
    place: int
    cap: MoneyOut
    amount: MoneyOut


class TraceOut(Shape):
    path: list[LotActs] = Field(description="The lot first, then each ancestor up to the root")
    receivable: ReceivableOut
    invoices: list[TracedInvoice]


class TraitOut(Shape):
    trait_type: str
    value: str


class MetadataOut(Shape):
    name: str
    description: str
    image: str = Field(description="A data URL with an SVG")
    attributes: list[TraitOut]


class FinancingOut(Shape):
    id: str
    lot: str
    funder: PartyRef
    seller: PartyRef
    status: str = Field(description="reserved, agreed, submitted, financed or ended")
    until: str | None
    terms: dict[str, Any] | None
    terms_hash: str | None
    act: str | None
    ended_because: str | None
    ledger: OnLedger


class AgreedOut(Shape):
    financing: FinancingOut
    sale: ToSign


class ActCounts(Shape):
    pending: int
    sent: int
    included: int
    refused: int
    orphaned: int = Field(description="Sent again since a reorganization took their block")
    oldest_unfinished_s: float = Field(description="Age of the oldest act that is not finished; 0 if all are")


class MirrorOut(Shape):
    block: int | None = Field(description="The block the registry stands at")
    hash: str | None
    final_block: int | None = Field(description="The block up to which nothing can be undone any more")
    lag_blocks: int | None = Field(description="Blocks the chain is ahead; unknown while it does not answer")
    trouble: str | None = Field(description="Why the last round of relay and mirror failed, if it did")


class StatusOut(Shape):
    contract: str
    chain_id: int
    chain_block: int | None = Field(description="The chain's newest block; unknown while it does not answer")
    mirror: MirrorOut
    acts: ActCounts


class HealthOut(Shape):
    status: str


class ReadyOut(Shape):
    status: str
    lag_blocks: int = Field(description="How many blocks the mirror is behind its node")
    lag_seconds: float = Field(description="The age of the oldest of them; 0 where there is none")


class PartyPage(Shape):
    items: list[PartyOut]
    next: str | None = Field(description="Give it as `after` for the next page; none on the last one")


class ReceivablePage(Shape):
    items: list[ReceivableOut]
    next: str | None


class LotPage(Shape):
    items: list[LotOut]
    next: str | None


class OverduePage(Shape):
    items: list[OverdueOut]
    next: str | None
