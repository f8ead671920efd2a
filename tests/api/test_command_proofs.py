"""`proof …` writes what `verify` takes, and shows of the invoices what the supplier's key allows."""

import json
from pathlib import Path

import pytest

from registry.provenance.pack import read_pack
from tests.api.test_commands import NOT_FOUND, Clerk


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
