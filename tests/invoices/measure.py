"""What reading a file costs: of honest ones for ``scripts/bench invoices``, of hostile ones ``python -m
tests.invoices.measure``.

Times are of the processor, so that a busy machine tells nearly the same. For people and benchmarks; no test asserts one.
"""

import resource
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from multiprocessing import get_context
from time import process_time

from registry.invoices.use_cases import read_file
from registry.invoices.verification.examine import Examiner
from registry.kit.clock import FixedClock
from tests.invoices.hostile import HOSTILE

REPEATS = 9


def once(content: bytes) -> tuple[float, float, str]:
    """Milliseconds, MB the process grew by at most, and what became of the file; for a process of its own."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = process_time()
    found = list(read_file(content, "measured"))
    spent = (process_time() - start) * 1000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    said = {one.refusal.code if one.refusal else "read" for one in found}
    return spent, grown, f"{len(found)} {'/'.join(sorted(said))}"


def each_apart(names: Iterable[str]) -> Iterator[tuple[str, float, float, str]]:
    """``once`` for hostile files, each in a process that reads nothing else."""
    for name in names:
        with get_context("fork").Pool(1) as pool:
            yield (name, *pool.apply(once, (HOSTILE[name](),)))


def by_syntax(files: Iterable[tuple[str, bytes]]) -> dict[str, list[float]]:
    """Milliseconds it takes to read a file and to examine it, the median of REPEATS, by kind of file and syntax;
    refused files are left out."""
    at = FixedClock().now()
    taken: dict[str, list[float]] = defaultdict(list)
    for name, content in files:
        times = []
        for _ in range(REPEATS):
            start = process_time()
            found = list(read_file(content, name))
            for one in found:
                if one.invoice is not None:
                    Examiner().examine(one.content, one.invoice, at)
            times.append((process_time() - start) * 1000)
        first = found[0].invoice
        if first is not None:
            kind = "PDF " if first.layer == "pdf-attachment" else ""
            taken[f"{kind}{first.syntax}"].append(sorted(times)[REPEATS // 2])
    return taken


def main() -> None:
    for name, spent, grown, said in each_apart(HOSTILE):
        sys.stdout.write(f"{name:40} {spent:8.1f} ms {grown:7.1f} MB  {said}\n")


if __name__ == "__main__":
    main()
