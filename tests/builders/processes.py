"""Counterfoil as other processes: one command, or a server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.kit.clock import Deadline

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "api.cli"]
START_SECONDS = 60.0


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **extra}


def start(*words: str, **extra: str) -> "subprocess.Popen[str]":
    """A command that runs beside others; the caller waits for it."""
    return subprocess.Popen(
        [*COMMAND, *words],
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*words: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


class Server:
    """`counterfoil serve` on a free port, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def token(self) -> str:
        return (self.folder / "api.token").read_text().strip()

    def start(self) -> None:
        """Start and wait until it says where it listens."""
        self._process = start("serve", "--port", "0", "--data", str(self.folder))
        deadline = Deadline(START_SECONDS)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            found = re.search(r"listens on (http://\S+)", line)
            if found:
                self.url = found.group(1)
                return
            if deadline.has_passed:
                break
        raise AssertionError("the server did not start: " + "".join(said))

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
