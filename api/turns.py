"""Where work that asks the database is done: by the event loop itself where the database lets it, else in a thread."""

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread

from registry.storage.unit_of_work import Database

Found = TypeVar("Found")


async def attended(database: Database, work: Callable[[], Found]) -> Found:
    """What work comes to that reads by ``Database.ask`` alone and takes no time to speak of."""
    if database.is_attended:
        return await database.attend(work)
    return await anyio.to_thread.run_sync(work)
