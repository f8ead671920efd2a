"""The relay's benchmark measures what it says."""

import json

import pytest

from tests.relay import bench_relay


@pytest.fixture(autouse=True)
def _on_one_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bench_relay.CHOSEN, bench_relay.SQLITE)  # what it sets is taken back
    monkeypatch.setattr(bench_relay, "POSTGRESQL", bench_relay.SQLITE)
    monkeypatch.setattr(bench_relay.databases, "stop_server", lambda: None)


def test_all_acts_are_done_and_told_as_a_table_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    bench_relay.main(["--acts", "3", "--rounds", "1", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [(row["round"], row["case"]) for row in rows] == [(1, "sqlite"), (1, "sqlite")]
    assert all(row["acts_per_s"] > 0 < row["cpu_ms_per_act"] for row in rows)
    assert bench_relay.lines([bench_relay.Row(1, "sqlite", 40.0, 15.0)]) == [
        bench_relay.HEAD,
        "    1 sqlite           40.0       15.00",
    ]
