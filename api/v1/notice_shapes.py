"""What answers about notices, payment accounts and payments look like."""

from pydantic import Field

from api.v1.shapes import MoneyOut, PartyRef, Shape


class ConsentOut(Shape):
    signer: str
    deadline: int = Field(description="Seconds since 1970")
    signature: str


class EvidenceOut(Shape):
    """A signed statement as it is kept."""

    block: int | None = Field(description="The block the registry stood at, whose keys were checked")
    consents: list[ConsentOut]


class NoticeOut(Shape):
    id: str
    kind: str = Field(
        description="transfer, return, sale, pledge, release, enforcement, reassignment, put_back or order"
    )
    obligor: PartyRef
    assignor: PartyRef
    assignee: PartyRef
    payee: PartyRef = Field(description="Whom to pay from its arrival on")
    payee_before: PartyRef
    receivable: str
    lot: str
    amount: MoneyOut
    maturity: str
    invoices: list[str] = Field(description="Numbers of the invoices behind it that you may see")
    agreement: str | None = Field(description="Hash of the terms both sides signed")
    lacks_evidence: bool = Field(description="A funder's notice that names no agreement (Civil Code 764)")
    block: int
    transaction: str
    assigned_at: str | None
    arrived_at: str = Field(description="From when the obligor could retrieve it")
    acknowledged_at: str | None
    acknowledgment: EvidenceOut | None
    withdrawn_at: str | None
    withdrawal: EvidenceOut | None
    withdrawn_because: str | None


class NoticePage(Shape):
    items: list[NoticeOut]
    next: str | None = Field(description="Give it as `after` for the next page; none on the last one")
    open: int | None = Field(
        description="How many wait for this obligor's acknowledgment, where one is asked for"
    )


class AccountOut(Shape):
    id: str
    party: PartyRef
    currency: str
    version: int = Field(description="1 for the party's first account in the currency")
    holder_name: str
    scheme: str = Field(description="IBAN or OTHER")
    number: str
    bank_scheme: str | None = Field(description="BIC, CNAPS or ABA")
    bank: str | None
    effective_on: str
    created_at: str
    signed: EvidenceOut
    acknowledged_by: list[int] = Field(description="Obligors that signed that they have seen it")


class AccountList(Shape):
    items: list[AccountOut] = Field(description="By currency, newest first")


class DestinationOut(Shape):
    account: AccountOut | None = Field(description="Missing where the payee has named none")
    former: AccountOut | None
    is_changed: bool = Field(description="It replaces another and this obligor has not acknowledged it")
    is_acknowledged: bool


class PayeeOut(Shape):
    lot: str
    receivable: str
    obligor: PartyRef
    payee: PartyRef
    on_ledger: PartyRef = Field(description="Whom the ledger takes a payment for")
    amount: MoneyOut
    maturity: str
    reference: str
    notice: str | None = Field(description="The notice this follows from; none while it is as confirmed")
    destination: DestinationOut


class DueLotOut(Shape):
    lot: str
    amount: MoneyOut
    is_at_odds: bool = Field(description="The ledger knows it with another payee")


class DuePaymentOut(Shape):
    payee: PartyRef
    amount: MoneyOut
    reference: str
    lots: list[DueLotOut]
    destination: DestinationOut


class PaymentsOut(Shape):
    obligor: PartyRef
    due: str
    items: list[DuePaymentOut]
    totals: list[MoneyOut] = Field(description="One a currency")
