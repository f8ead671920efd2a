"""How long an import takes and what it holds. ``scripts/bench invoices --count 100000`` prints it."""

import csv
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.invoices.import_builders import HEADER, a_workshop, import_sheet, many_rows


@dataclass(frozen=True)
class Figure:
    """``cpu_s`` of this process alone, which a busy machine does not lengthen; ``peak_mib`` resident at most."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mib: int

    def __str__(self) -> str:
        each = self.cpu_s / self.rows * 1000
        return f"{self.rows:,} rows: {self.wall_s:.0f} s, {self.cpu_s:.0f} s of one core ({each:.2f} ms each), {self.peak_mib} MiB at most"  # noqa: E501


def measure(count: int) -> Figure:
    """Import so many different invoices from a CSV into a fresh SQLite file."""
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "export.csv"
        with sheet.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(many_rows(count))
        shop = a_workshop(Path(folder) / "registry.db")
        wall, cpu = time.perf_counter(), time.process_time()
        with sheet.open("rb") as content:
            done = import_sheet(shop, content)
        took = time.perf_counter() - wall, time.process_time() - cpu
        shop.uow.close()
    assert done.counts == {"new": count}
    return Figure(count, *took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
