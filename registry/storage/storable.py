"""What either database can hold: refused before a driver sees it, so that both hold the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, event

from registry.storage.errors import ValueNotStorable

# Said of a statement whose parameters were looked at already.
LOOKED_AT = {"counterfoil_looked_at": True}


def keep_to_what_is_storable(engine: Engine) -> None:
    """Refuse text with NUL and numbers beyond 64 bits, so that nobody outside reads a driver's error."""

    @event.listens_for(engine, "before_cursor_execute")
    def checked(_c: Any, _cursor: Any, _sql: str, given: Any, context: Any, *_: Any) -> None:
        if context is not None and context.execution_options.keys() >= LOOKED_AT.keys():
            return
        # Of many rows a list, looked at column by column; many rows in one statement come as the values of one.
        rows = given if isinstance(given, list) else [given]
        for column in zip(*(row.values() if isinstance(row, Mapping) else row for row in rows), strict=True):
            require_storable(column)


def require_storable(column: Sequence[object]) -> None:
    """Raises ValueNotStorable for the first of these values that one of the databases could not hold."""
    kinds = set(map(type, column))
    if kinds == {int}:
        _check((min(column), max(column)))  # type: ignore[type-var]
    elif kinds == {str}:
        _check(("".join(column),))  # type: ignore[arg-type]
    else:
        _check(column)


def _check(values: Iterable[object]) -> None:
    for value in values:
        kind = type(value)
        if kind is str:
            if "\0" in value:  # type: ignore[operator]
                raise ValueNotStorable("Take the NUL character (U+0000) out of the text.")
        elif kind is int:
            if not -(2**63) <= value < 2**63:  # type: ignore[operator]
                raise ValueNotStorable("Numbers have at most 64 bits.", value=str(value)[:100])
        elif kind is list:
            require_storable(value)  # type: ignore[arg-type]
