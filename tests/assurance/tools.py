"""Verification tools that live in virtual environments of their own."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.assurance.warm_compiler import ROOT


@cache
def commands_of(name: str) -> Path:
    """The folder of a tool's commands; made from its pinned requirements the first time."""
    done = subprocess.run(
        [str(ROOT / "scripts/tools"), name],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])
