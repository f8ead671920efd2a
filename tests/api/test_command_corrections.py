"""Corrections and their warnings on the command line."""

import json
from pathlib import Path

import pytest

from registry.kit.clock import SystemClock
from tests.api.test_command_acts import OBLIGOR, TIER1, TIER2, does
from tests.api.test_commands import NOT_FOUND, Clerk
from tests.invoices.builders import preceding, ubl
from tests.receivables.corrected import BUYER, SAMPLE, SELLER


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def test_a_credit_note_is_listed_warned_of_decided_on_and_read(clerk: Clerk, tmp_path: Path) -> None:
    assert "There are no such corrections" in does(clerk, "invoice", "corrections")
    assert "There are no such warnings" in does(clerk, "notice", "warnings")
    note = tmp_path / "note.xml"
    amounts = dict.fromkeys(("net", "gross", "payable"), "52000.00")
    today = SystemClock().now().date().isoformat()
    note.write_bytes(
        ubl(
            number="GS-1",
            type_code="381",
            issued_on=today,
            seller_vat=SELLER,
            buyer_vat=BUYER,
            currency="CNY",
            extra=preceding(SAMPLE),
            **amounts,
        )
    )
    does(clerk, "invoice", "add", str(note), "--party", str(TIER1))
    listed = does(clerk, "invoice", "corrections")
    assert "credit note GS-1 of 52000.00 CNY" in listed
    (link,) = json.loads(does(clerk, "invoice", "corrections", "--json", "--standing", "stands"))
    shown = json.loads(does(clerk, "invoice", "correction", link["id"]))
    assert shown["exposure"]["over"]["amount"] == "52000.00"

    (lot,) = json.loads(does(clerk, "lot", "list", "--json"))
    send = ("lot", "transfer", lot["id"], "--to", str(TIER2), "--amount", "1.00", "--key", clerk.key("tier1"))
    refused = clerk.is_refused(*send, code="invoice_corrected")
    assert "GS-1 corrected NBJG-2026-0917" in refused.stderr

    assert "credit note GS-1" in does(clerk, "notice", "warnings", "--party", str(OBLIGOR))
    (warning,) = json.loads(does(clerk, "notice", "warnings", "--json", "--party", str(OBLIGOR), "--unread"))
    does(clerk, "notice", "read-warning", warning["id"])
    assert json.loads(does(clerk, "notice", "warnings", "--json", "--party", str(OBLIGOR), "--unread")) == []

    does(clerk, "invoice", "decide-correction", link["id"], "--dismissed", "--why", "another delivery")
    does(clerk, *send)
    clerk.is_refused(
        "invoice",
        "decide-correction",
        "cor_0",
        "--stands",
        "--why",
        "?",
        code="correction_not_found",
        status=NOT_FOUND,
    )
