"""A server and commands at the same time, on one folder."""

import json
from pathlib import Path

from api.ids import LOT
from api.service import open_service
from registry.kit.clock import SystemClock, from_unix
from registry.mirror.reconcile import reconcile
from registry.receivables import queries
from tests.builders.office import open_office
from tests.builders.processes import run, serving, start

PARTS = 5
BURST = 50


def test_commands_beside_a_server_neither_fail_nor_corrupt(live_folder: Path) -> None:
    with open_office(live_folder, SystemClock()) as office:
        with office.service.database.read() as session:
            root = queries.lots(session)[0].id
        for _ in range(PARTS):
            office.pass_on(root, "tier1", "tier2", "100000.00")
        with office.service.database.read() as session:
            lots = [one.id for one in queries.lots(session, holder=office.number("tier2"))]
        receiver = str(office.number("tier3"))
    data = ["--data", str(live_folder)]
    key = ["--key", str(live_folder / "parties/tier2.json")]
    with serving(live_folder):
        running = [
            start("lot", "transfer", lot, "--to", receiver, *key, *data, COUNTERFOIL_PASSWORD="demo")
            for lot in lots
        ]
        running += [start("status", *data), start("reconcile", *data), start("mirror", "digest", *data)]
        for process in running:
            said, _ = process.communicate(timeout=180)
            assert process.returncode == 0, said
        shown = run("lot", "list", "--holder", receiver, "--json", *data)
        assert {one["id"] for one in json.loads(shown.stdout)} == {LOT.outside(lot) for lot in lots}
    with open_service(live_folder) as service:
        assert reconcile(service.database, service.node, service.settings.contract).drifts == []


def test_after_a_burst_of_fifty_acts_block_time_is_that_of_the_clock(live_folder: Path) -> None:
    with open_office(live_folder, SystemClock()) as office:
        with office.service.database.read() as session:
            root = queries.lots(session)[0].id
        for _ in range(PARTS):
            office.pass_on(root, "tier1", "tier2", "100000.00")
        with office.service.database.read() as session:
            lots = [one.id for one in queries.lots(session, holder=office.number("tier2"))]
        for turn in range(BURST // PARTS):
            sender, receiver = ("tier2", "tier3") if turn % 2 == 0 else ("tier3", "tier2")
            waiting = [office.send(lot, sender, receiver) for lot in lots]
            for act in waiting:
                office.settle(act)
        head = office.service.node.block("latest")
        assert head is not None
        ahead = from_unix(int(head["timestamp"], 16)) - SystemClock().now()
        assert abs(ahead.total_seconds()) < 5
