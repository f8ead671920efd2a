"""No imported library leaves the process open to a crash by nesting."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_deep_nesting_is_an_exception_and_not_a_crash() -> None:
    program = (
        "import registry.chain.keys, registry.chain.embedded.chain, json\n"
        "try:\n    json.loads('[' * 1_000_000)\nexcept RecursionError:\n    print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "refused"), done.stderr
    assert json.loads("[" * 50 + "]" * 50)
