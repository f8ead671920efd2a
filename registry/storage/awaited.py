"""PostgreSQL asked from an event loop, without a thread, and by its driver alone: by way of SQLAlchemy a question takes
three times as long.

This is the one module that imports the driver, and is loaded where a database's URL names it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg

from registry.storage.errors import DatabaseBusy

Cursor = psycopg.AsyncCursor[tuple[Any, ...]]


class Awaited:
    """``most`` connections at once, of the loop it is used in; each answers one SELECT at a time, a transaction of its
    own. ``arguments``: what the driver connects with. Errors are the driver's, but DatabaseBusy where none becomes free
    within ``wait_s``."""

    def __init__(self, arguments: Mapping[str, Any], most: int, wait_s: float) -> None:
        self._arguments, self._wait_s = arguments, wait_s
        self._free = asyncio.Semaphore(most)
        self._idle: list[Cursor] = []  # each of a connection of its own

    async def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What one SELECT finds. A connection that broke since it was used last is noticed only now: then the next is
        taken, in the end a new one."""
        await self._turn()
        try:
            while self._idle:
                cursor = self._idle.pop()
                try:
                    return await self._asked(cursor, sql, values)
                except psycopg.OperationalError:
                    if not cursor.connection.closed:
                        raise
            return await self._asked(await self._opened(), sql, values)
        finally:
            self._free.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().connection.close()

    async def _turn(self) -> None:
        if not self._free.locked():  # to bound what takes no time would take some
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy("Too many read at once. Try again in a few seconds.") from None

    async def _opened(self) -> Cursor:
        connection = await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True)
        return connection.cursor()

    async def _asked(self, cursor: Cursor, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        is_usable = False
        try:
            await cursor.execute(sql, values)
            found = await cursor.fetchall()
            is_usable = True
        except psycopg.Error:
            is_usable = not cursor.connection.closed
            raise
        finally:
            if is_usable:
                self._idle.append(cursor)
            else:
                await cursor.connection.close()
        return found
