"""Where parties are paid: by two persons' signatures, with all that was before."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from api import notice_views as views
from api.deps import ContextDep, ServiceDep
from api.notice_signing import account_acknowledgment_to_sign, instruction_to_sign
from api.v1 import notice_shapes as shapes
from api.v1.documented import CONSENTS, asks, problems
from api.v1.fields import (
    Consents,
    CurrencyCode,
    Day,
    PartyInPath,
    PartyInQuery,
    PartyNumber,
    RecordId,
    Text,
)
from api.v1.strict import area
from api.v1.tags import record
from api.views import View
from registry.kit.money import UnknownCurrency, currency
from registry.mirror.finality import NotFinal
from registry.notices import queries
from registry.notices.accounts import NewAccount, acknowledge_account, set_account
from registry.notices.banks import bank_account
from registry.notices.errors import (
    AccountAcknowledged,
    AccountBackdated,
    AccountNotBank,
    AccountNotFound,
    SecondPersonMissing,
)
from registry.relay.context import Context

router = area("payment accounts")

Number = Annotated[
    str,
    StringConstraints(strict=True, min_length=4, max_length=60, pattern=r"^[0-9A-Za-z .\-/]+$"),
    Field(
        description="An IBAN, or an account number at the bank named",
        examples=["DE89 3704 0044 0532 0130 00"],
    ),
]
BankScheme = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^(BIC|CNAPS|ABA)$"),
    Field(description="What `bank` is: BIC, CNAPS or ABA; an IBAN needs none"),
]
Bank = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=20, pattern=r"^[0-9A-Za-z ]+$")]
AccountId = Annotated[RecordId, Path(description="A payment account's id")]


class AccountIn(Consents):
    currency: CurrencyCode
    holder_name: Annotated[Text, Field(description="As the bank knows it")]
    number: Number
    bank_scheme: BankScheme | None = None
    bank: Bank | None = None
    effective_on: Annotated[Day, Field(description="Today or later (UTC)")]


class AccountSeenIn(Consents):
    obligor: PartyNumber


@router.get(
    "/payment-accounts",
    response_model=shapes.AccountList,
    responses=problems(UnknownCurrency),
    summary="A party's payment accounts, past and coming ones too",
)
def list_accounts(
    party: PartyInQuery,
    context: ContextDep,
    code: Annotated[CurrencyCode | None, Query(alias="currency")] = None,
) -> View:
    """For the party itself and for those who pay it."""
    numeric = None if code is None else currency(code).numeric
    with context.database.read() as session:
        return {"items": views.accounts(session, queries.accounts(session, party, numeric))}


@router.get(
    "/payment-accounts/{account}",
    response_model=shapes.AccountOut,
    responses=problems(AccountNotFound),
    summary="One payment account, with the signatures that set it",
)
@record("account")
def show_account(account: AccountId, context: ContextDep) -> View:
    return _shown(account, context)


@router.get(
    "/parties/{number}/payment-account",
    **asks(AccountNotBank, UnknownCurrency),
    summary="What two persons of a party sign to set where it is paid",
)
def show_instruction(
    number: PartyInPath,
    code: Annotated[CurrencyCode, Query(alias="currency")],
    holder_name: Annotated[Text, Query()],
    account_number: Annotated[Number, Query(alias="number")],
    effective_on: Annotated[Day, Query()],
    context: ContextDep,
    bank_scheme: Annotated[BankScheme | None, Query()] = None,
    bank: Annotated[Bank | None, Query()] = None,
) -> View:
    """The account of the party or a key that may settle signs, and a second one of these."""
    at = bank_account(holder_name, account_number, bank_scheme or "", bank or "")
    with context.database.read() as session:
        new = NewAccount(number, currency(code).numeric, at, effective_on)
        return instruction_to_sign(session, context, new)


@router.post(
    "/parties/{number}/payment-account",
    response_model=shapes.AccountOut,
    responses=problems(
        AccountNotBank,
        AccountBackdated,
        NotFinal,
        SecondPersonMissing,
        UnknownCurrency,
        "PartyFrozen",
        *CONSENTS,
    ),
    status_code=201,
    summary="Set where a party is paid",
)
def set_payment_account(
    number: PartyInPath, body: AccountIn, context: ContextDep, service: ServiceDep
) -> View:
    """Obligors see the new account beside the former and are warned until they acknowledge it."""
    at = bank_account(body.holder_name, body.number, body.bank_scheme or "", body.bank or "")
    new = NewAccount(number, currency(body.currency).numeric, at, body.effective_on)
    made = set_account(context, new, body.given(), service.wallet_accepts)
    return _shown(made.id, context)


@router.get(
    "/payment-accounts/{account}/acknowledgment",
    **asks(AccountNotFound),
    summary="What an obligor signs to acknowledge a payment account",
)
def show_account_acknowledgment(account: AccountId, obligor: PartyInQuery, context: ContextDep) -> View:
    with context.database.read() as session:
        return account_acknowledgment_to_sign(session, context, account, obligor)


@router.post(
    "/payment-accounts/{account}/acknowledgment",
    response_model=shapes.AccountOut,
    responses=problems(AccountNotFound, AccountAcknowledged, NotFinal, "RoleMissing", *CONSENTS),
    summary="Acknowledge a payment account",
)
def acknowledge_payment_account(
    account: AccountId, body: AccountSeenIn, context: ContextDep, service: ServiceDep
) -> View:
    """From then on the obligor is no longer warned of the change."""
    acknowledge_account(context, account, body.obligor, body.given(), service.wallet_accepts)
    return _shown(account, context)


def _shown(account: str, context: Context) -> View:
    with context.database.read() as session:
        return views.accounts(session, [queries.account(session, account)])[0]
