"""The same events by ponder: the project of ``ponder/``, a row an event, into PostgreSQL."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import orjson
import psycopg

from registry.kit.clock import Deadline
from tests.mirror.bench_cases import Figure

ARTIFACT = Path(__file__).parents[2] / "contracts/artifacts/Registry.json"
PROJECT = Path(__file__).with_name("ponder")
START_SECONDS, SECONDS = 60.0, 1_800.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Place:
    """A contract on a node and the blocks to read, ends included."""

    url: str
    chain: int
    contract: str
    first: int
    last: int

    def as_environment(self) -> dict[str, str]:
        return {
            "NODE": self.url,
            "CHAIN": str(self.chain),
            "CONTRACT": self.contract,
            "FIRST": str(self.first),
            "LAST": str(self.last),
        }


def backfill(tools: Path, place: Place, database: str, events: int) -> Figure:
    """Until all of these rows can be read: ponder says that it is ready before. What it takes until it serves is not
    counted."""
    with (
        TemporaryDirectory(prefix="counterfoil-ponder-") as folder,
        psycopg.connect(database, autocommit=True) as connection,
        _started(Path(folder), tools, place, database) as (process, url),
    ):
        _until(process, lambda: _is_up(url), START_SECONDS)
        wall, cpu = time.perf_counter(), _cpu_s(process.pid)
        _until(process, lambda: _stored(connection) >= events, SECONDS)
        wall, cpu = time.perf_counter() - wall, _cpu_s(process.pid) - cpu
        return Figure(_stored(connection), wall, cpu, _peak_mb(process.pid))


def _stored(connection: "psycopg.Connection[tuple[int]]") -> int:
    try:
        row = connection.execute("SELECT count(*) FROM bench.event").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return 0
    return row[0] if row else 0


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _started(
    folder: Path, tools: Path, place: Place, database: str
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    abi = orjson.dumps(orjson.loads(ARTIFACT.read_bytes())["abi"]).decode()
    (folder / "abi.ts").write_text(f"export const abi = {abi} as const;\n")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(tools.parent)
    port = _free_port()
    environment = {
        **os.environ,
        **place.as_environment(),
        "DATABASE_URL": database,
        "PONDER_TELEMETRY_DISABLED": "true",
    }
    command = [
        str(tools / "ponder"),
        "start",
        "--schema",
        "bench",
        "--port",
        str(port),
        "--log-level",
        "warn",
    ]
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        try:
            yield process, f"http://127.0.0.1:{port}"
        except AssertionError as error:
            error.add_note((folder / "said.txt").read_text()[-2_000:])
            raise
        finally:
            process.kill()
            process.wait()


def _until(process: "subprocess.Popen[bytes]", is_so: Callable[[], bool], seconds: float) -> None:
    deadline = Deadline(seconds)
    while not is_so():
        assert process.poll() is None, f"ponder ended with {process.returncode}"
        assert not deadline.has_passed, f"not so within {seconds:g} s"
        deadline.pause(0.02)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_mb(pid: int) -> float:
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024
