"""What is signed is said in English and in Chinese, with every figure and name, and differs where it differs."""

import inspect
import re
from typing import Any

import pytest

from api import notice_sentences, sentences
from api.notice_sentences import BankAccount
from api.sentences import Claim, Said
from api.wording import said
from registry.chain.messages import Signed

HANSE = Claim("Hanse AG", 123_456, 978, 1_806_451_200)
OTHERS = {
    "amount": Claim("Hanse AG", 123_457, 978, 1_806_451_200),
    "obligor": Claim("Hansa AG", 123_456, 978, 1_806_451_200),
    "currency": Claim("Hanse AG", 123_456, 156, 1_806_451_200),
    "maturity": Claim("Hanse AG", 123_456, 978, 1_806_537_600),
}
# For each parameter: a value, what of it must be read in both languages, and another value.
VALUES: dict[str, tuple[Any, tuple[str, ...], Any]] = {
    "claim": (HANSE, ("Hanse AG", "1,234.56", "EUR", "2027-03-31"), None),
    "name": ("Nordlicht GmbH", ("Nordlicht GmbH",), "Nordlicht AG"),
    "identifier": ("DE VAT DE307141589", ("DE307141589",), "DE VAT DE307141588"),
    "number": (42, ("42",), 43),
    "account": ("0x" + "5a" * 20, ("0x" + "5a" * 20,), "0x" + "5b" * 20),
    "key": ("0x" + "6a" * 20, ("0x" + "6a" * 20,), "0x" + "6b" * 20),
    "scopes": (["register", "settle"], (), ["register", "confirm"]),
    "valid_until": (1_814_400_000, ("2027-07-01",), 1_814_486_400),
    "cap_minor": (200_000, ("2,000.00",), 200_001),
    "quota_minor": (900_000, ("9,000.00",), 900_001),
    "numeric": (978, ("EUR",), 156),
    "originator": ("Nordlicht GmbH", ("Nordlicht GmbH",), "Nordlicht AG"),
    "settler": ("Nord Clearing", ("Nord Clearing",), "Sud Clearing"),
    "obligor": ("Hanse AG", ("Hanse AG",), "Hansa AG"),
    "holder": ("Ostsee Guss GmbH", ("Ostsee Guss GmbH",), "Westsee Guss GmbH"),
    "to": ("Elbe Factoring", ("Elbe Factoring",), "Oder Factoring"),
    "back_to": ("Elbe Factoring", ("Elbe Factoring",), "Oder Factoring"),
    "funder": ("Hafenbank", ("Hafenbank",), "Landbank"),
    "by": ("Nord Clearing", ("Nord Clearing",), "Sud Clearing"),
    "payee": ("Hafenbank", ("Hafenbank",), "Landbank"),
    "party": ("Ostsee Guss GmbH", ("Ostsee Guss GmbH",), "Westsee Guss GmbH"),
    "recourse": ("Ostsee Guss GmbH", ("Ostsee Guss GmbH",), "Westsee Guss GmbH"),
    "givers": (["Ostsee Guss GmbH", "Hafenbank"], ("Ostsee Guss GmbH", "Hafenbank"), ["Ostsee Guss GmbH"]),
    "owed_minor": (100_000, ("1,000.00",), 0),
    "amount_minor": (50_000, ("500.00",), 123_456),
    "price_minor": (120_000, ("1,200.00",), 120_001),
    "pays_on": ("2026-09-21", ("2026-09-21",), "2026-09-22"),
    "until": (1_790_000_000, ("2026-09-21 14:13 UTC",), 1_790_000_060),
    "with_recourse": (True, (), False),
    "is_pledge": (True, (), False),
    "code": (5, ("C05",), 6),
    "evidence": (b"\x12" * 32, ("12" * 32,), b"\x13" * 32),
    "reason": ("short delivery", ("short delivery",), "late delivery"),
    "reference": ("PAY-77", ("PAY-77",), "PAY-78"),
    "claims": ([HANSE, HANSE], ("2", "2,469.12", "1,234.56", "Hanse AG", "2027-03-31"), [HANSE]),
    "owed": (
        [(HANSE, "Nordlicht GmbH"), (HANSE, "Ostsee Guss GmbH")],
        ("2", "2,469.12", "1,234.56", "Nordlicht GmbH", "Ostsee Guss GmbH", "2027-03-31"),
        [(HANSE, "Nordlicht GmbH"), (HANSE, "Nordlicht GmbH")],
    ),
    "assignor": ("Nordlicht GmbH", ("Nordlicht GmbH",), "Nordlicht AG"),
    "assignee": ("Elbe Factoring", ("Elbe Factoring",), "Oder Factoring"),
    "kind": ("put_back", (), "sale"),
    "arrived_at": (1_790_000_000, ("2026-09-21 14:13 UTC",), 1_790_000_060),
    "bank_account": (
        BankAccount.of("Elbe Factoring", "DE02120300000000202051", "BIC", "BYLADEM1001"),
        ("Elbe Factoring", "DE02120300000000202051", "BIC", "BYLADEM1001"),
        BankAccount.of("Elbe Factoring", "DE02120300000000202051", "BIC", "HASPDEHH"),
    ),
    "former": (
        BankAccount.of("Elbe Factoring", "DE02500105170137075030", "", ""),
        ("DE02500105170137075030",),
        None,
    ),
    "effective_from": (1_814_400_000, ("2027-07-01",), 1_814_486_400),
    "moves": (
        [(HANSE, "Elbe Factoring", 100), (HANSE, "Hafenbank", 200)],
        ("2", "3.00", "1.00", "2.00", "Elbe Factoring", "Hafenbank", "Hanse AG", "2027-03-31"),
        [(HANSE, "Elbe Factoring", 200), (HANSE, "Hafenbank", 100)],
    ),
    "payments": (
        [(HANSE, "Elbe Factoring", 100, "PAY-1"), (HANSE, "Hafenbank", 200, "PAY-2")],
        ("2", "3.00", "1.00", "2.00", "Elbe Factoring", "Hafenbank", "Hanse AG", "PAY-1", "PAY-2"),
        [(HANSE, "Elbe Factoring", 100, "PAY-2"), (HANSE, "Hafenbank", 200, "PAY-1")],
    ),
}
ACTS = {
    name: function
    for name, function in (vars(sentences) | vars(notice_sentences)).items()
    if inspect.isfunction(function)
    and not name.startswith("_")
    and inspect.signature(function).return_annotation is Said
}
CASES = [(name, parameter) for name, act in ACTS.items() for parameter in inspect.signature(act).parameters]


