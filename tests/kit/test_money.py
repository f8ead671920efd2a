"""Money is whole minor units of an ISO 4217 currency; nothing is ever rounded in silence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kit.money import MAX_MINOR, BadAmount, Money, UnknownCurrency, currency, minor_units


@pytest.mark.parametrize(
    ("written", "code", "minor"),
    [
        ("1,000,000.00", "CNY", 100_000_000),
        ("1000000", "CNY", 100_000_000),
        (" 0.01 ", "EUR", 1),
        ("-5.5", "EUR", -550),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1_234),
    ],
)
def test_an_amount_is_read_as_people_write_it(written: str, code: str, minor: int) -> None:
    assert Money.parse(written, code).amount_minor == minor


@pytest.mark.parametrize(
    "written", ["", "ten", "1,00.00", "1.000,00", "1e3", "NaN", "--1", "１００", "1.", ".5", "1" * 30]
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(BadAmount):
        Money.parse(written, "EUR")


@pytest.mark.parametrize(("written", "code"), [("0.001", "EUR"), ("0.5", "JPY"), ("0.0001", "KWD")])
def test_what_would_need_rounding_is_refused(written: str, code: str) -> None:
    with pytest.raises(BadAmount, match="decimals"):
        Money.parse(written, code)


def test_the_largest_amount_is_what_the_ledger_holds() -> None:
    unit = currency("JPY")
    assert minor_units(str(MAX_MINOR), unit) == 2**64 - 1
    with pytest.raises(BadAmount, match="larger"):
        minor_units(str(MAX_MINOR + 1), unit)


def test_a_currency_has_one_alphabetic_and_one_numeric_code() -> None:
    assert currency("eur") == currency(978)
    assert currency("CNY").numeric == 156
    for unknown in ("XXX", "", 0, "Euro"):
        with pytest.raises(UnknownCurrency):
            currency(unknown)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(BadAmount, match="different currencies"):
        _ = Money.parse("1", "EUR") + Money.parse("1", "CNY")
    assert str(Money.parse("1234.5", "EUR") - Money.parse("0.5", "EUR")) == "1,234.00 EUR"


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_is_read_back(minor: int, code: str) -> None:
    money = Money(minor, currency(code))
    assert Money.parse(money.plain(), code) == money
    assert Money.parse(money.plain(grouped=True), code) == money
    assert minor_units(Decimal(money.plain()), money.currency) == minor
