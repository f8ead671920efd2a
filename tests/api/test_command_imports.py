"""A sheet on the command line: tried out, imported, brought again; column maps."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.service import open_service
from registry.invoices.imports import queries
from registry.invoices.imports.use_cases import propose, save_map
from tests.api.test_command_acts import TIER1
from tests.api.test_commands import Clerk
from tests.invoices.import_builders import a_row, as_csv


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def imported(clerk: Clerk, *words: str, status: int = 0) -> Any:
    done = clerk.types("invoice", "import", *words, "--json")
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def test_a_sheet_is_tried_out_imported_and_brought_again(clerk: Clerk, tmp_path: Path) -> None:
    sheet = tmp_path / "export.csv"
    bad = a_row("C-3", gross="1,2,3")
    sheet.write_bytes(as_csv(a_row("C-1"), a_row("C-2", net="7", tax="0", gross="7"), bad))
    words = (str(sheet), "--party", str(TIER1))
    tried = imported(clerk, *words, "--dry-run", status=3)
    assert (tried["status"], tried["counts"]) == ("tried", {"new": 2, "refused": 1})
    assert [(one["row"], one["code"]) for one in tried["faults"]] == [(4, "bad_amount")]
    assert imported(clerk, *words, status=3)["status"] == "refused"
    done = clerk.types("invoice", "import", *words, "--mode", "report")
    assert done.exit_code == 3
    assert "Imported: 2 new, 1 refused of 3 rows" in done.stdout
    assert "bad_amount" in done.stdout
    sheet.write_bytes(as_csv(a_row("C-1"), a_row("C-2", net="7", tax="0", gross="7")))
    assert imported(clerk, *words)["counts"] == {"duplicate": 2}


def test_maps_are_listed_and_deleted_by_name(clerk: Clerk, tmp_path: Path) -> None:
    sheet, party = tmp_path / "export.csv", str(TIER1)
    sheet.write_bytes(as_csv(a_row("C-9")))
    tried = imported(clerk, str(sheet), "--party", party, "--dry-run")
    with open_service(clerk.folder) as opened:
        with opened.database.read() as session:
            columns = propose(session, queries.import_by_id(session, tried["id"])).columns
        save_map(
            opened.database,
            tried["id"],
            "ERP",
            columns,
            clock=opened.context.clock,
            ids=opened.context.new_id,
        )
    assert [
        one["name"] for one in json.loads(clerk.types("invoice", "maps", "--party", party, "--json").stdout)
    ] == ["ERP"]
    assert imported(clerk, str(sheet), "--party", party, "--map", "ERP")["counts"] == {"new": 1}
    clerk.is_refused(
        "invoice", "import", str(sheet), "--party", party, "--map", "SAP", code="column_map_unknown", status=4
    )
    done = clerk.types("invoice", "maps", "--party", party, "--delete", "ERP")
    assert "keeps no column maps" in done.stdout
