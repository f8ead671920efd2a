"""Questions that are asked often, each one SELECT, put into the database's words once for each viewer.

To build, to cache and to read an ORM statement takes several times what the database takes to find a row by its key.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, make_dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.storage.sight import Viewer, seen_by, viewer_of


@dataclass(frozen=True, eq=False)
class Question:
    """``statement``: of single columns only, its values bound by name, each with one to stand there before; or how it is
    put for a viewer, None for one who sees all. Nobody sees more by it than in a session."""

    statement: Select[*tuple[Any, ...]] | Callable[[Viewer | None], Select[*tuple[Any, ...]]]

    def put_by(self, viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
        said = self.statement if isinstance(self.statement, Select) else self.statement(viewer)
        return said if viewer is None else seen_by(said, viewer)


@dataclass(frozen=True)
class Words:
    """``order``: of the values where the driver takes them by place; None where by name."""

    sql: str
    given: Mapping[str, Any]
    order: Sequence[str] | None
    row: Callable[..., Any]  # what a line's values are, by their names
    readers: Sequence[Callable[[Any], Any] | None]

    def read(self, lines: Iterable[Sequence[Any]]) -> list[Any]:
        """The driver's lines, as rows."""
        return [self._read(line) for line in lines]

    def _read(self, line: Sequence[Any]) -> Any:
        return self.row(
            *(value if read is None else read(value) for value, read in zip(line, self.readers, strict=True))
        )


def answered(
    connect: Callable[[], Connection], question: Question, viewer: Viewer | None, values: Mapping[str, object]
) -> list[Any]:
    """The rows, as one statement finds them, their values by name. ``connect`` opens what commits by itself. A
    connection that broke since it was used last is noticed only now: then another is taken, once."""
    try:
        return _asked(connect, question, viewer, values)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return _asked(connect, question, viewer, values)


def asked_within(session: Session, question: Question, **values: object) -> list[Any]:
    """The rows as ``answered`` finds them, by the session's own transaction and of what its viewer sees."""
    return _asked(lambda: nullcontext(session.connection()), question, viewer_of(session), values)


def _asked(
    connect: Callable[[], AbstractContextManager[Connection]],
    question: Question,
    viewer: Viewer | None,
    values: Mapping[str, object],
) -> list[Any]:
    with connect() as connection:
        words = worded(question, connection.dialect, viewer)
        given: Any = {**words.given, **values}
        if words.order is not None:
            given = tuple(given[name] for name in words.order)
        return words.read(connection.exec_driver_sql(words.sql, given))


@lru_cache(maxsize=1_024)
def worded(question: Question, dialect: Dialect, viewer: Viewer | None) -> Words:
    """The question in the database's words, as this viewer puts it."""
    statement = question.put_by(viewer)
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    columns = statement.selected_columns
    return Words(
        str(compiled),
        compiled.params,
        compiled.positiontup,
        make_dataclass("Row", columns.keys(), frozen=True, slots=True),
        [one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns],
    )
