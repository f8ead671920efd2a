"""What a case of the mirror's benchmark took. Only the standard library: cases run in environments of their own."""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """``events``: how many were stored, folded or undone. ``cpu_s`` is the case's process's alone (not the node's, not
    PostgreSQL's), ``peak_mb`` its resident memory at most. ``waits_ms``: what somebody waited, each time."""

    events: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    waits_ms: tuple[float, ...] = ()


def measured(run: Callable[[], int]) -> Figure:
    """``run`` answers how many events."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    events = run()
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - wall
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figure(events, wall, cpu, peak_mb())


def peak_mb(process: int | str = "self") -> float:
    """From the kernel's own page on the process: what getrusage tells begins with the memory of its parent."""
    words = Path(f"/proc/{process}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024


def cpu_s(process: int) -> float:
    """Processor time another process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
