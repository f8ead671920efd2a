"""The README's commands do what it says, in the order it says them."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTED = re.compile(r"<!-- tested.*?-->\n```sh\n(.*?)```", re.DOTALL)


class Reader:
    """A newcomer who types what the README says, line by line, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            "MATURITY": (datetime.now(UTC) + timedelta(days=60)).date().isoformat(),
        }
        (folder / "registry/invoices").mkdir(parents=True)
        (folder / "registry/invoices/samples").symlink_to(ROOT / "registry/invoices/samples")

    def type(self, line: str) -> str:
        if line.startswith("export "):
            for name, value in (word.split("=", 1) for word in line.removeprefix("export ").split()):
                self.env[name] = value
            return ""
        command = re.sub(r"^counterfoil\b", f"{sys.executable} -m api", line)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        self.remember(line)
        return done.stdout

    def remember(self, line: str) -> None:
        """Ids that later lines need, looked up as a person would."""
        for after, command, name in (
            ("invoice add", "invoice list --party 3 --json", "INVOICE"),
            ("receivable register", "receivable list --json", "RECEIVABLE"),
            ("receivable confirm", "lot list --json", "LOT"),
        ):
            if after in line:
                shown = subprocess.run(
                    [sys.executable, "-m", "api", *command.split()],
                    cwd=self.folder,
                    env=self.env,
                    capture_output=True,
                    check=True,
                    timeout=120,
                )
                self.env[name] = json.loads(shown.stdout)[0]["id"]


def documented_lines() -> list[str]:
    blocks = TESTED.findall((ROOT / "README.md").read_text())
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_readme_leads_from_nothing_to_a_verified_lot(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    said = {line: reader.type(line) for line in documented_lines()}
    assert len(said) >= 18
    assert "VERIFIED" in said["counterfoil verify $LOT"]
    assert "no drift" in said["counterfoil reconcile"]
    assert "duplicate" in said["counterfoil invoice screen registry/invoices/samples"]


def test_the_readmes_shell_blocks_are_all_tested_or_named() -> None:
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == len(TESTED.findall(text)) + 1  # scripts/demo has a test of its own
    assert "scripts/demo\n" in blocks
