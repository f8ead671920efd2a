"""``scripts/bench gas`` prints what receipts say, in the shape others read."""

import json

import pytest

from tests.assurance.bench_gas import TABLE, main, rows
from tests.contracts.test_gas import SNAPSHOT


def test_the_table_is_printed_as_json_from_receipts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    snapshot = json.loads(SNAPSHOT.read_text())
    assert [set(row) for row in printed] == [{"act", "gas", "goal", "floor"}] * len(TABLE)
    assert [row["gas"] for row in printed] == [row.gas for row in rows(snapshot)]


def test_no_act_costs_less_than_its_floor() -> None:
    """A floor is what storage and signatures alone cost: less than that and the meter is wrong."""
    for row in rows(json.loads(SNAPSHOT.read_text())):
        assert row.gas is None or row.floor is None or row.gas >= row.floor, row


def test_an_act_that_the_meter_forgot_is_noticed() -> None:
    snapshot = json.loads(SNAPSHOT.read_text())
    del snapshot["settle in full"]
    with pytest.raises(KeyError, match="settle in full"):
        rows(snapshot)


def test_anything_else_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--xml"]) == 2
    assert "usage" in capsys.readouterr().err
