"""`counterfoil rules …` on a registry of this test's own, and what `init` makes of packs."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api import setup
from api.cli import app
from api.service import open_service
from registry.kit.clock import FixedClock
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.rules import queries
from registry.rules.pack import packaged, read_pack
from tests.builders.office import START, founding


def run(*words: str) -> Result:
    """A command, in this process."""
    return CliRunner().invoke(app, words)


def shown(done: Result) -> Any:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def strict_file(folder: Path) -> Path:
    path = folder / "house.toml"
    text = packaged("generic").text.replace("max_days = 366", "max_days = 20").replace("max = 20", "max = 5")
    path.write_text(text.replace('id = "generic"', 'id = "house"'))
    return path


def test_packs_are_listed_shown_and_chosen_and_the_contract_follows(
    live_folder: Path, tmp_path: Path
) -> None:
    data = str(live_folder)
    listed = shown(run("rules", "list", "--json", "--data", data))
    assert {one["pack"]: one["is_chosen"] for one in listed} == {
        "cn-2025-77": False,
        "cn-6m-2026": False,
        "cn-sme-802": False,
        "generic": True,
        "in-treds": False,
    }
    assert shown(run("rules", "show", "cn-6m-2026", "--json"))["status"] == "draft"
    words = run("rules", "show", "cn-2025-77").stdout
    assert "最长不超过1年" in words
    assert "[V, article 2nd]" in words

    assert "rule_pack_not_in_force" in run("rules", "use", "cn-6m-2026", "--data", data).stderr
    missing = run("rules", "use", "cn-1949", "--data", data)
    assert (missing.exit_code, "rule_pack_not_found" in missing.stderr) == (4, True)
    assert "rule_pack_not_found" in run("rules", "use", str(tmp_path / "none.toml"), "--data", data).stderr

    done = run("rules", "use", "cn-2025-77", str(strict_file(tmp_path)), "--data", data)
    assert "The contract's limits: 20 days, 5 hops" in done.stdout, done.stderr
    again = run("rules", "use", "cn-2025-77", str(strict_file(tmp_path)), "--data", data)
    assert "limits" not in again.stdout
    listed = shown(run("rules", "list", "--json", "--data", data))
    assert [one["pack"] for one in listed if one["is_chosen"]] == ["cn-2025-77", "house"]
    kept = next(one["version"] for one in listed if one["pack"] == "house")
    assert shown(run("rules", "show", kept, "--json", "--data", data))["pack"] == "house"


def test_a_receivable_is_judged_and_its_decisions_replayed(live_folder: Path) -> None:
    data = str(live_folder)
    (receivable,) = shown(run("receivable", "list", "--json", "--data", data))
    taken = shown(run("rules", "decisions", receivable["id"], "--json", "--data", data))
    assert [(one["act"], one["pack"], one["outcome"]) for one in taken] == [
        (act, "generic", "pass") for act in ("prepare", "register", "confirm")
    ]
    for one in taken:
        again = shown(run("rules", "replay", one["id"], "--json", "--data", data))
        assert again["is_identical"]
        assert again["findings"] == one["findings"]
    other_day = ("rules", "replay", taken[0]["id"], "--as-of", "1999-12-31")
    assert shown(run(*other_day, "--json", "--data", data))["findings"] == []
    assert "The same answer." in run("rules", "replay", taken[0]["id"], "--data", data).stdout

    sized = run("rules", "size", str(receivable["obligor"]["number"]), "agency", "--data", data)
    assert "is recorded as agency" in sized.stdout
    run("rules", "size", str(receivable["originator"]["number"]), "small", "--data", data)
    blocked = run("rules", "check", receivable["id"], "--pack", "cn-sme-802", "--data", data)
    assert blocked.exit_code == 6
    assert "✗ cn-sme-802/agency-sixty-days: Due by law on" in blocked.stdout
    assert "(State Council Order No. 802, art. 9(1), 10 [V])" in blocked.stdout
    earlier = ("rules", "check", receivable["id"], "--pack", "cn-sme-802", "--as-of", "2025-05-31")
    assert shown(run(*earlier, "--json", "--data", data))[0]["findings"] == []
    assert run("rules", "check", receivable["id"], "--data", data).exit_code == 0
    assert run("rules", "replay", "dec_none", "--data", data).exit_code == 4


def test_a_registry_is_founded_with_the_limits_of_its_packs(tmp_path: Path) -> None:
    house = read_pack(strict_file(tmp_path).read_text())
    folder = tmp_path / "registry"
    founded = founding(folder, packs=(packaged("cn-sme-802"), house))
    setup.found(founded, FixedClock(START), lambda _said: None)
    with open_service(folder, FixedClock(START)) as opened, opened.database.read() as session:
        limits = parties.limits(session)
        assert limits is not None
        assert (limits.max_tenor_days, limits.max_hops, limits.expiry_days) == (20, 5, 30)
        assert [pack.id for pack in queries.chosen_packs(session)] == ["cn-sme-802", "house"]


def test_nothing_is_founded_on_a_draft(tmp_path: Path) -> None:
    founded = founding(tmp_path / "registry", packs=(packaged("cn-6m-2026"),))
    with pytest.raises(Refusal) as caught:
        setup.found(founded, FixedClock(START), lambda _said: None)
    assert caught.value.code == "rule_pack_not_in_force"
    assert not (tmp_path / "registry").exists()
