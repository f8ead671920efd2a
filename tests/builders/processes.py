"""Counterfoil as other processes: one command, or a server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from registry.kit.clock import Deadline

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "api"]
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


class Running:
    """A command that runs until it is told to stop, and can be killed and started again."""

    says: ClassVar[str]  # what it prints once it is up, its first group kept

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        self.folder = folder
        self.found = ""
        self.said = ""  # until it was up
        self._words = (*words, "--data", str(folder))
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start and wait until it is up."""
        self._process = start(*self._words, **self._settings)
        deadline = Deadline(START_SECONDS)
        assert self._process.stdout is not None
        self.said = ""
        for line in self._process.stdout:
            self.said += line
            found = re.search(self.says, line)
            if found:
                self.found = found.group(1)
                return
            if deadline.has_passed:
                break
        ended = self._process.poll()
        raise AssertionError(f"it {'did not start' if ended is None else f'ended with {ended}'}: {self.said}")

    def kill(self) -> int | None:
        """SIGKILL: no chance to tidy up."""
        return self.end(signal.SIGKILL)

    def stop(self) -> int | None:
        """As Ctrl-C does."""
        return self.end(signal.SIGINT)

    def end(self, how: signal.Signals) -> int | None:
        """Its exit status; None where it does not run."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        self.said += process.communicate(timeout=30)[0]
        return process.returncode

    @property
    def cpu_s(self) -> float:
        """Processor time it has taken so far."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Work(Running):
    """`counterfoil work`."""

    says = r"works: (.+);"

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, "work", **settings)


class Server(Running):
    """`counterfoil serve` on a free port."""

    says = r"listens on (http://\S+)"

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        super().__init__(folder, "serve", "--port", "0", *words, **settings)

    @property
    def url(self) -> str:
        return self.found

    @property
    def token(self) -> str:
        return (self.folder / "api.token").read_text().strip()


@contextmanager
def ending(*running: Running) -> Iterator[None]:
    try:
        yield
    finally:
        for one in running:
            one.kill()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
