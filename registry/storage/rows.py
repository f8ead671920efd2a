"""Rows of tables held in memory: each is read once, changed as often as need be, and all are written together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from registry.storage.base import Base, table_of
from registry.storage.many import Row, delete_many, insert_many, update_many
from registry.storage.row_queries import rows_where, rows_with_keys

Key = tuple[Any, ...]
Kind = type[Base]

R = TypeVar("R", Row, None)

KEYS_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class Before:
    """A row as it was before it was changed; None: there was none."""

    table: str
    key: Key
    row: Row | None


@dataclass
class _Held:
    """One table's rows by primary key, None for a key that has none. ``stored``: those changed since they were written,
    as the database has them."""

    table: Table
    rows: dict[Key, Row | None] = field(default_factory=dict)
    stored: dict[Key, Row | None] = field(default_factory=dict)

    @cached_property
    def key_names(self) -> list[str]:
        return [column.name for column in self.table.primary_key.columns]

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(column.name for column in self.table.columns)

    @cached_property
    def changeable(self) -> frozenset[str]:
        return self.columns - frozenset(self.key_names)

    def key_of(self, row: Row) -> Key:
        return tuple([row[name] for name in self.key_names])

    def checked_key_of(self, row: Row) -> Key:
        if row.keys() != self.columns:
            raise ValueError(f"a {self.table.name} has other columns than {', '.join(row)}")
        return self.key_of(row)

    def named(self, key: Key) -> str:
        return f"{self.table.name} {'/'.join(map(str, key))}"


class Rows:
    """Rows within a session's transaction, by the class of their table and their primary key.

    A row is a mapping of column names to values that is never changed in place: its successor takes its place. What
    is changed here must not be changed elsewhere meanwhile, and is seen elsewhere once it is written. While
    ``is_noting``, it is noted how rows were before they changed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: dict[Kind, _Held] = {}
        self._before: dict[tuple[Kind, Key], Row | None] = {}
        self.is_noting = True

    def load(self, kind: Kind, keys: Iterable[Key]) -> None:
        """Read all of these at once that are not held yet."""
        held = self._of(kind)
        wanted = sorted({key for key in keys if key not in held.rows})
        for start in range(0, len(wanted), KEYS_A_QUERY):
            some = wanted[start : start + KEYS_A_QUERY]
            held.rows.update(dict.fromkeys(some))
            found = rows_with_keys(self._session.connection(), held.table, some)
            held.rows.update((held.key_of(row), row) for row in found)

    def get(self, kind: Kind, *key: Any) -> Row | None:
        """The row with this key, None where there is none."""
        held = self._of(kind)
        if key not in held.rows:
            self.load(kind, [key])
        return held.rows[key]

    def at(self, kind: Kind, *key: Any) -> Row:
        """The row with this key. Raises LookupError where there is none."""
        row = self.get(kind, *key)
        if row is None:
            raise LookupError(f"there is no {self._of(kind).named(key)}")
        return row

    def where(self, kind: Kind, **values: Any) -> list[Row]:
        """The rows whose columns have these values, by primary key. What was changed is written first."""
        self.write()
        held = self._of(kind)
        found = rows_where(self._session.connection(), held.table, values)
        held.rows.update((held.key_of(row), row) for row in found)
        return sorted(found, key=held.key_of)

    def add(self, kind: Kind, row: Row) -> Row:
        """A new row. Raises ValueError where a column is missing or one with its key is held; where the database has
        one that is not, ``write`` raises."""
        held = self._of(kind)
        key = held.checked_key_of(row)
        if held.rows.get(key) is not None:
            raise ValueError(f"there is a {held.named(key)} already")
        return self._replace(kind, held, key, row)

    def change(self, kind: Kind, *key: Any, **values: Any) -> Row:
        """Other values in some columns. Raises LookupError where there is no such row, ValueError for a column that is
        none or the key's."""
        held, row = self._of(kind), {**self.at(kind, *key), **values}
        if not values.keys() <= held.changeable and held.checked_key_of(row) != key:
            raise ValueError(f"the {held.named(key)} keeps its key")
        return self._replace(kind, held, key, row)

    def put(self, kind: Kind, row: Row) -> Row:
        """The row in place of whichever had its key, if one had. Raises ValueError where a column is missing."""
        held = self._of(kind)
        key = held.checked_key_of(row)
        self.get(kind, *key)
        return self._replace(kind, held, key, row)

    def remove(self, kind: Kind, *key: Any) -> None:
        """Raises LookupError where there is no such row."""
        self.at(kind, *key)
        self._replace(kind, self._of(kind), key, None)

    def take_before(self) -> list[Before]:
        """Each row that was changed since this was asked last, as it was then, in the order of their first change."""
        before = [Before(self._of(kind).table.name, key, row) for (kind, key), row in self._before.items()]
        self._before.clear()
        return before

    def write(self) -> None:
        """Bring the database to what is held. Raises IntegrityError where it does not fit; then the transaction is of
        no more use."""
        connection = self._session.connection()
        for held in self._held.values():
            if held.stored:
                _write(connection, held)
                held.stored.clear()

    def _replace(self, kind: Kind, held: _Held, key: Key, row: R) -> R:
        before = held.rows.get(key)
        held.stored.setdefault(key, before)
        if self.is_noting:
            self._before.setdefault((kind, key), before)
        held.rows[key] = row
        return row

    def _of(self, kind: Kind) -> _Held:
        held = self._held.get(kind)
        if held is None:
            held = self._held[kind] = _Held(table_of(kind))
        return held


def _write(connection: Connection, held: _Held) -> None:
    """Rows go before others come, so that no two meet in a unique column."""
    gone, changed, new = [], [], []
    for key, before in held.stored.items():
        after = held.rows[key]
        if before is None and after is not None:
            new.append(after)
        elif before is not None and after is None:
            gone.append(key)
        elif after is not None and after != before:
            changed.append(after)
    new.sort(key=held.key_of)
    delete_many(connection, held.table, gone)
    update_many(connection, held.table, changed)
    insert_many(connection, held.table, new)
