"""`counterfoil chain check`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from api.cli import app


def check(folder: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["chain", "check", "--data", str(folder), *more])
    return done.exit_code, done.stdout


def test_a_fit_node_is_told_trait_by_trait(office_folder: Path) -> None:
    status, said = check(office_folder)
    assert (status, said.count("✓"), said.count("✗")) == (0, 8, 0)
    status, said = check(office_folder, "--json")
    assert {one["name"] for one in json.loads(said)} >= {"chain id", "fork", "logs", "proofs"}


def test_a_node_of_another_chain_is_unfit(office_folder: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COUNTERFOIL_CHAIN_ID", "424242")
    status, said = check(office_folder)
    assert status == 6
    assert said.count("✗") == 1
