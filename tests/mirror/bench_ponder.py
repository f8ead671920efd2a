"""The same events by ponder: the project of ``ponder/``, a row an event, into PostgreSQL."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import orjson
import psycopg

from registry.kit.clock import Deadline
from tests.builders.ports import free_port
from tests.mirror.figures import Figure, cpu_s, peak_mb

ARTIFACT = Path(__file__).parents[2] / "contracts/artifacts/Registry.json"
PROJECT = Path(__file__).with_name("ponder")
START_SECONDS, SECONDS = 60.0, 1_800.0
SETTINGS = ("CHAIN", "NODE", "CONTRACT", "FIRST", "LAST", "DATABASE_URL")  # as ponder.config.ts reads them


def backfill(tools: Path, chain: int, where: Sequence[str], database: str, events: int) -> Figure:
    """``where``: the node's URL, the contract, the first and the last block. Until all of
    these rows can be read: ponder says that it is ready before. What it takes until it serves is not counted."""
    with (
        TemporaryDirectory(prefix="counterfoil-ponder-") as folder,
        psycopg.connect(database, autocommit=True) as connection,
        _started(Path(folder), tools, (str(chain), *where, database)) as (process, url),
    ):
        _until(process, lambda: _is_up(url), START_SECONDS)
        wall, cpu = time.perf_counter(), cpu_s(process.pid)
        _until(process, lambda: _stored(connection) >= events, SECONDS)
        wall, cpu = time.perf_counter() - wall, cpu_s(process.pid) - cpu
        return Figure(_stored(connection), wall, cpu, peak_mb(process.pid))


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
    folder: Path, tools: Path, settings: Sequence[str]
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    abi = orjson.dumps(orjson.loads(ARTIFACT.read_bytes())["abi"]).decode()
    (folder / "abi.ts").write_text(f"export const abi = {abi} as const;\n")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(tools.parent)
    port = free_port()
    environment = {
        **os.environ,
        **dict(zip(SETTINGS, settings, strict=True)),
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
