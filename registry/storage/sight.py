"""Who may see which row.

A read session opened for a viewer answers as if other parties' rows did not exist: every SELECT of it gets the
criteria of the models it names, wherever they stand in it. Each area says in its ``sight.py`` who sees which of
its rows; what nobody spoke for, nobody sees. Use cases write, and check, with the whole in sight.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SQLColumnExpression,
    Table,
    TextClause,
    event,
    exists,
    false,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.lambdas import LambdaElement
from sqlalchemy.sql.visitors import iterate

from registry.storage.base import Base


@dataclass(frozen=True)
class Viewer:
    """On whose behalf is read: a party's number (0 = none) and the parties that let it see their records."""

    party: int = 0
    trusted_by: frozenset[int] = frozenset()

    @property
    def me(self) -> int:
        """The party's number; for one of no party a number that no row has."""
        return self.party or -1


@dataclass(frozen=True)
class Found:
    """Some of a model's rows that a viewer sees, found from the viewer's side: their keys stand in ``key`` of a table
    where ``where`` holds, by an index of what ``where`` names and then the key, unless they are few or one's own."""

    key: SQLColumnExpression[Any]
    where: ColumnElement[bool]


Criterion = Callable[[Viewer], ColumnElement[bool]]
Finder = Callable[[Viewer], Iterator[Found]]
_WHOLE, _VIEWER = "whole", "viewer"
Statement = TypeVar("Statement", bound=Executable)
_criteria: dict[type[Base], list[Criterion]] = {}
_finders: dict[type[Base], list[Finder]] = {}


def shows(*models: type[Base]) -> Callable[[Criterion], Criterion]:
    """Say who sees the rows of these models; a model may be spoken for by several areas, each adding rows.

    The criterion names the model's own columns through the model, and other tables only through aliases of
    their ``__table__``: those are looked at unfiltered.
    """

    def register(criterion: Criterion) -> Criterion:
        for model in models:
            _criteria.setdefault(model, []).append(criterion)
        _only_seen.cache_clear()
        return criterion

    return register


def finds(model: type[Base]) -> Callable[[Finder], Finder]:
    """Say where a viewer's rows of a model are found, besides how one is told: by criteria alone a page of them would
    take looking at everybody's. What is found is what is shown: with less a page lacks rows, with more it ends early."""

    def register(finder: Finder) -> Finder:
        _finders.setdefault(model, []).append(finder)
        return finder

    return register


def found_for(model: type[Base], viewer: Viewer) -> Iterator[Found]:
    """Where the viewer's rows of a model are found."""
    for finder in _finders[model]:
        yield from finder(viewer)


def first_keys(
    kinds: Iterable[Found], least: ColumnElement[str], limit: int, among: Found | None = None
) -> Select[str]:
    """The first ``limit`` keys from ``least`` on, in order, of what is found in any of these ways: no more of each kind
    are looked at. ``among``: only those that are found there, too. The limit stands in the statement as it is: of one
    that comes later a planner has to guess how much it leaves."""
    return _keys(kinds, lambda key: key >= least, lambda key: key, limit, among)


def last_keys(
    kinds: Iterable[Found], before: ColumnElement[int], limit: int, among: Found | None = None
) -> Select[int]:
    """The same from the last one before ``before`` on, downwards."""
    return _keys(kinds, lambda key: key < before, lambda key: key.desc(), limit, among)


def all_keys(kinds: Iterable[Found]) -> Select[Any]:
    """All that is found in any of these ways: for what one has of one's own."""
    merged = union(*(select(found.key.label("key")).where(found.where) for found in kinds)).subquery()
    return select(merged.c.key)


def _keys(
    kinds: Iterable[Found],
    is_past: Callable[[Any], ColumnElement[bool]],
    ordered: Callable[[Any], ColumnElement[Any]],
    limit: int,
    among: Found | None,
) -> Select[Any]:
    first = literal_column(str(limit), Integer)

    def is_wanted(found: Found) -> Iterator[ColumnElement[bool]]:
        yield found.where
        yield is_past(found.key)
        if among is not None:
            # The bound once more: to merge the two in order, a database would else begin with the first key there is.
            yield exists(select(1).where(among.key == found.key, is_past(among.key), among.where))

    branches = [
        select(found.key.label("key"))
        .where(*is_wanted(found))
        .distinct()
        .order_by(ordered(found.key))
        .limit(first)
        .subquery()
        for found in kinds
    ]
    merged = union(*(select(one.c.key) for one in branches)).subquery()
    return select(merged.c.key).order_by(ordered(merged.c.key)).limit(first)


def viewer_of(session: Session) -> Viewer | None:
    """On whose behalf a session reads; None for one that sees all."""
    found: Viewer | None = session.info.get(_VIEWER)
    return found


def shows_everyone(*models: type[Base]) -> None:
    """Rows that every signed-in party may see."""
    shows(*models)(lambda _viewer: true())


def shows_nobody(*models: type[Base]) -> None:
    """Rows that only the operator sees."""
    shows(*models)(lambda _viewer: false())


def spoken_for() -> set[type[Base]]:
    return set(_criteria)


def past_sight(statement: Statement) -> Statement:
    """Ask it of all rows, for an answer that does not depend on who asks. Of columns only: a record read so would stay
    in the session, and be found there by whoever may not see it."""
    return statement.execution_options(**{_WHOLE: True})


def narrow(session: Session, viewer: Viewer) -> None:
    """Let this session see only what the viewer may."""
    session.info[_VIEWER] = viewer

    @event.listens_for(session, "do_orm_execute")
    def narrowed(state: ORMExecuteState) -> None:
        if state.is_select and not state.execution_options.get(_WHOLE):
            state.statement = seen_by(state.statement, viewer)


def seen_by(statement: Statement, viewer: Viewer) -> Statement:
    """The same statement, of the rows only that the viewer may see."""
    return statement.options(*(_only_seen(model, viewer) for model in models_in(statement)))


def models_in(statement: Executable) -> set[type[Base]]:
    """The models whose tables a statement names, however deep; all there are where it holds words of its own making.

    Criteria for all of them would do as well, and cost forty times as much as the query."""
    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    found = set()
    for element in iterate(cast("ClauseElement", statement)):
        if isinstance(element, TextClause | LambdaElement):
            return set(models.values())
        if isinstance(element, Table) and (model := models.get(element)) is not None:
            found.add(model)
    return found


@lru_cache(maxsize=4_096)  # what a viewer sees is said in the same words each time
def _only_seen(model: type[Base], viewer: Viewer) -> ExecutableOption:
    seen = or_(false(), *(criterion(viewer) for criterion in _criteria.get(model, ())))
    return with_loader_criteria(model, seen, include_aliases=True)
