"""The same events by ethereum-etl's own commands: blocks and transactions, then receipts and their logs, into files.

It runs in an environment of its own (scripts/tools ethereumetl) and knows nothing of the registry:
``python -m tests.mirror.bench_ethereumetl URL CONTRACT FIRST LAST``. It filters by no contract: it fetches the receipt
of each transaction. It prints a Figure as JSON.
"""

import inspect
import json
import os
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

# Of what it rests on, parsimonious 0.8 wants a function that Python 3.11 has under its later name alone.
inspect.getargspec = inspect.getfullargspec  # type: ignore[attr-defined]

from ethereumetl.cli import cli  # noqa: E402

from tests.mirror.figures import measured  # noqa: E402


def exported(url: str, address: str, folder: Path, first: int, last: int) -> int:
    """How many of the logs in its file, a line each, are the contract's."""
    transactions, hashes, logs = (folder / name for name in ("transactions.csv", "hashes.txt", "logs.json"))
    where = ("--provider-uri", url)
    run("export_blocks_and_transactions", "--start-block", first, "--end-block", last, *where,
        "--blocks-output", folder / "blocks.csv", "--transactions-output", transactions)  # fmt: skip
    run("extract_csv_column", "--input", transactions, "--column", "hash", "--output", hashes)
    run("export_receipts_and_logs", "--transaction-hashes", hashes, *where, "--logs-output", logs)
    return logs.read_text().count(f'"address": "{address.lower()}"')


def run(*words: object) -> None:
    cli([str(word) for word in words], standalone_mode=False)


def main() -> None:
    url, address, first, last = sys.argv[1:]
    with TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        found = measured(lambda: exported(url, address, Path(folder), int(first), int(last)))
    sys.stdout.write(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
