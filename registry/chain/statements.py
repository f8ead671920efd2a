"""Signed messages that the registry keeps as evidence and the contract never sees.

They are signed in the contract's own domain, each under a primary type the contract has no act for, so that none
of them can be turned into an act, nor the other way round.
"""

from dataclasses import dataclass
from typing import ClassVar

from registry.chain.typed import Message, Signed


@dataclass(frozen=True)
class NoticeAcknowledgment(Signed):
    """The obligor's: it has the notice and will pay as it says. Fields after ISO 20022 tsin.013; ``arrived_at`` and
    ``maturity`` in seconds."""

    layout: ClassVar[str] = (
        "string notice,string kind,uint32 obligor,uint32 assignor,uint32 assignee,uint32 payee,"
        "uint64 receivable,uint256 lot,uint64 amount,uint16 currency,uint32 maturity,uint40 arrivedAt"
    )
    notice: str
    kind: str
    obligor: int
    assignor: int
    assignee: int
    payee: int
    receivable: int
    lot: int
    amount: int
    currency: int
    maturity: int
    arrived_at: int


@dataclass(frozen=True)
class NoticeWithdrawal(Signed):
    """The assignee's: the notice is taken back, payment goes to ``payee`` again (Civil Code article 546)."""

    layout: ClassVar[str] = (
        "string notice,string kind,uint32 obligor,uint32 assignor,uint32 assignee,uint32 payee,"
        "uint64 receivable,uint256 lot,uint64 amount,uint16 currency,string reason"
    )
    notice: str
    kind: str
    obligor: int
    assignor: int
    assignee: int
    payee: int
    receivable: int
    lot: int
    amount: int
    currency: int
    reason: str


@dataclass(frozen=True)
class PaymentAccount(Message):
    """Where a party is paid in one currency. ``version`` counts its accounts there, so that no earlier message can
    be used again; ``effective_from`` is the first second of a day (UTC)."""

    layout: ClassVar[str] = (
        "uint32 party,uint16 currency,uint32 version,string holderName,string scheme,string number,"
        "string bankScheme,string bank,uint32 effectiveFrom"
    )
    party: int
    currency: int
    version: int
    holder_name: str
    scheme: str
    number: str
    bank_scheme: str
    bank: str
    effective_from: int


@dataclass(frozen=True)
class AccountInstruction(Signed):
    """The party's, by two of its keys: it is paid there from that day on."""

    layout: ClassVar[str] = "PaymentAccount account"
    parts: ClassVar = (PaymentAccount,)
    account: PaymentAccount


@dataclass(frozen=True)
class AccountAcknowledgment(Signed):
    """The obligor's: it has seen this account and pays to it."""

    layout: ClassVar[str] = "uint32 obligor,PaymentAccount account"
    parts: ClassVar = (PaymentAccount,)
    obligor: int
    account: PaymentAccount
