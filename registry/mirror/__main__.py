"""Where the process begins that reads blocks ahead: ``python -m registry.mirror DESCRIPTOR``.

Nothing that is imported becomes garbage (api/__main__.py).
"""

import gc
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

gc.disable()

from registry.mirror.ahead import read_ahead  # noqa: E402 - not before nothing is looked for

gc.freeze()
gc.enable()

if __name__ == "__main__":
    # Who presses Ctrl-C means the mirror, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as line, suppress(EOFError, OSError):
        read_ahead(line)
