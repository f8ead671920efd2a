"""What tests of notices do and look at."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from registry.chain.keys import SigningKey
from registry.chain.messages import Consent, Signed
from registry.chain.words import Scope
from registry.kit.errors import Refusal
from registry.kit.money import Money
from registry.notices import queries
from registry.notices.accounts import NewAccount, account_message, set_account
from registry.notices.banks import BankAccount, bank_account
from registry.notices.model import Notice, PaymentAccount
from registry.notices.payments import Payee, whom_to_pay
from registry.notices.use_cases import (
    acknowledge_notice,
    acknowledgment_message,
    withdraw_notice,
    withdrawal_message,
)
from registry.parties.use_cases import grant_key, mandate_message
from registry.receivables import queries as receivables
from registry.relay.model import Act
from tests.builders.office import Office

CNY = 156
FIRST = bank_account("宁波精工零部件有限公司", "3320 0188 0000 1234 567", "CNAPS", "103332001234")
SECOND = bank_account("Ningbo Precision Parts", "DE89 3704 0044 0532 0130 00")


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def root_of(office: Office) -> str:
    with office.service.database.read() as session:
        return receivables.lots(session)[0].id


def told(office: Office, lot: str | None = None) -> list[Notice]:
    """All notices in order of arrival."""
    with office.service.database.read() as session:
        found = queries.notices(session, lot=lot)
    return sorted(found, key=lambda one: (one.block_number, one.log_index))


def passed_on(office: Office, lot: str, amount: str = "1000000.00") -> Notice:
    """The notice of a transfer from tier1 to tier2, of the whole lot unless told otherwise."""
    office.pass_on(lot, "tier1", "tier2", amount)
    return told(office)[-1]


def acknowledge(office: Office, notice: Notice, by: str = "obligor") -> Notice:
    with office.service.database.read() as session:
        message = acknowledgment_message(session, notice.id)
    return acknowledge_notice(office.context, notice.id, [office.sign(by, message)])


def withdraw(office: Office, notice: Notice, by: str, reason: str = "agreed to keep it quiet") -> Notice:
    with office.service.database.read() as session:
        message = withdrawal_message(session, notice.id, reason)
    return withdraw_notice(office.context, notice.id, reason, [office.sign(by, message)])


def payee(office: Office, lot: str, on: date | None = None) -> Payee:
    with office.service.database.read() as session:
        return whom_to_pay(session, lot, on or office.clock.now().date())


def second_person(
    office: Office, handle: str = "tier1", scopes: int = Scope.SETTLE, cap: Money | None = None
) -> SigningKey:
    """Another key of a party, mandated by its account."""
    key = SigningKey.create()
    until = (office.clock.now() + timedelta(days=700)).date()
    with office.service.database.read() as session:
        mandate = mandate_message(
            session, office.number(handle), key.address, int(scopes), valid_until=until, cap=cap
        )
    consents = [office.sign(handle, mandate), signed_by(office, key, mandate)]
    settled: Act = office.settle(grant_key(office.context, mandate, consents))
    assert settled.block_number
    return key


def signed_by(office: Office, key: SigningKey, message: Signed) -> Consent:
    return message.sign(key, office.context.domain, office.context.deadline())


def new_account(
    office: Office, at: BankAccount = FIRST, *, handle: str = "tier1", days: int = 0
) -> NewAccount:
    on = (office.clock.now() + timedelta(days=days)).date()
    return NewAccount(office.number(handle), CNY, at, on)


def pay_into(
    office: Office, second: SigningKey, at: BankAccount = FIRST, *, handle: str = "tier1", days: int = 0
) -> PaymentAccount:
    """A payment account set as it has to be: by the party's account and a second key."""
    new = new_account(office, at, handle=handle, days=days)
    with office.service.database.read() as session:
        message = account_message(session, new)
    return set_account(
        office.context, new, [office.sign(handle, message), signed_by(office, second, message)]
    )
