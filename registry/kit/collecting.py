"""When Python looks for objects that hold each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is looked for until the end: for bounded work that makes very many objects, of which none hold each
    other. It took a third of a mirror's step. Where several do so at once, the first that ends ends it for all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
