"""An event loop of a test's own."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")
PATIENCE_S = 60.0


def in_a_loop(main: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """What it comes to. In a thread of its own: where a browser has been tested, this one has a loop already."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(main())).result(PATIENCE_S)
