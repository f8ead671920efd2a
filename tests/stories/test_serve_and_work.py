"""The API in one process, relay and mirror in another: as real processes, told to stop and killed."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.kit.clock import Deadline, SystemClock
from registry.mirror.reconcile import reconcile
from registry.mirror.worker import LOCK
from registry.receivables import queries
from registry.receivables.lots import transfer_message
from registry.relay import queries as acts
from registry.relay.model import ActStatus
from tests.builders.office import Office, open_office
from tests.builders.processes import Server, Work, ending

PARTS = 4
DONE_S = 60.0


@pytest.fixture
def office(live_folder: Path) -> Iterator[Office]:
    with open_office(live_folder, SystemClock()) as opened:
        opened.service.worker.run_until_idle()
        yield opened


def root_lot(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.lots(session)[0].id


def asked(server: Server, method: str, path: str, **how: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.token}", **how.pop("headers", {})}
    return httpx.request(method, server.url + path, headers=headers, timeout=40, trust_env=False, **how)


def status_of(office: Office, act_id: str) -> str:
    with office.service.database.read() as session:
        return acts.act(session, act_id).status


def included(server: Server, act_id: str) -> bool:
    deadline = Deadline(DONE_S)
    while asked(server, "GET", f"/v1/acts/{act_id}").json()["status"] != ActStatus.INCLUDED:
        if deadline.has_passed:
            return False
        deadline.pause(0.1)
    return True


def test_who_only_serves_leaves_acts_to_who_works_and_follows_the_chain_from_owner_to_owner(
    live_folder: Path,
) -> None:
    with open_office(live_folder, SystemClock()) as office:
        office.service.worker.run_until_idle()
        lot = root_lot(office)
        act = office.send(lot, "tier1", "tier2", "100.00")
    work = Work(live_folder)
    assert work.found == "chain, worker, importer, webhooks"
    server = Server(live_folder, "--no-work")
    with ending(server, work):
        assert included(server, act.id)
        with open_office(live_folder, SystemClock()) as office:
            work.kill()  # with it the chain's owner goes; whoever is left finds or becomes the next
            act = office.send(lot, "tier1", "tier2", "100.00")
        deadline = Deadline(DONE_S)
        while asked(server, "GET", "/readyz").status_code != 200 and not deadline.has_passed:
            deadline.pause(0.1)
        assert asked(server, "GET", "/readyz").status_code == 200
        assert asked(server, "GET", f"/v1/acts/{act.id}").json()["status"] == ActStatus.PENDING
        work.start()
        assert included(server, act.id)
        assert (work.end(signal.SIGTERM), server.end(signal.SIGTERM)) == (0, 0)
    with open_office(live_folder, SystemClock()) as office:
        assert (
            reconcile(office.service.database, office.service.node, office.service.settings.contract).drifts
            == []
        )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_the_server_ends(
    office: Office, live_folder: Path, how: signal.Signals
) -> None:
    lot = root_lot(office)
    server = Server(live_folder, "--no-work")
    body = {"to": office.number("tier2"), "amount": "100.00"}
    shown = asked(server, "GET", f"/v1/lots/{lot}/transfer", params=body)
    assert shown.status_code == 200, shown.text
    with (
        ending(server),
        office.service.database.lead(LOCK) as is_held,  # so that the act waits and the request with it
        ThreadPoolExecutor(1) as pool,
    ):
        assert is_held
        with office.service.database.read() as session:
            message = transfer_message(session, lot, body["to"], 10_000)
        consents = [office.sign("tier1", message).as_json()]
        waiting = pool.submit(
            asked,
            server,
            "POST",
            f"/v1/lots/{lot}/transfer",
            json={**body, "consents": consents},
            headers={"Prefer": "wait=3"},
        )
        deadline = Deadline(DONE_S)
        while not acts.is_any_unfinished(office.service.database) and not deadline.has_passed:
            deadline.pause(0.02)
        assert server.end(how) == 0
        answer = waiting.result()
    assert (answer.status_code, answer.json()["status"]) == (202, ActStatus.PENDING)
    with pytest.raises(httpx.ConnectError):
        asked(server, "GET", "/healthz")


def test_a_worker_told_to_stop_leaves_nothing_half_done(live_folder: Path) -> None:
    with open_office(live_folder, SystemClock()) as office:
        office.service.worker.run_until_idle()
        lot = root_lot(office)
        for _ in range(PARTS):
            office.pass_on(lot, "tier1", "tier2", "100.00")
        with office.service.database.read() as session:
            parts = [one.id for one in queries.lots(session, holder=office.number("tier2"))]
        sent = [office.send(part, "tier2", "tier3").id for part in parts]
    work = Work(live_folder)
    with ending(work):
        assert work.end(signal.SIGTERM) == 0
    assert not (live_folder / "chain.url").exists()  # as its owner it has closed the chain in order
    with open_office(live_folder, SystemClock()) as office:
        office.service.worker.run_until_idle()
        assert {status_of(office, act) for act in sent} == {ActStatus.INCLUDED}
        with office.service.database.read() as session:
            assert len(queries.lots(session, holder=office.number("tier3"))) == PARTS
        assert (
            reconcile(office.service.database, office.service.node, office.service.settings.contract).drifts
            == []
        )
