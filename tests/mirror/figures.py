"""What a case of the mirror's benchmark took. Only the standard library: cases run in environments of their own."""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """``events``: how many were stored, folded or undone. ``cpu_s`` is the case's process's and that of those it started
    (not the node's, not PostgreSQL's), ``peak_mb`` their resident memory at most. ``waits_ms``: what somebody waited,
    each time."""

    events: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    waits_ms: tuple[float, ...] = ()


def measured(run: Callable[[], int]) -> Figure:
    """``run`` answers how many events, and has ended the processes it started."""
    wall, cpu = time.perf_counter(), _cpu_s()
    events = run()
    cpu, wall = _cpu_s() - cpu, time.perf_counter() - wall
    # Of one that was started it begins with this one's memory: an upper bound.
    started_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Figure(events, wall, cpu, peak_mb() + started_kb / 1024)


def _cpu_s() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb(process: int | str = "self") -> float:
    """From the kernel's own page on the process: what getrusage tells begins with the memory of its parent."""
    words = Path(f"/proc/{process}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024


def cpu_s(process: int) -> float:
    """Processor time another process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
