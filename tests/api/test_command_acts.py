"""Every act has a verb: what it does is there afterwards, and the wrong key does nothing."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.kit.clock import FixedClock
from tests.api.test_commands import REFUSED, Clerk
from tests.builders.office import START

SAMPLES = Path(__file__).parents[2] / "registry/invoices/samples"
PAST_MATURITY_DAYS = 121
TIER1, TIER2, TIER3, BANK, SECOND_BANK, CLEARING, OBLIGOR = 3, 4, 5, 7, 8, 9, 2


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START + timedelta(minutes=10))


@pytest.fixture
def clerk(office_folder: Path, clock: FixedClock) -> Clerk:
    return Clerk(office_folder, clock)


@pytest.fixture
def root(clerk: Clerk) -> str:
    return str(json.loads(clerk.types("lot", "list", "--json").stdout)[0]["id"])


@pytest.fixture
def receivable(clerk: Clerk) -> str:
    """The confirmed one."""
    return str(json.loads(clerk.types("receivable", "list", "--json").stdout)[0]["id"])


def does(clerk: Clerk, *words: str, **env: str) -> str:
    done = clerk.types(*words, **env)
    assert done.exit_code == 0, done.output
    return done.stdout


def lot(clerk: Clerk, lot_id: str) -> dict[str, Any]:
    return dict(json.loads(does(clerk, "lot", "show", lot_id)))


def party(clerk: Clerk, number: int) -> dict[str, Any]:
    return dict(json.loads(does(clerk, "party", "show", str(number))))


def prepared(clerk: Clerk, amount: str = "1000.00") -> str:
    clerk.types("invoice", "add", str(SAMPLES / "invoice-6.fapiao-2019.xml"), "--party", str(TIER1))
    found = json.loads(does(clerk, "invoice", "list", "--party", str(TIER1), "--json"))
    one = next(each["id"] for each in found if each["file"] == "invoice-6.fapiao-2019.xml")
    said = does(
        clerk, "receivable", "prepare", "--invoice", f"{one}={amount}", "--originator", str(TIER1),
        "--obligor", str(OBLIGOR), "--maturity", maturity(clerk), "--settler", str(CLEARING),
    )  # fmt: skip
    return re.findall(r"rcv_[0-9a-f]{16}", said)[0]


def maturity(clerk: Clerk) -> str:
    return str(json.loads(clerk.types("receivable", "list", "--json").stdout)[0]["maturity"])


def status(clerk: Clerk, receivable_id: str) -> str:
    return str(json.loads(does(clerk, "receivable", "show", receivable_id))["status"])


def test_batches_of_receivables_then_a_withdrawal_and_an_expiry(clerk: Clerk, clock: FixedClock) -> None:
    each = [prepared(clerk, amount) for amount in ("1000.00", "2000.00", "300.00", "400.00")]
    one, two, three, four = each
    words = ("receivable", "register-many", *each, "--key")
    clerk.is_refused(*words, clerk.key("tier2"), code="consent_missing")
    does(clerk, *words, clerk.key("tier1"))
    does(clerk, "receivable", "confirm-many", one, two, "--key", clerk.key("obligor"))
    clerk.is_refused("receivable", "expire", four, code="confirmation_period_not_over")
    does(clerk, "receivable", "withdraw", three, "--reason", "twice", "--key", clerk.key("tier1"))
    clock.advance(days=31)
    does(clerk, "receivable", "expire", four)
    assert [status(clerk, one) for one in each] == ["confirmed", "confirmed", "withdrawn", "expired"]


def test_a_contest_and_a_cancellation(clerk: Clerk, receivable: str, tmp_path: Path) -> None:
    evidence = tmp_path / "note.txt"
    evidence.write_text("short by a pallet")
    words = ("receivable", "contest", receivable, "--by", str(OBLIGOR), "--evidence", str(evidence))
    key = ("--key", clerk.key("obligor"))
    clerk.is_refused(*words, "--code", "C09", *key, code="code_invalid")
    missing = ("receivable", "contest", receivable, "--by", "2", "--code", "C05", "--evidence", "nowhere")
    clerk.is_refused(*missing, *key, code="evidence_unreadable")
    does(clerk, *words, "--code", "c05", *key)
    shown = json.loads(does(clerk, "receivable", "show", receivable))
    assert [one["code"] for one in shown["contests"]] == ["C05"]
    cancel = ("receivable", "cancel", receivable, "--reason", "returned", "--key", clerk.key("tier1"))
    clerk.is_refused(*cancel, "--obligor-key", clerk.key("tier2"), code="consent_missing")
    does(clerk, *cancel, "--obligor-key", clerk.key("obligor"))
    assert status(clerk, receivable) == "canceled"


def test_what_is_signed_is_said_first_in_the_readers_language(clerk: Clerk, root: str) -> None:
    words = ("lot", "lock", root, "--funder", str(BANK), "--key", clerk.key("tier1"))
    back = ("lot", "release", root, "--by", str(BANK), "--key", clerk.key("bank"))
    assert "ends the hold on" not in does(clerk, *words, LANG="zh_CN.UTF-8")
    assert "解除对" in does(clerk, "--lang", "zh", *back)
    assert "holds the lot of 1,000,000.00 CNY" in does(clerk, *words, LANG="C")
    assert "ends the hold on" in does(clerk, "--lang", "en", *back, LANG="zh_CN.UTF-8")


def test_anything_is_found_on_the_command_line(clerk: Clerk, root: str, receivable: str) -> None:
    assert "Donggang Bank" in does(clerk, "search", "donggang")
    found = json.loads(does(clerk, "search", root, "--json"))
    assert [(one["kind"], one["id"]) for one in found] == [("lot", root)]
    assert [one["id"] for one in json.loads(does(clerk, "search", receivable[:14], "--json"))] == [receivable]
    assert "Nothing is called" in does(clerk, "search", "nobody at all")


def finance(clerk: Clerk, root: str, *extra: str) -> None:
    does(clerk, "lot", "lock", root, "--funder", str(BANK), "--key", clerk.key("tier1"))
    does(
        clerk, "lot", "finance", root, "--funder", str(BANK), "--rate", "0.05", "--seller-key",
        clerk.key("tier1"), "--funder-key", clerk.key("bank"), *extra,
    )  # fmt: skip


def test_a_pledge_a_receipt_a_write_off_and_a_release(clerk: Clerk, root: str) -> None:
    finance(clerk, root, "--pledge")
    assert lot(clerk, root)["status"] == "pledged"
    receipt = (
        "lot", "settle", root, "--by", str(TIER1), "--payment", "P1", "--amount", "1000", "--key",
        clerk.key("tier1"),
    )  # fmt: skip
    clerk.is_refused(*receipt, code="consent_missing")
    does(clerk, *receipt, "--funder-key", clerk.key("bank"))
    lost = ("lot", "write-off", root, "--amount", "500", "--reason", "loss", "--key", clerk.key("tier1"))
    does(clerk, *lost, "--funder-key", clerk.key("bank"))
    assert lot(clerk, root)["amount"]["amount"] == "998500.00"
    clerk.is_refused("lot", "enforce", root, "--key", clerk.key("bank"), code="not_mature")
    does(clerk, "lot", "release", root, "--by", str(BANK), "--key", clerk.key("bank"))
    assert lot(clerk, root)["status"] == "free"


def test_a_pledge_is_enforced_and_a_lot_put_back_once_the_maturity_has_come(
    clerk: Clerk, clock: FixedClock, root: str
) -> None:
    does(clerk, "lot", "transfer", root, "--to", str(TIER2), "--amount", "1000", "--key", clerk.key("tier1"))
    part = next(one["id"] for one in json.loads(does(clerk, "lot", "list", "--json")) if one["id"] != root)
    finance(clerk, root, "--pledge")
    does(clerk, "lot", "lock", part, "--funder", str(BANK), "--key", clerk.key("tier2"))
    does(
        clerk, "lot", "finance", part, "--funder", str(BANK), "--rate", "0.05", "--seller-key",
        clerk.key("tier2"), "--funder-key", clerk.key("bank"), "--recourse",
    )  # fmt: skip
    clock.advance(days=PAST_MATURITY_DAYS)
    clerk.is_refused("lot", "enforce", root, "--key", clerk.key("tier1"), code="consent_missing")
    does(clerk, "lot", "enforce", root, "--key", clerk.key("bank"))
    assert (lot(clerk, root)["status"], lot(clerk, root)["holder"]["number"]) == ("financed", BANK)
    does(clerk, "lot", "put-back", part, "--key", clerk.key("bank"))
    assert (lot(clerk, part)["status"], lot(clerk, part)["holder"]["number"]) == ("free", TIER2)


def test_a_reassignment_and_what_waits_for_the_maturity(clerk: Clerk, root: str) -> None:
    finance(clerk, root, "--recourse")
    clerk.is_refused("lot", "put-back", root, "--key", clerk.key("bank"), code="not_mature")
    words = ("lot", "reassign", root, "--to", str(SECOND_BANK), "--rate", "0.04", "--key", clerk.key("bank"))
    clerk.is_refused(*words, "--to-key", clerk.key("tier2"), code="consent_missing")
    does(clerk, *words, "--to-key", clerk.key("second_bank"))
    assert lot(clerk, root)["holder"]["number"] == SECOND_BANK


def test_several_transfers_and_payments_and_a_picture(clerk: Clerk, root: str, tmp_path: Path) -> None:
    moves = ("--move", f"{root[:12]}:{TIER2}:400000", "--move", f"{root[:12]}:{TIER3}")
    words = ("lot", "transfer-many", "--holder", str(TIER1), "--key", clerk.key("tier1"))
    clerk.is_refused(*words, "--move", root, code="bad_step")
    clerk.is_refused(*words, *moves, code="amount_over_lot")
    does(clerk, *words, *moves[:2], "--move", f"{root[:12]}:{TIER3}:600000")
    found = json.loads(does(clerk, "lot", "list", "--json"))
    held = {one["holder"]["number"]: one["id"] for one in found}
    assert set(held) == {TIER2, TIER3}
    pay = ("lot", "settle-many", "--settler", str(CLEARING), "--key", clerk.key("clearing"))
    clerk.is_refused(*pay, "--paid", held[TIER2], code="bad_step")
    does(clerk, *pay, "--paid", f"{held[TIER2]}:400000:P:1", "--paid", f"{held[TIER3]}:1:P2")
    assert lot(clerk, held[TIER2])["status"] == "redeemed"
    svg = tmp_path / "lot.svg"
    does(clerk, "lot", "picture", held[TIER3], "--to", str(svg))
    assert svg.read_text().startswith("<svg")
    nowhere = str(tmp_path / "none" / "lot.svg")
    clerk.is_refused("lot", "picture", held[TIER3], "--to", nowhere, code="picture_not_written")


def test_keys_quota_and_a_bar(clerk: Clerk, root: str, tmp_path: Path) -> None:
    new = tmp_path / "clerk.json"
    grant = ("party", "grant-key", str(TIER1), "--new-key", str(new), "--key", clerk.key("tier1"))
    clerk.is_refused(*grant, "--scope", "rule", code="bad_scope")
    said = does(clerk, *grant, "--scope", "transfer", "--cap", "CNY 1000.00")
    address = re.findall(r"0x[0-9a-fA-F]{40}", said)[0]
    transfer = ("lot", "transfer", root, "--to", str(TIER2), "--key", str(new))
    clerk.is_refused(*transfer, "--amount", "1000.01", code="cap_exceeded")
    does(clerk, *transfer, "--amount", "1000")
    clerk.is_refused("party", "revoke-key", str(TIER1), "0x12", "--key", str(new), code="bad_address")
    revoke = ("party", "revoke-key", str(TIER1), address, "--key")
    clerk.is_refused(*revoke, str(new), code="consent_missing")
    does(clerk, *revoke, clerk.key("tier1"))
    clerk.is_refused(*transfer, "--amount", "100", code="consent_missing")

    bound = ("party", "quota", str(OBLIGOR), "CNY 999000.00", "--key")
    clerk.is_refused(*bound, clerk.key("tier1"), code="consent_missing")
    does(clerk, *bound, clerk.key("obligor"))
    one = prepared(clerk)
    does(clerk, "receivable", "register-many", one, "--key", clerk.key("tier1"))
    clerk.is_refused("receivable", "confirm", one, "--key", clerk.key("obligor"), code="quota_exceeded")
    does(clerk, "party", "bar", str(OBLIGOR))
    assert party(clerk, OBLIGOR)["chain"]["is_barred"] is True
    does(clerk, "party", "bar", str(OBLIGOR), "--lift")


def test_who_is_overdue_is_listed_and_may_be_barred(clerk: Clerk, clock: FixedClock) -> None:
    assert "No obligor is overdue" in does(clerk, "party", "overdue")
    clock.advance(days=PAST_MATURITY_DAYS)
    shown = does(clerk, "party", "overdue")
    assert f"counterfoil party bar {OBLIGOR}" in shown
    does(clerk, "party", "bar", str(OBLIGOR))
    (one,) = json.loads(does(clerk, "party", "overdue", "--json"))
    assert (one["obligor"]["number"], one["is_barred"], one["suggestion"]) == (OBLIGOR, True, None)
    assert one["overdue"] == [{"amount": "1000000.00", "currency": "CNY"}]
    assert "counterfoil party bar" not in does(clerk, "party", "overdue")


def test_a_lost_account_and_a_veto(clerk: Clerk) -> None:
    address = "0x" + "5a" * 20
    does(clerk, "party", "propose-account", str(TIER1), address)
    assert party(clerk, TIER1)["chain"]["proposed_account"].lower() == address
    take = ("party", "take-account", str(TIER1), "--key", clerk.key("tier1"))
    clerk.is_refused(*take, code="proposal_waits")
    veto = ("party", "veto-account", str(TIER1), "--key")
    clerk.is_refused(*veto, clerk.key("tier2"), code="consent_missing")
    does(clerk, *veto, clerk.key("tier1"))
    clerk.is_refused(*take, code="proposal_unknown")


def test_the_graded_state_and_the_arbiter(clerk: Clerk, root: str, receivable: str) -> None:
    does(clerk, "state", "halted")
    transfer = ("lot", "transfer", root, "--to", str(TIER2), "--key", clerk.key("tier1"))
    clerk.is_refused(*transfer, code="halted")
    does(clerk, "state", "open")
    does(clerk, "arbiter", "suspend", receivable, "--reason", "order 1")
    clerk.is_refused(*transfer, code="receivable_suspended")
    does(clerk, "arbiter", "resume", receivable, "--reason", "lifted")
    does(clerk, "arbiter", "forced-transfer", root, "--to", str(TIER3), "--reason", "order 2")
    assert lot(clerk, root)["holder"]["number"] == TIER3
    does(clerk, "arbiter", "replace", "0x" + "5a" * 20)
    done = clerk.types("arbiter", "suspend", receivable, "--reason", "order 3")
    assert done.exit_code == REFUSED
    assert "(sender_not_arbiter)" in done.stderr


def test_an_arbiter_may_keep_its_key_elsewhere(clerk: Clerk, root: str, receivable: str) -> None:
    (clerk.folder / "keys/arbiter.json").rename(clerk.folder / "elsewhere.json")
    order = ("arbiter", "forced-transfer", root, "--to", str(TIER3), "--reason", "order 2")
    clerk.is_refused(*order, code="arbiter_elsewhere")
    clerk.is_refused("arbiter", "suspend", receivable, "--reason", "order 1", code="arbiter_elsewhere")
    does(clerk, "lot", "transfer", root, "--to", str(TIER2), "--key", clerk.key("tier1"))
