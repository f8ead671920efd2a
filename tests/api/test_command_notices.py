"""Notices, payment accounts and payments on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.test_command_acts import BANK, OBLIGOR, TIER1, TIER2, does, finance, maturity
from tests.api.test_commands import NOT_FOUND, Clerk


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


@pytest.fixture
def root(clerk: Clerk) -> str:
    return str(json.loads(clerk.types("lot", "list", "--json").stdout)[0]["id"])


def notices(clerk: Clerk, *words: str) -> list[dict[str, Any]]:
    return list(json.loads(does(clerk, "notice", "list", "--json", *words)))


def test_notices_are_listed_shown_acknowledged_and_taken_back(clerk: Clerk, root: str) -> None:
    assert "There are no such notices" in does(clerk, "notice", "list")
    words = ("lot", "transfer", root, "--to", str(TIER2), "--key", clerk.key("tier1"))
    does(clerk, *words, "--amount", "400000.00")
    finance(clerk, root)
    part, sale = notices(clerk, "--obligor", str(OBLIGOR))
    assert (part["kind"], sale["kind"]) == ("transfer", "sale")
    assert [one["id"] for one in notices(clerk, "--assignee", str(BANK))] == [sale["id"]]
    assert "400000.00 CNY" in does(clerk, "notice", "list")

    acknowledge = ("notice", "acknowledge", part["id"], "--key")
    clerk.is_refused(*acknowledge, clerk.key("tier1"), code="consent_missing")
    assert "acknowledges the notice of" in does(clerk, *acknowledge, clerk.key("obligor"))
    clerk.is_refused(*acknowledge, clerk.key("obligor"), code="notice_acknowledged")
    assert [one["id"] for one in notices(clerk, "--open")] == [sale["id"]]
    shown = json.loads(does(clerk, "notice", "show", part["id"]))
    assert shown["acknowledgment"]["consents"][0]["signature"].startswith("0x")

    withdraw = ("notice", "withdraw", sale["id"], "--reason", "kept quiet", "--key")
    clerk.is_refused(*withdraw, clerk.key("tier1"), code="consent_missing")
    does(clerk, *withdraw, clerk.key("bank"))
    assert "the ledger takes a payment to" in does(clerk, "lot", "payee", root)
    clerk.is_refused("notice", "show", "ntc_none", code="notice_not_found", status=NOT_FOUND)


def test_accounts_are_set_by_two_shown_to_obligors_and_lead_the_payments(
    clerk: Clerk, root: str, tmp_path: Path
) -> None:
    second = str(tmp_path / "second.json")
    does(
        clerk, "party", "grant-key", str(TIER1), "--scope", "settle", "--new-key", second, "--key",
        clerk.key("tier1"),
    )  # fmt: skip
    assert "has named no account" in does(clerk, "account", "show", str(TIER1))
    assert "no account on record" in does(clerk, "lot", "payee", root)
    words = (
        "account", "set", str(TIER1), "3320 0188 0000 1234 567", "--bank", "cnaps:103332001234", "--holder-name",
        "=Ningbo", "--currency", "CNY", "--key", clerk.key("tier1"),
    )  # fmt: skip
    clerk.is_refused(*words, "--second-key", clerk.key("tier1"), code="second_person_missing")
    clerk.is_refused(*words, "--second-key", clerk.key("tier2"), code="consent_missing")
    assert "is paid in CNY from" in does(clerk, *words, "--second-key", second)
    iban = ("account", "set", str(TIER1), "DE89370400440532013000", "--holder-name", "Ningbo")
    does(clerk, *iban, "--currency", "CNY", "--key", clerk.key("tier1"), "--second-key", second)

    assert "changed, not acknowledged; before: the account 3320018800001234567 of =Ningbo" in does(
        clerk, "lot", "payee", root
    )
    due = ("receivable", "payments", "--obligor", str(OBLIGOR), "--due", maturity(clerk))
    assert "; changed, look twice" in does(clerk, *due)
    assert "account changed, not acknowledged" in does(clerk, *due, "--csv")
    newest = json.loads(does(clerk, "account", "show", str(TIER1), "--json"))[0]
    does(
        clerk, "account", "acknowledge", newest["id"], "--obligor", str(OBLIGOR), "--key", clerk.key("obligor")
    )  # fmt: skip
    found = json.loads(does(clerk, *due, "--json"))
    (payment,) = found["items"]
    assert not payment["destination"]["is_changed"]
    assert payment["destination"]["former"]["holder_name"] == "=Ningbo"
    assert found["totals"] == [{"amount": "1000000.00", "currency": "CNY"}]
    assert "1000000.00 CNY in all" in does(clerk, *due)
    other = ("receivable", "payments", "--obligor", str(OBLIGOR), "--due", "2026-01-01")
    assert "has nothing to pay" in does(clerk, *other)
