"""What many invoices together say, on the command line."""

import json
from pathlib import Path

import pytest

from registry.kit.clock import SystemClock
from tests.api.test_command_acts import TIER1, does
from tests.api.test_commands import Clerk
from tests.invoices.builders import ubl

FIRMS = [("Aal GmbH", "DE100000001"), ("Barsch GmbH", "DE100000002"), ("Chub GmbH", "DE100000003")]


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def sale(folder: Path, clerk: Clerk, number: str, by: int, to: int) -> str:
    path = folder / f"{number}.xml"
    (seller, seller_vat), (buyer, buyer_vat) = FIRMS[by], FIRMS[to]
    today = SystemClock().now().date().isoformat()
    path.write_bytes(
        ubl(number=number, issued_on=today, seller_name=seller, seller_vat=seller_vat, buyer_name=buyer,
            buyer_vat=buyer_vat)
    )  # fmt: skip
    does(clerk, "invoice", "add", str(path), "--party", str(TIER1))
    return number


def rings(clerk: Clerk, *words: str) -> list[int]:
    found = json.loads(does(clerk, "invoice", "signals", "--json", *words))
    return [len(one["invoices"]) for one in found if one["signal"] == "trade_ring"]


def test_goods_that_come_back_are_shown_and_an_open_chain_is_not(clerk: Clerk, tmp_path: Path) -> None:
    assert "None among" in does(clerk, "invoice", "signals")
    sale(tmp_path, clerk, "R-1", 0, 1)
    sale(tmp_path, clerk, "R-2", 1, 2)
    assert rings(clerk) == []
    sale(tmp_path, clerk, "R-3", 2, 0)
    assert rings(clerk) == [3]
    assert rings(clerk, "--since", "2999-01-01") == []
    shown = does(clerk, "invoice", "signals")
    assert "trade_ring" in shown
    assert "R-3" in shown
    assert "unknown_buyer" in shown
