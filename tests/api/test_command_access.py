"""`access …`: the operator lets in auditors, accounts let in theirs."""

import json
from pathlib import Path

import pytest

from registry.chain.keys import SigningKey
from tests.access.certifying import a_bundle, a_client, an_authority
from tests.api.test_commands import Clerk

UNTIL = ("--until", "2027-06-01")


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def test_the_operator_lets_in_an_auditor_and_shuts_it_out(clerk: Clerk) -> None:
    address = SigningKey.create().address
    done = clerk.types("access", "let-in", address, "--name", "An auditor", "--role", "auditor", *UNTIL)
    assert "An auditor may sign in as auditor" in done.stdout
    found = json.loads(clerk.types("access", "people", "--json").stdout)
    assert [(one["address"], one["party"], one["ended_at"]) for one in found] == [(address, None, None)]
    assert clerk.types("access", "shut-out", address).exit_code == 0
    assert json.loads(clerk.types("access", "people", "--json").stdout)[0]["ended_at"]


def test_nobody_let_in_is_said(clerk: Clerk) -> None:
    assert "Nobody was let in" in clerk.types("access", "people").stdout


def test_the_operator_gives_no_partys_role(clerk: Clerk) -> None:
    address = SigningKey.create().address
    words = ("access", "let-in", address, "--name", "X", "--role", "supplier", *UNTIL)
    clerk.is_refused(*words, code="bad_access_roles")
    clerk.is_refused(*words[:-4], "--role", "king", *UNTIL, code="bad_access_roles")


def test_an_account_lets_in_its_people_and_makes_and_ends_keys(clerk: Clerk) -> None:
    by = ("--key", clerk.key("bank"))
    address = SigningKey.create().address
    words = ("access", "let-in", address, "--name", "Rita", "--role", "reviewer", *UNTIL, *by)
    assert "Rita may sign in as reviewer" in clerk.types(*words).stdout
    made = clerk.types("access", "make-key", "--name", "ERP", "--role", "reviewer", *UNTIL, *by).stdout
    name, secret = made.split()[2], made.split()[-1]
    assert secret.startswith("cfk_")
    assert clerk.types("access", "end-key", name, *by).exit_code == 0
    clerk.is_refused("access", "end-key", name, "--key", clerk.key("tier1"), code="forbidden")


def test_a_supplier_shares_its_records_and_takes_it_back(clerk: Clerk) -> None:
    by = ("--key", clerk.key("tier1"))
    parties = json.loads(clerk.types("party", "list", "--json").stdout)
    bank = next(str(one["number"]) for one in parties if "funder" in one["chain"]["roles"])
    given = clerk.types("access", "share", "--to", bank, "--purpose", "A line", *UNTIL, *by).stdout
    consent = given.split()[1]
    clerk.is_refused("access", "unshare", consent, "--key", clerk.key("bank"), code="forbidden")
    assert "has ended" in clerk.types("access", "unshare", consent, *by).stdout


def test_an_account_makes_keys_for_machines_that_sign(clerk: Clerk) -> None:
    by, address = ("--key", clerk.key("bank")), SigningKey.create().address
    words = ("access", "make-key", "--name", "ERP", "--role", "reviewer", *UNTIL, "--address", address)
    made = clerk.types(*words, *by).stdout
    assert made.split()[-1].startswith("erc8128:")
    assert made.split()[-1].endswith(address.lower())
    clerk.is_refused(*words, *by, code="signing_key_taken")
    assert clerk.types("access", "end-key", made.split()[2], *by).exit_code == 0
    assert clerk.types(*words, *by).exit_code == 0


def test_a_certificate_makes_a_key_where_the_operator_trusts_its_authority(
    clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = an_authority()
    bundle = a_bundle(a_client(root))
    (tmp_path / "erp.pem").write_text(bundle.pem)
    by = ("--key", clerk.key("bank"))
    words = ("access", "make-key", "--name", "ERP", "--role", "reviewer", *UNTIL, *by, "--certificate")
    clerk.is_refused(*words, str(tmp_path / "none.pem"), code="bad_client_certificate")
    clerk.is_refused(*words, str(tmp_path / "erp.pem"), code="client_certificate_refused")
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "root.pem").write_bytes(root.pem)
    monkeypatch.setenv("COUNTERFOIL_CLIENT_AUTHORITIES", str(tmp_path / "trusted"))
    assert clerk.types(*words, str(tmp_path / "erp.pem")).stdout.split()[-1] == bundle.keyid