def _values(name: str) -> dict[str, tuple[Any, tuple[str, ...], Any]]:
    of_accounts = {"code": ("EUR", ("EUR",), "CNY")} if name.startswith("account") else {}
    return {one: (VALUES | of_accounts)[one] for one in inspect.signature(ACTS[name]).parameters}


def _said(name: str, /, **changes: Any) -> Said:
    return ACTS[name](**{one: value[0] for one, value in _values(name).items()} | changes)


@pytest.mark.parametrize("name", ACTS)
def test_a_sentence_repeats_every_figure_and_name_in_both_languages(name: str) -> None:
    spoken = _said(name)
    wanted = [word for _, words, _ in _values(name).values() for word in words]
    for words in (spoken.en, spoken.zh):
        assert [word for word in wanted if word not in words] == [], words


@pytest.mark.parametrize("name", ACTS)
def test_a_sentence_is_a_whole_one_in_each_language(name: str) -> None:
    spoken = _said(name)
    assert spoken.en.endswith(".")
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", spoken.en)
    assert spoken.zh.endswith("。")
    assert len(re.findall(r"[\u4e00-\u9fff]", spoken.zh)) >= 4


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_another_value_makes_another_sentence_in_both_languages(name: str, parameter: str) -> None:
    first = _said(name)
    others = OTHERS.values() if parameter == "claim" else [_values(name)[parameter][2]]
    for value in others:
        other = _said(name, **{parameter: value})
        assert other.en != first.en
        assert other.zh != first.zh
    # The control: the same values say the same.
    assert _said(name) == first


def test_every_message_that_is_signed_has_its_sentence() -> None:
    assert {kind.__name__ for kind in said.registry if kind is not object} == {
        kind.__name__ for kind in Signed.__subclasses__()
    }
    assert len(ACTS) == len(Signed.__subclasses__())
