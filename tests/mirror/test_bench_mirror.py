"""The mirror's benchmark measures the real thing: what it says was stored is what the chain emitted."""

import pytest

from tests.builders.anvil import anvil
from tests.mirror.bench_mirror import OWN, RAW, WEB3PY, Bench, Row, lines
from tests.mirror.busy_chain import OPTIONS
from tests.mirror.figures import Figure

EVENTS = 60


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with anvil(*OPTIONS) as node:
        bench = Bench(node, tmp_path_factory.mktemp("bench"), EVENTS)
        yield bench
        bench.close()


@pytest.fixture(scope="module")
def rows(bench):
    return list(bench.rounds(1, [OWN, RAW]))


def test_every_log_of_the_chain_is_stored_and_counted(bench, rows):
    logs = bench._node.logs(from_block=0, to_block="latest", address=bench.chain.address)
    assert len(logs) == bench.events >= EVENTS
    assert [row.figure.events for row in rows] == [len(logs)] * 2


def test_a_case_that_stores_less_than_the_chain_has_is_no_figure(bench, monkeypatch):
    monkeypatch.setattr(bench, "events", bench.events + 1)
    monkeypatch.setattr(bench, "_run", lambda *_: Figure(bench.events - 1, 1.0, 1.0, 1.0))
    with pytest.raises(AssertionError, match="raw: "):
        bench.run(RAW)


def test_rows_and_ratios_are_told(rows):
    told = [row.as_json() for row in rows]
    assert [set(one) for one in told] == [
        {"round", "case", "events_per_s", "cpu_us_per_event", "peak_mb"}
    ] * 2
    assert [(one["round"], one["case"]) for one in told] == [(1, OWN), (1, RAW)]
    assert all(one[name] > 0 for one in told for name in ("events_per_s", "cpu_us_per_event", "peak_mb"))


def test_a_ratio_is_the_median_of_the_rounds_and_more_is_better():
    speeds = {OWN: (200, 300, 1_000), RAW: (400, 400, 400), WEB3PY: (100, 100, 100)}
    rows = [
        Row(turn, case, Figure(events, 1.0, 1.0, 80.0))
        for case, all_turns in speeds.items()
        for turn, events in enumerate(all_turns, 1)
    ]
    told = [line.split() for line in lines(rows)]
    assert [OWN, "/", RAW, "0.75", "0.75"] in told
