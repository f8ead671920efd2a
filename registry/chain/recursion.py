"""Ethereum's Python libraries raise the recursion limit to 100,000 when imported, for calls nested 1,024 deep.

At that limit a request of 80,000 brackets overruns the C stack and ends the process. What is left here is enough for
py-evm's nested calls and far below what 8 MiB of stack hold; deeper recursion is an exception again.
"""

import sys

LIMIT = 15_000


def restore_recursion_limit() -> None:
    """Call it after importing py_ecc (through eth_account) or py-evm."""
    sys.setrecursionlimit(LIMIT)
