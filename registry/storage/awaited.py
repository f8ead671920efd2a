"""PostgreSQL asked from an event loop, without a thread, and by its driver alone: by way of SQLAlchemy a question takes
three times as long.

This is the one module that imports the driver, and is loaded where a database's URL names it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg

from registry.storage.errors import DatabaseBusy

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Awaited:
    """``most`` connections at once, of the loop it is used in; each answers one SELECT at a time, a transaction of its
    own. ``arguments``: what the driver connects with. Errors are the driver's, but DatabaseBusy where none becomes free
    within ``wait_s``."""

    def __init__(self, arguments: Mapping[str, Any], most: int, wait_s: float) -> None:
        self._arguments, self._wait_s = arguments, wait_s
        self._free = asyncio.Semaphore(most)
        self._idle: list[Connection] = []

    async def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What one SELECT finds. A connection that broke since it was used last is noticed only now: then the next is
        taken, in the end a new one."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy("Too many read at once. Try again in a few seconds.") from None
        try:
            while self._idle:
                connection = self._idle.pop()
                try:
                    return await self._asked(connection, sql, values)
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
            return await self._asked(await self._opened(), sql, values)
        finally:
            self._free.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _opened(self) -> Connection:
        return await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True)

    async def _asked(
        self, connection: Connection, sql: str, values: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        is_usable = False
        try:
            cursor = await connection.execute(sql, values)
            found = await cursor.fetchall()
            is_usable = True
        except psycopg.Error:
            is_usable = not connection.closed
            raise
        finally:
            if is_usable:
                self._idle.append(connection)
            else:
                await connection.close()
        return list(found)
