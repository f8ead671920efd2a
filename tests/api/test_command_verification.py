"""Verification on the command line: what it says, keeps, and ends with."""

import json
from pathlib import Path

import pytest

from api.service import open_service
from registry.chain.embedded.owner import OpenChain
from registry.chain.node import Node
from registry.invoices.verification.trust import TrustListUnreadable
from registry.storage.unit_of_work import Database
from tests.api.test_commands import NOT_FOUND, NOT_TRUE, REFUSED, UNAVAILABLE, Clerk

HEAD = "seller,number,state\n"


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    """At a registry whose operator keeps a file of what the authority knows; it knows nothing yet."""
    with (live_folder / "counterfoil.toml").open("a") as settings:
        settings.write('verification_file = "known.csv"\n')
    (live_folder / "known.csv").write_text(HEAD)
    return Clerk(live_folder)


def test_an_invoice_is_verified_by_name_and_its_history_kept(clerk: Clerk) -> None:
    (one, *_) = json.loads(clerk.types("invoice", "list", "--party", "3", "--json").stdout)
    known = clerk.folder / "known.csv"
    assert clerk.types("invoice", "verify", one["id"]).exit_code == NOT_TRUE
    parsed = json.loads(clerk.types("invoice", "verifications", one["id"], "--json").stdout)
    assert [each["state"] for each in parsed if each["kind"] == "answer"] == ["not_found"]
    known.write_text(HEAD + f"91330206MA2NB8Q357,{one['number']},\n")
    done = clerk.types("invoice", "verify", one["id"])
    assert (done.exit_code, "file: verified" in done.stdout) == (0, True)
    known.unlink()
    assert clerk.types("invoice", "verify", one["id"]).exit_code == UNAVAILABLE
    told = clerk.types("invoice", "verifications", one["id"]).stdout
    assert [told.count(f"file: {state}") for state in ("unavailable", "verified", "not_found")] == [1, 1, 1]
    assert "payable_sum" in told


def test_all_that_is_due_is_asked_about_once(clerk: Clerk) -> None:
    first = json.loads(clerk.types("invoice", "verify", "--all-due", "--json").stdout)
    assert {one["state"] for one in first} == {"not_found"}
    again = clerk.types("invoice", "verify", "--all-due")
    assert (again.exit_code, again.stdout) == (0, "Nothing is due.\n")


def test_one_invoice_or_all_that_is_due(clerk: Clerk) -> None:
    assert clerk.types("invoice", "verify").exit_code == 2
    assert clerk.types("invoice", "verify", "inv_1", "--all-due").exit_code == 2
    clerk.is_refused("invoice", "verify", "inv_1", code="invoice_unknown", status=NOT_FOUND)
    clerk.is_refused("invoice", "verifications", "inv_1", code="invoice_unknown", status=NOT_FOUND)


def test_without_a_service_it_says_what_to_set(live_folder: Path) -> None:
    clerk = Clerk(live_folder)
    for words in (("inv_1",), ("--all-due",)):
        refused = clerk.is_refused(
            "invoice", "verify", *words, code="no_verification_service", status=REFUSED
        )
        assert "verification_file" in refused.stderr


def test_a_trust_list_that_is_not_there_keeps_the_registry_shut(live_folder: Path) -> None:
    with (live_folder / "counterfoil.toml").open("a") as settings:
        settings.write('trust_anchors = "authorities"\n')
    clerk = Clerk(live_folder)
    clerk.is_refused("status", code="trust_list_unreadable", status=UNAVAILABLE)
    (live_folder / "authorities").mkdir()
    assert clerk.types("invoice", "list", "--party", "3").exit_code == 0


def test_a_registry_that_stays_shut_keeps_nothing_open(
    live_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (live_folder / "counterfoil.toml").open("a") as settings:
        settings.write('trust_anchors = "authorities"\n')
    closed: list[object] = []
    for kind in (Database, OpenChain, Node):
        close = kind.close
        monkeypatch.setattr(kind, "close", lambda self, close=close: (closed.append(type(self)), close(self)))
    with pytest.raises(TrustListUnreadable), open_service(live_folder):
        pass
    assert {Database, OpenChain, Node} <= set(closed)
