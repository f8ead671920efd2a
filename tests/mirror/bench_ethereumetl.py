"""The same events by ethereum-etl's own commands: blocks and transactions, then receipts and their logs, into files.

It runs in an environment of its own (scripts/tools ethereumetl) and knows nothing of the registry:
``python bench_ethereumetl.py URL CONTRACT FIRST LAST``. It filters by no contract: it fetches the receipt of each
transaction. The figures it prints are those of bench_cases.
"""

import inspect
import json
import os
import resource
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

# Of what it rests on, parsimonious 0.8 wants a function that Python 3.11 has under its later name alone.
inspect.getargspec = inspect.getfullargspec  # type: ignore[attr-defined]

from ethereumetl.cli import cli  # noqa: E402


def export(url: str, folder: Path, first: int, last: int) -> Path:
    """The file of all logs, a line each."""
    transactions, hashes, logs = (folder / name for name in ("transactions.csv", "hashes.txt", "logs.json"))
    where = ("--provider-uri", url)
    run("export_blocks_and_transactions", "--start-block", first, "--end-block", last, *where,
        "--blocks-output", folder / "blocks.csv", "--transactions-output", transactions)  # fmt: skip
    run("extract_csv_column", "--input", transactions, "--column", "hash", "--output", hashes)
    run("export_receipts_and_logs", "--transaction-hashes", hashes, *where, "--logs-output", logs)
    return logs


def run(*words: object) -> None:
    cli([str(word) for word in words], standalone_mode=False)


def main() -> None:
    url, address, first, last = sys.argv[1:5]
    with TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        logs = export(url, Path(folder), int(first), int(last))
        after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - wall
        found = [json.loads(line)["address"] for line in logs.read_text().splitlines()]
    count = sum(one == address.lower() for one in found)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    status = Path("/proc/self/status").read_text().split()
    peak = int(status[status.index("VmHWM:") + 1]) / 1024
    sys.stdout.write(json.dumps({"events": count, "wall_s": wall, "cpu_s": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
