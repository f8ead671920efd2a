"""What the quickest of three solvers says of a query: python solvers.py FILE, with all on the path.

bitwuzla answers most in a fraction of the time that yices takes; the others join it after a while, since each stalls
where another does not. Printed is what the first says that knows; if none does, nothing, with
status 1.
"""

import subprocess
import sys
import time
from pathlib import Path

BITWUZLA = ("python", str(Path(__file__).with_name("ask_bitwuzla.py")))
YICES = ("yices-smt2", "--smt2-model-format", "--bvconst-in-decimal")
Z3 = ("z3",)
ALONE_S = 60.0
AT_MOST_S = 1_800.0
KNOWN = (["sat"], ["unsat"])


class Asked:
    """One solver at work on one query."""

    def __init__(self, solver: tuple[str, ...], file: Path, place: int) -> None:
        # A file, since a long model would fill a pipe and wait.
        self._output = file.with_name(f"{file.name}.{place}")
        with self._output.open("w") as output:
            self._process = subprocess.Popen([*solver, str(file)], stdout=output, stderr=subprocess.DEVNULL)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def said(self) -> str:
        return self._output.read_text()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def answer(
    file: Path,
    solvers: tuple[tuple[str, ...], ...] = (BITWUZLA, YICES, Z3),
    alone: float = ALONE_S,
    at_most: float = AT_MOST_S,
) -> str:
    """The first answer, with its model or core; empty where no solver knows in time. ``alone``: how long, in
    seconds, each works before the next joins."""
    asked: list[Asked] = []
    waiting = list(solvers)
    began = time.monotonic()
    try:
        while time.monotonic() - began < at_most:
            ended = [one for one in asked if one.has_ended]
            for one in ended:
                if one.said().split(maxsplit=1)[:1] in KNOWN:
                    return one.said()
            if len(ended) == len(asked) or time.monotonic() - began > alone * len(asked):
                if waiting:
                    asked.append(Asked(waiting.pop(0), file, len(asked)))
                elif len(ended) == len(asked):
                    break
            time.sleep(0.02)
    finally:
        for one in asked:
            one.end()
    return ""


if __name__ == "__main__":
    found = answer(Path(sys.argv[1]))
    sys.stdout.write(found)
    sys.exit(not found)
