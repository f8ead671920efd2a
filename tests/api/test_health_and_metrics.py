"""Whether a process can serve, and what is measured of it."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.metrics import Metrics
from api.monitor import Monitor
from registry.chain.errors import ChainNotReachable
from registry.mirror.reconcile import keep, reconcile
from registry.storage.errors import DatabaseAway
from tests.api.http_world import World, a_world
from tests.builders.office import Office
from tests.builders.processes import Running, Server, Work

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("measured") / "registry") as made:
        made.service.worker.run_until_idle()
        yield made


@pytest.fixture
def monitor(office: Office) -> Iterator[str]:
    office.service.worker.run_until_idle()
    with closing(Monitor(office.service, Metrics(office.service), 0)) as opened:
        yield opened.url


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=20, headers=headers)


def samples(shown: str) -> Samples:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(shown)
        for one in family.samples
    }


def value(shown: Samples, name: str, **labels: str) -> float:
    return shown["counterfoil_" + name, tuple(sorted(labels.items()))]


def test_metrics_say_how_far_mirror_and_outbox_are(office: Office, monitor: str) -> None:
    found = samples(get(monitor + "/metrics").text)
    assert value(found, "mirror_lag_blocks") == value(found, "mirror_lag_seconds") == 0
    assert value(found, "mirror_block") == value(found, "chain_block") > 0
    assert value(found, "acts", status="pending") == value(found, "oldest_unfinished_act_seconds") == 0
    assert value(found, "acts", status="included") > 0
    assert value(found, "database_up") == value(found, "node_up") == 1


def test_an_act_that_waits_and_one_the_chain_refused_are_counted(office: Office, monitor: str) -> None:
    service = office.service
    with service.database.write() as session:
        session.execute(
            text("UPDATE act SET status = 'refused', refusal_code = 'lot_frozen' WHERE position = 1")
        )
        session.execute(text("UPDATE act SET status = 'pending' WHERE position = 2"))
    office.clock.advance(days=1)
    found = samples(get(monitor + "/metrics").text)
    assert value(found, "acts_refused", code="lot_frozen") == value(found, "acts", status="refused") == 1
    assert value(found, "oldest_unfinished_act_seconds") > timedelta(days=1).total_seconds()


def test_a_mirror_too_far_behind_is_not_ready_and_says_by_how_much(office: Office, monitor: str) -> None:
    assert get(monitor + "/readyz").json() == {"status": "ready", "lag_blocks": 0, "lag_seconds": 0}
    with office.service.database.write() as session:
        session.execute(text("UPDATE mirror_cursor SET number = number - 3"))
    answer = get(monitor + "/readyz")
    found = samples(get(monitor + "/metrics").text)
    assert (answer.status_code, answer.json()["code"], answer.json()["lag_blocks"]) == (503, "not_ready", 3)
    assert value(found, "mirror_lag_blocks") == 3
    assert value(found, "mirror_lag_seconds") == answer.json()["lag_seconds"] > 60
    with patch.object(office.service.settings, "ready_lag_seconds", 86_400):
        assert get(monitor + "/readyz").status_code == 200


def test_drift_is_what_the_last_reconcile_found(office: Office, monitor: str) -> None:
    service = office.service

    def look() -> Samples:
        found = reconcile(service.database, service.node, service.settings.contract)
        keep(service.database, found, office.clock)
        return samples(get(monitor + "/metrics").text)

    assert "counterfoil_drifts" not in get(monitor + "/metrics").text  # nobody has looked yet
    assert value(look(), "drifts") == 0
    with service.database.write() as session:
        session.execute(text("UPDATE party SET roles = roles + 1 WHERE number = 2"))
    shown = look()
    assert value(shown, "drifts") == 1
    assert value(shown, "reconciled_timestamp_seconds") == office.clock.now().timestamp()


@pytest.mark.parametrize(
    ("away", "down", "code"),
    [("database", "database_up", "database_away"), ("node", "node_up", "chain_not_reachable")],
)
def test_what_is_away_is_named_and_the_rest_still_measured(
    office: Office, monitor: str, away: str, down: str, code: str
) -> None:
    service = office.service
    broken: Any = (
        patch.object(service.node, "call", side_effect=ChainNotReachable("It is gone."))
        if away == "node"
        else patch.object(type(service.database), "read", side_effect=DatabaseAway("It is gone."))
    )
    with broken:
        answer = get(monitor + "/readyz")
        found = samples(get(monitor + "/metrics").text)
        assert get(monitor + "/healthz").json() == {"status": "up"}
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert value(found, down) == 0
    assert value(found, "database_up") + value(found, "node_up") == 1


def test_another_revision_or_no_contract_is_not_ready(office: Office, monitor: str) -> None:
    with patch.object(office.service.settings, "contract", "0x" + "12" * 20):
        assert get(monitor + "/readyz").json()["code"] == "not_ready"
    with office.service.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert get(monitor + "/readyz").json()["code"] == "database_outdated"


def test_the_port_answers_under_local_names_only_and_nothing_else(monitor: str) -> None:
    assert get(monitor + "/metrics", Host="elsewhere.example").status_code == 421
    assert get(monitor + "/v1/parties").status_code == 404


def test_requests_are_counted_by_route_and_never_by_address(own: World) -> None:
    lot = "lot_" + "1" * 64
    own.http.get(f"/v1/lots/{lot}", status=404)
    own.http.get("/v1/parties")
    own.http.ask("GET", "/v1/parties", status=401, token=None)
    metrics: Metrics = own.http.client.app.state.metrics  # type: ignore[attr-defined]
    with closing(Monitor(own.service, metrics, 0)) as opened:
        shown = get(opened.url + "/metrics").text
    found = samples(shown)
    assert value(found, "requests_total", method="GET", route="/v1/lots/{lot}", status="404") == 1
    assert value(found, "requests_total", method="GET", route="/v1/parties", status="200") >= 1
    assert value(found, "requests_total", method="GET", route="none", status="401") >= 1
    assert value(found, "request_seconds_count", method="GET", route="/v1/lots/{lot}") == 1
    assert lot not in shown
    assert "/metrics" not in own.http.client.get("/openapi.json").json()["paths"]
    assert own.http.client.get("/metrics").status_code == 404  # nobody from outside


def metrics_of(running: Running) -> Samples:
    found = re.search(r"http://\S+/metrics", running.said)
    assert found, running.said
    return samples(get(found[0]).text)


def test_processes_that_serve_and_those_that_work_are_watched_alike(live_folder: Path) -> None:
    work = Work(live_folder, COUNTERFOIL_METRICS_PORT="0")
    try:
        assert value(metrics_of(work), "database_up") == 1
    finally:
        work.kill()
    server = Server(live_folder, COUNTERFOIL_METRICS_PORT="0")
    try:
        get(server.url + "/healthz")
        found = metrics_of(server)
        assert value(found, "requests_total", method="GET", route="/healthz", status="200") == 1
    finally:
        server.kill()
