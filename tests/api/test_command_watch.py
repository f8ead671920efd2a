"""`counterfoil watch`: from a folder, from a node alone, and over another registry's API."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.outside import Outside
from api.service import open_service
from api.watching import at, corrected
from registry.chain.node import Node
from registry.kit.clock import SystemClock
from registry.provenance.watching import Watch
from registry.receivables import queries
from tests.api.http_world import World
from tests.api.test_command_acts import TIER1, TIER2, does
from tests.api.test_commands import NOT_FOUND, REFUSED, UNAVAILABLE, Clerk
from tests.invoices.builders import preceding, ubl
from tests.receivables.corrected import BUYER, SAMPLE, SELLER


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


@pytest.fixture
def lot(clerk: Clerk) -> str:
    return str(json.loads(does(clerk, "lot", "list", "--json"))[0]["id"])


def told(output: str) -> list[tuple[str, str | None]]:
    return [(one["kind"], one["event"]) for one in map(json.loads, output.splitlines())]


def a_credit_note(folder: Path) -> str:
    note = folder / "note.xml"
    today = SystemClock().now().date().isoformat()
    amounts = dict.fromkeys(("net", "gross", "payable"), "52000.00")
    note.write_bytes(
        ubl(
            number="GS-1", type_code="381", issued_on=today, seller_vat=SELLER, buyer_vat=BUYER, currency="CNY",
            extra=preceding(SAMPLE), **amounts,
        )
    )  # fmt: skip
    return str(note)


def test_what_happened_between_two_looks_is_told_by_the_second_alone(
    clerk: Clerk, lot: str, tmp_path: Path
) -> None:
    look = ("watch", lot, "--once", "--json", "--state", str(tmp_path / "kept.json"))
    assert told(does(clerk, *look)) == [("state", None)]
    does(clerk, "lot", "transfer", lot, "--to", str(TIER2), "--amount", "1.00", "--key", clerk.key("tier1"))
    does(clerk, "invoice", "add", a_credit_note(tmp_path), "--party", str(TIER1))
    assert told(does(clerk, *look)) == [("act", "LotSplit"), ("corrected", None)]
    assert does(clerk, *look) == ""
    said = does(clerk, "watch", lot, "--once", "--from-block", "0")
    assert "a part was split off in block" in said
    assert "an invoice behind it was CORRECTED: credit note GS-1 of 52000.00 CNY" in said


def test_a_node_is_enough(clerk: Clerk, lot: str, tmp_path: Path) -> None:
    """No folder is opened."""
    with open_service(clerk.folder, SystemClock()) as opened:
        words = ["watch", lot, "--once", "--rpc", opened.node.url, "--contract", opened.settings.contract]
        done = CliRunner().invoke(app, words, env={"COUNTERFOIL_DATA": None})
    assert (done.exit_code, "held by party" in done.stdout) == (0, True), done.output


def test_what_cannot_be_watched_or_kept_is_refused(clerk: Clerk, lot: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    clerk.is_refused("watch", lot, "--once", "--state", str(broken), code="watch_memory_unreadable")
    clerk.is_refused("watch", lot, "--once", "--state", str(tmp_path / "no/a"), code="watch_memory_not_kept")
    clerk.is_refused("watch", "lot_" + "f" * 64, "--once", code="lot_not_found", status=NOT_FOUND)
    alone = ("--rpc", "http://127.0.0.1:1")
    for words, code, status in (
        (alone, "ledger_half_named", REFUSED),
        ((*alone, "--contract", "0x12"), "bad_address", REFUSED),
        ((*alone, "--contract", "0x" + "12" * 20), "chain_not_reachable", UNAVAILABLE),
    ):
        done = CliRunner().invoke(app, ["watch", lot, "--once", *words], env={"COUNTERFOIL_DATA": None})
        assert (done.exit_code, f"({code})" in done.stderr) == (status, True), done.output


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever runs the tests in the background may have interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_follows_until_it_is_told_to_end(
    clerk: Clerk, lot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    """And outlives a node that does not answer for a while."""
    waits = iter([None, how])

    def wait(node: Node, after: int, *_: Any) -> int:
        now = next(waits)
        if now is not None:
            signal.raise_signal(now)
        node.url, there = "http://127.0.0.1:1", node.url
        addresses.append(there)
        return after

    addresses: list[str] = []
    monkeypatch.setattr(Node, "wait_for_block", wait)
    monkeypatch.setattr("api.commands.watch.PAUSE_S", 0.0)
    before = signal.getsignal(signal.SIGTERM)
    done = clerk.types("watch", lot, "--state", str(tmp_path / "kept.json"))
    assert done.exit_code == 0, done.output
    assert "(chain_not_reachable); still trying" in done.stderr
    assert "held by party" in done.stdout
    assert (tmp_path / "kept.json").exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_node_silent_for_too_long_ends_it(clerk: Clerk, lot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing seen must not look like nothing happened."""
    monkeypatch.setattr("api.commands.watch.PAUSE_S", 0.0)
    monkeypatch.setattr("api.commands.watch.MAX_SILENCE_S", 0.0)
    monkeypatch.setattr(
        Node, "wait_for_block", lambda node, after, *_: Node("http://127.0.0.1:1").block_number()
    )
    clerk.is_refused("watch", lot, code="chain_not_reachable", status=UNAVAILABLE)


@pytest.fixture
def warned(world: World) -> str:
    """A lot whose invoice was corrected, of nordlicht's."""
    lot = world.confirmed()
    receivable = world.http.get(f"/v1/lots/{lot}")["receivable"]
    with world.service.database.read() as session:
        behind = queries.draft_invoices(session, "0x" + receivable[4:])[0].invoice
    number = world.http.get(f"/v1/invoices/{behind}")["number"]
    world.bring("1.00", type_code="381", extra=preceding(number))
    return lot


def test_over_its_api_a_registry_warns_whom_a_correction_concerns(world: World, warned: str) -> None:
    client, lot = world.http.client, warned.replace("lot_", "0x")
    service = world.service
    for firm, is_told in (("nordlicht", True), ("stranger", False)):
        watch = Watch(service.node, service.settings.contract, [lot])
        watch.look()
        client.headers["Authorization"] = f"Bearer {world.token(firm)}"
        ask = at(Outside(client))
        assert [one.kind for one in corrected(watch.memory, ask)] == ["corrected"] * is_told
        assert corrected(watch.memory, ask) == []
    del client.headers["Authorization"]
