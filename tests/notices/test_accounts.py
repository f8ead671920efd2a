"""Where a party is paid changes by two persons' signatures, and obligors see that it did."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from registry.chain.keys import SigningKey
from registry.chain.messages import Consent
from registry.chain.words import Scope
from registry.kit.money import Money
from registry.mirror.rebuild import rebuild
from registry.notices import queries
from registry.notices.accounts import (
    NewAccount,
    account_acknowledgment_message,
    account_message,
    acknowledge_account,
    set_account,
)
from registry.notices.banks import BankAccount, bank_account
from registry.notices.errors import AccountNotBank
from registry.notices.model import PaymentAccount
from registry.parties.use_cases import freeze_party, revocation_message, revoke_key
from tests.builders.office import Office
from tests.notices.told import (
    CNY,
    FIRST,
    SECOND,
    new_account,
    pay_into,
    payee,
    refused_code,
    root_of,
    second_person,
    signed_by,
)


@pytest.fixture
def second(office: Office) -> SigningKey:
    return second_person(office)


def signing(office: Office, new: NewAccount, *keys: SigningKey) -> list[Consent]:
    with office.service.database.read() as session:
        message = account_message(session, new)
    return [signed_by(office, key, message) for key in keys]


def on_record(office: Office, handle: str = "tier1") -> list[PaymentAccount]:
    with office.service.database.read() as session:
        return list(queries.accounts(session, office.number(handle)))


def acknowledge(office: Office, account: PaymentAccount, by: str = "obligor") -> None:
    with office.service.database.read() as session:
        message = account_acknowledgment_message(session, account.id, office.number(by))
    acknowledge_account(office.context, account.id, office.number(by), [office.sign(by, message)])


# ---------------------------------------------------------------------- two persons


def test_account_and_second_key_set_where_a_party_is_paid(office: Office, second: SigningKey) -> None:
    made = pay_into(office, second)
    assert (made.version, made.number, made.bank) == (1, "332001880000" + "1234567", "103332001234")
    signers = {one["signer"] for one in made.signed["consents"]}
    assert signers == {office.key("tier1").address, second.address}
    assert made.signed["message"] == "AccountInstruction"
    assert made.signed["block"] > 0


def test_one_person_alone_changes_nothing(office: Office, second: SigningKey) -> None:
    new, own = new_account(office), office.key("tier1")
    for keys in ((own,), (second,), (own, own), (second, second)):
        consents = signing(office, new, *keys)
        assert refused_code(lambda: set_account(office.context, new, consents)) == "second_person_missing"  # noqa: B023
    assert on_record(office) == []
    set_account(office.context, new, signing(office, new, own, second))  # control


def test_one_key_spelled_in_two_ways_is_one_person(office: Office, second: SigningKey) -> None:
    new = new_account(office)
    (own,) = signing(office, new, office.key("tier1"))
    twice = [own, replace(own, signer=own.signer.lower())]
    assert refused_code(lambda: set_account(office.context, new, twice)) == "second_person_missing"
    assert second.address != own.signer


def test_two_mandated_keys_that_may_settle_are_two_persons(office: Office, second: SigningKey) -> None:
    third = second_person(office, cap=Money.parse("1.00", "CNY"))
    new = new_account(office)
    assert set_account(office.context, new, signing(office, new, second, third)).version == 1


@pytest.mark.parametrize("who", ["tier2", "obligor", "bank", "stranger"])
def test_another_partys_key_is_no_second_person(office: Office, who: str) -> None:
    new = new_account(office)
    consents = signing(office, new, office.key("tier1"), office.key(who))
    assert refused_code(lambda: set_account(office.context, new, consents)) == "consent_missing"


def test_nor_is_the_operator(office: Office) -> None:
    new = new_account(office)
    operator = office.service.worker.sender("operator")
    consents = signing(office, new, office.key("tier1"), operator)
    assert refused_code(lambda: set_account(office.context, new, consents)) == "consent_missing"


def test_a_second_key_must_be_one_that_may_settle_in_that_currency(office: Office) -> None:
    new, own = new_account(office), office.key("tier1")
    for scopes, cap in ((Scope.REGISTER, None), (Scope.SETTLE, Money.parse("5.00", "EUR"))):
        consents = signing(office, new, own, second_person(office, scopes=scopes, cap=cap))
        assert refused_code(lambda: set_account(office.context, new, consents)) == "consent_missing"  # noqa: B023
    consents = signing(office, new, own, second_person(office))  # control
    set_account(office.context, new, consents)


def test_a_revoked_key_is_no_second_person(office: Office, second: SigningKey) -> None:
    new = new_account(office)
    consents = signing(office, new, office.key("tier1"), second)
    with office.service.database.read() as session:
        message = revocation_message(session, office.number("tier1"), second.address)
    office.settle(revoke_key(office.context, message, [office.sign("tier1", message)]))
    assert refused_code(lambda: set_account(office.context, new, consents)) == "consent_missing"


def test_a_frozen_party_changes_nothing(office: Office, second: SigningKey) -> None:
    office.settle(freeze_party(office.context, office.number("tier1"), is_frozen=True))
    assert refused_code(lambda: pay_into(office, second)) == "party_frozen"


def test_an_instruction_altered_in_any_field_is_refused(office: Office, second: SigningKey) -> None:
    new, own = new_account(office), office.key("tier1")
    consents = signing(office, new, own, second)
    at = new.bank_account
    others = [
        replace(new, currency=978),
        replace(new, effective_on=new.effective_on + timedelta(days=1)),
        *[
            replace(new, bank_account=replace(at, **{name: getattr(at, name) + "1"}))
            for name in BankAccount.__dataclass_fields__
        ],
    ]
    for other in others:
        assert refused_code(lambda: set_account(office.context, other, consents)) == "signature_invalid"  # noqa: B023
    set_account(office.context, new, consents)  # control


def test_signatures_set_an_account_once_and_never_bring_it_back(office: Office, second: SigningKey) -> None:
    new, own = new_account(office), office.key("tier1")
    consents = signing(office, new, own, second)
    set_account(office.context, new, consents)
    assert refused_code(lambda: set_account(office.context, new, consents)) == "signature_invalid"
    pay_into(office, second, SECOND)
    assert refused_code(lambda: set_account(office.context, new, consents)) == "signature_invalid"
    assert [one.number for one in on_record(office)] == [SECOND.number, FIRST.number]


def test_an_account_is_not_backdated(office: Office, second: SigningKey) -> None:
    assert refused_code(lambda: pay_into(office, second, days=-1)) == "payment_account_backdated"
    pay_into(office, second, days=0)  # control


# ---------------------------------------------------------------------- what obligors see


def test_history_is_kept_and_each_day_has_its_account(office: Office, second: SigningKey) -> None:
    today = office.clock.now().date()
    first = pay_into(office, second)
    later = pay_into(office, second, SECOND, days=10)
    root = root_of(office)

    def number_on(on: date) -> str | None:
        account = payee(office, root, on).destination.account
        return account.number if account else None

    assert number_on(today - timedelta(days=1)) is None
    assert number_on(today) == number_on(today + timedelta(days=9)) == FIRST.number
    assert number_on(today + timedelta(days=10)) == SECOND.number
    rebuild(office.service.database)
    assert [one.id for one in on_record(office)] == [later.id, first.id]


def test_a_changed_account_is_flagged_to_each_obligor_until_it_acknowledged_it(
    office: Office, second: SigningKey
) -> None:
    root = root_of(office)
    first = pay_into(office, second)
    assert not payee(office, root).destination.is_changed  # there was none before
    changed = pay_into(office, second, SECOND)
    found = payee(office, root).destination
    assert found.is_changed
    assert found.account is not None
    assert found.former is not None
    assert (found.account.id, found.former.id) == (changed.id, first.id)
    acknowledge(office, changed, "stranger")  # another obligor, for itself
    assert payee(office, root).destination.is_changed
    acknowledge(office, changed)
    assert not payee(office, root).destination.is_changed
    assert refused_code(lambda: acknowledge(office, changed)) == "payment_account_acknowledged"
    pay_into(office, second, FIRST)  # back again is a change too
    assert payee(office, root).destination.is_changed


@pytest.mark.parametrize(
    ("signer", "obligor"), [("tier1", "obligor"), ("bank", "obligor"), ("stranger", "obligor")]
)
def test_nobody_acknowledges_an_account_for_an_obligor(
    office: Office, second: SigningKey, signer: str, obligor: str
) -> None:
    made = pay_into(office, second)
    number = office.number(obligor)
    with office.service.database.read() as session:
        message = account_acknowledgment_message(session, made.id, number)
    consents = [office.sign(signer, message)]
    assert (
        refused_code(lambda: acknowledge_account(office.context, made.id, number, consents))
        == "consent_missing"
    )
    acknowledge(office, made)  # control


def test_who_owes_nothing_by_its_role_acknowledges_nothing(office: Office, second: SigningKey) -> None:
    made = pay_into(office, second)
    assert refused_code(lambda: acknowledge(office, made, "bank")) == "role_missing"


def test_each_currency_has_its_own_account(office: Office, second: SigningKey) -> None:
    pay_into(office, second)
    euros = replace(new_account(office, SECOND), currency=978)
    set_account(office.context, euros, signing(office, euros, office.key("tier1"), second))
    with office.service.database.read() as session:
        numbers = {
            numeric: [one.version for one in queries.accounts(session, office.number("tier1"), numeric)]
            for numeric in (CNY, 978)
        }
    assert numbers == {CNY: [1], 978: [1]}


# ---------------------------------------------------------------------- accounts as people write them


@pytest.mark.parametrize(
    ("number", "scheme", "bank", "read"),
    [
        ("DE89 3704 0044 0532 0130 00", "", "", ("IBAN", "DE89370400440532013000", "", "")),
        (
            "gb29 nwbk 6016 1331 9268 19",
            "BIC",
            "nwbkgb2l",
            ("IBAN", "GB29NWBK60161331926819", "BIC", "NWBKGB2L"),
        ),
        (
            "6222 0202 0011 2233 445",
            "CNAPS",
            "102100099996",
            ("OTHER", "6222020200112233445", "CNAPS", "102100099996"),
        ),
        ("12-345-678", "ABA", "021000021", ("OTHER", "12345678", "ABA", "021000021")),
        ("００１２３４５", "BIC", "ICBKCNBJ", ("OTHER", "0012345", "BIC", "ICBKCNBJ")),
    ],
)
def test_one_spelling_for_an_account(
    number: str, scheme: str, bank: str, read: tuple[str, str, str, str]
) -> None:
    found = bank_account(" Ningbo ", number, scheme, bank)
    assert (found.holder_name, found.scheme, found.number, found.bank_scheme, found.bank) == ("Ningbo", *read)


@pytest.mark.parametrize(
    ("name", "number", "scheme", "bank"),
    [
        ("N", "DE88 3704 0044 0532 0130 00", "", ""),  # a wrong check digit
        ("N", "DE88 3704 0044 0532 0130 00", "BIC", "DEUTDEFF"),  # which no bank makes good
        ("N", "6222020200112233445", "", ""),  # no bank
        ("N", "6222020200112233445", "CNAPS", "10210009999"),
        ("N", "6222020200112233445", "BIC", "DEUTDEF"),
        ("N", "12345678", "ABA", "021000022"),
        ("N", "12345678", "SORT", "601613"),
        ("N", "123", "BIC", "DEUTDEFF"),
        ("N", "1" * 35, "BIC", "DEUTDEFF"),
        ("", "DE89370400440532013000", "", ""),
        ("N\u202emoc", "DE89370400440532013000", "", ""),
        ("N" * 141, "DE89370400440532013000", "", ""),
    ],
)
def test_what_is_no_account_is_refused(name: str, number: str, scheme: str, bank: str) -> None:
    with pytest.raises(AccountNotBank):
        bank_account(name, number, scheme, bank)
