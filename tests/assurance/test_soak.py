"""The long campaigns at small counts: they record what they did and go on from there."""

from pathlib import Path

from tests.assurance import edits, faults
from tests.assurance.soak import chaos, differential, lines, machine, of_walks


def test_the_machines_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    state = tmp_path / "machine.jsonl"
    machine(state, calls=100)
    first = lines(state)
    machine(state, calls=100)
    assert lines(state) == first
    machine(state, calls=sum(life["calls"] for life in first) + 1)
    assert lines(state)[:-1] == first


def test_a_comparison_is_recorded_with_its_figures(tmp_path: Path) -> None:
    state = tmp_path / "differential.jsonl"
    differential(state, calls=30)
    assert lines(state)[0]["transactions"] >= 30


def test_walks_that_are_recorded_are_not_walked_again(tmp_path: Path) -> None:
    state = tmp_path / "chaos.jsonl"
    state.write_text('{"steps": 20, "acts": 9, "healed": 4, "longest_s": 0.7}\n' * 2)
    chaos(state, steps=40)
    assert len(lines(state)) == 2
    assert "40 random steps in 2 walks, 18 acts; healed 8 times" in of_walks(lines(state))


def test_deaths_that_are_recorded_are_not_died_again(tmp_path: Path) -> None:
    state = tmp_path / "faults.jsonl"
    [killed, raced] = faults.campaign(state, seeds=0, deaths=1, invoices=3)
    assert list(faults.campaign(state, seeds=0, deaths=1, invoices=3)) == []
    assert lines(state) == [killed, raced]
    assert f"1 deaths, {killed['answered']:,} acts answered" in faults.rows(lines(state))
    assert "7 deaths in 2 runs" in faults.rows([{"kills": 3}, {"kills": 4}])


def test_edits_that_are_recorded_are_not_made_again(tmp_path: Path) -> None:
    state = tmp_path / "edits.jsonl"
    found = list(edits.campaign(state, runs=1, edits=1))
    assert list(edits.campaign(state, runs=1, edits=1)) == []
    assert lines(state) == found
    assert "2 edits in 2 runs" in edits.row(found)
    assert edits.row([]) == ""
