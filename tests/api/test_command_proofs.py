"""`proof …` writes what `verify` takes, and shows of the invoices what the supplier's key allows."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from typer.testing import CliRunner, Result

from api.cli import app
from registry.provenance.pack import read_pack
from registry.provenance.proving import verify_pack
from tests.api.test_commands import NOT_FOUND, REFUSED, Clerk
from tests.builders.companies import a_company, a_root, pem
from tests.builders.time_stamps import a_stamp_authority, served

UNAVAILABLE = 5


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


@pytest.fixture
def lot(clerk: Clerk) -> str:
    return str(json.loads(clerk.types("lot", "list", "--json").stdout)[0]["id"])


def test_what_is_exported_is_verified(clerk: Clerk, lot: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    words = ("--disclose", "number", "--disclose", "fingerprint", "--key", clerk.key("tier1"))
    done = clerk.types("proof", "export", lot, "--to", str(file), *words)
    assert done.exit_code == 0, done.output
    pack = read_pack(file.read_bytes())
    assert pack.block.hash in done.stdout
    assert pack.openings
    assert pack.documents
    checked = clerk.types("verify", str(file), "--block", pack.block.hash)
    assert checked.exit_code == 0, checked.output
    assert "VERIFIED" in checked.stdout
    assert clerk.types("verify", lot).exit_code == 0


def test_what_is_not_the_suppliers_to_show_or_nowhere_to_be_written_is_refused(
    clerk: Clerk, lot: str, tmp_path: Path
) -> None:
    show = ("proof", "export", lot, "--disclose", "number")
    clerk.is_refused(*show, code="disclosure_not_yours")
    clerk.is_refused(*show, "--key", clerk.key("obligor"), code="disclosure_not_yours")
    clerk.is_refused("proof", "export", lot, "--to", str(tmp_path / "no/where"), code="proof_not_written")
    clerk.is_refused("proof", "export", "f" * 64, code="lot_not_found", status=NOT_FOUND)


def test_an_obligors_total_is_exported_and_verified(clerk: Clerk, tmp_path: Path) -> None:
    file = tmp_path / "total.json"
    done = clerk.types("proof", "total", "2", "CNY", "--to", str(file))
    assert done.exit_code == 0, done.output
    pack = read_pack(file.read_bytes())
    checked = clerk.types("verify", str(file), "--block", pack.block.hash)
    assert (checked.exit_code, "VERIFIED" in checked.stdout) == (0, True), checked.output
    clerk.is_refused("proof", "total", "2", "XXX", code="unknown_currency")
    clerk.is_refused("proof", "total", "999", "CNY", code="total_not_provable")
    clerk.is_refused(
        "proof", "total", "2", "CNY", "--to", str(tmp_path / "no/where"), code="proof_not_written"
    )


def test_a_company_signs_with_openssls_habits_and_a_trusted_authority_proves_who_it_is(
    clerk: Clerk, lot: str, tmp_path: Path
) -> None:
    root = a_root()
    company = a_company(root, "Nordlicht GmbH", None)
    text, signature = tmp_path / "statement.txt", tmp_path / "statement.sig"
    chain, trusted = tmp_path / "chain.pem", tmp_path / "trusted"
    chain.write_text(pem(company, root))
    done = clerk.types("company", "statement", "2", "--certificate", str(chain), "--to", str(text))
    assert done.exit_code == 0, done.output
    signature.write_bytes(company.key.sign(text.read_bytes(), ECDSA(SHA256())))
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(root.pem)
    words = ("--statement", str(text), "--signature", str(signature), "--certificate", str(chain))
    done = clerk.types("company", "record", "2", *words)
    assert (done.exit_code, "Nordlicht GmbH" in done.stdout) == (0, True), done.output
    clerk.is_refused("company", "record", "3", *words, code="company_statement_refused")
    clerk.is_refused(
        "company", "record", "2", *words[:-1], str(tmp_path / "no"), code="company_statement_refused"
    )

    file = tmp_path / "a.json"
    assert clerk.types("proof", "export", lot, "--to", str(file)).exit_code == 0
    block = read_pack(file.read_bytes()).block.hash
    done = clerk.types("verify", str(file), "--block", block, "--trust", str(trusted), "--json")
    assert done.exit_code == 0, done.output
    outcomes = {(one["name"], one["subject"]): one["outcome"] for one in json.loads(done.stdout)["checks"]}
    assert outcomes["company", "party 2"] == "proven"
    done = clerk.types("verify", str(file), "--block", block, "--trust", str(trusted))
    assert "Nordlicht GmbH (party 2)" in done.stdout
    assert "Nordlicht GmbH (party 2)" not in clerk.types("verify", str(file), "--block", block).stdout


def stamps(file: Path, *words: str) -> Result:
    """The command needs no registry."""
    return CliRunner().invoke(app, ["proof", "stamp", str(file), *words])


def test_an_authority_stamps_a_proof_over_http_or_by_files(clerk: Clerk, lot: str, tmp_path: Path) -> None:
    root = a_root("Zeit-CA")
    trusted, file = tmp_path / "trusted", tmp_path / "a.json"
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(root.pem)
    assert clerk.types("proof", "export", lot, "--to", str(file)).exit_code == 0
    pack = read_pack(file.read_bytes())
    at = datetime.fromtimestamp(verify_pack(pack).at_seconds, UTC)  # type: ignore[arg-type]
    authority = a_stamp_authority(at, root)
    with served(authority) as url:
        done = stamps(file, "--authority", url)
    assert done.exit_code == 0, done.output
    question, answer = tmp_path / "q.tsq", tmp_path / "a.tsr"
    assert stamps(file, "--request", str(question)).exit_code == 0
    answer.write_bytes(authority.answer(question.read_bytes()))
    assert stamps(file, "--answer", str(answer)).exit_code == 0
    done = clerk.types("verify", str(file), "--block", pack.block.hash, "--trust", str(trusted), "--json")
    assert done.exit_code == 0, done.output
    told = [one["outcome"] for one in json.loads(done.stdout)["checks"] if one["name"] == "time_stamp"]
    assert told == ["proven", "proven"]


def test_an_authority_that_gives_no_stamp_leaves_the_proof_as_it_is(
    clerk: Clerk, lot: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    assert clerk.types("proof", "export", lot, "--to", str(file)).exit_code == 0
    before = file.read_bytes()

    def is_refused(file: Path, *words: str, code: str, status: int = REFUSED) -> None:
        done = stamps(file, *words)
        assert (done.exit_code, f"({code})" in done.stderr) == (status, True), done.output

    authority = a_stamp_authority(datetime(2026, 9, 21, tzinfo=UTC))
    with served(replace(authority, refuses=True)) as url:
        is_refused(file, "--authority", url, code="time_stamp_refused")
    with served(authority, status=500) as url:
        is_refused(file, "--authority", url, code="time_stamp_authority_away", status=UNAVAILABLE)
    is_refused(file, "--authority", url, code="time_stamp_authority_away", status=UNAVAILABLE)  # gone by now
    is_refused(file, "--answer", str(tmp_path / "no"), code="time_stamp_refused")
    total = tmp_path / "total.json"
    assert clerk.types("proof", "total", "2", "CNY", "--to", str(total)).exit_code == 0
    is_refused(total, "--authority", url, code="pack_unreadable")
    assert file.read_bytes() == before
