"""Whatever way a SELECT is put, a narrowed session shows a viewer's rows only."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import ORMExecuteState, Session, aliased

import api.auth.sights  # noqa: F401
from registry.receivables.model import Lot, LotHop, Receivable
from registry.storage.base import Base
from registry.storage.sight import Viewer, models_in, spoken_for
from registry.storage.unit_of_work import Database
from tests.builders.databases import a_database

ME, OTHER = 7, 8


def test_somebody_says_of_each_table_who_sees_it() -> None:
    assert spoken_for() == {mapper.class_ for mapper in Base.registry.mappers}


@pytest.fixture
def database(on: str, tmp_path: Path) -> Iterator[Database]:
    made = a_database(tmp_path / "sight.db", on=on)
    with made.write() as session:
        for receivable, party in (("0xa", ME), ("0xb", OTHER)):
            session.add(a_receivable(receivable, party))
            session.add(a_lot(f"{receivable}1", receivable, party))
    yield made
    made.close()


def a_receivable(receivable: str, originator: int) -> Receivable:
    numbers = dict.fromkeys(
        ("status", "flags", "expires", "settler", "face", "settled", "currency", "maturity", "issued_on",
         "delivered_on", "accepted_on", "block_number"), 1,
    )  # fmt: skip
    words = dict.fromkeys(("documents_root", "invoices_hash", "salt"), "0x")
    return Receivable(
        id=receivable, commitment=receivable, obligor=1000, originator=originator, **numbers, **words
    )


def a_lot(lot: str, receivable: str, holder: int) -> Lot:
    numbers = dict.fromkeys(("peer", "until", "seq", "hops", "status", "block_number"), 0)
    return Lot(id=lot, receivable=receivable, parent=None, holder=holder, amount=5, **numbers)


def by_get(session: Session) -> set[Any]:
    return {one for one in ("0xa1", "0xb1") if session.get(Lot, one) is not None}


def by_entity(session: Session) -> set[Any]:
    return {lot.id for lot in session.scalars(select(Lot))}


def by_column(session: Session) -> set[Any]:
    return set(session.scalars(select(Lot.id)))


def by_alias(session: Session) -> set[Any]:
    other = aliased(Lot)
    return set(session.scalars(select(other.id)))


def by_join(session: Session) -> set[Any]:
    return set(session.scalars(select(Lot.id).join(Receivable, Receivable.id == Lot.receivable)))


def by_subquery(session: Session) -> set[Any]:
    inner = select(Lot.id).subquery()
    return set(session.scalars(select(inner.c.id)))


def by_union(session: Session) -> set[Any]:
    return set(session.scalars(select(Lot.id).union(select(Lot.id).where(Lot.amount > 1))))


def by_aggregate(session: Session) -> set[Any]:
    return {session.scalar(select(func.min(Lot.id))), session.scalar(select(func.max(Lot.id)))}


WAYS = (by_get, by_entity, by_column, by_alias, by_join, by_subquery, by_union, by_aggregate)


@pytest.mark.parametrize("way", WAYS)
def test_rows_of_others_do_not_exist_in_a_narrowed_session(
    database: Database, way: Callable[[Session], set[Any]]
) -> None:
    with database.on_behalf(Viewer(ME)).read() as session:
        assert way(session) == {"0xa1"}
    with database.read() as session:  # the control
        assert way(session) == {"0xa1", "0xb1"}


def test_a_past_holder_still_sees_what_it_passed_on(database: Database) -> None:
    with database.write() as session:
        numbers = dict.fromkeys(("peer", "amount", "status", "at"), 1)
        hop = LotHop(
            lot="0xb1",
            receivable="0xb",
            block_number=1,
            log_index=0,
            kind="transfer",
            holder=ME,
            tx_hash="0x",
            **numbers,
        )
        session.add(hop)
    with database.on_behalf(Viewer(ME)).read() as session:
        assert by_entity(session) == {"0xa1", "0xb1"}


def test_consent_opens_what_its_giver_originated(database: Database) -> None:
    with database.on_behalf(Viewer(ME, frozenset({OTHER}))).read() as session:
        assert by_entity(session) == {"0xa1", "0xb1"}
    with database.on_behalf(Viewer(0, frozenset({OTHER}))).read() as session:
        assert by_entity(session) == {"0xb1"}


def test_somebody_of_no_party_sees_no_rows(database: Database) -> None:
    with database.on_behalf(Viewer()).read() as session:
        assert by_entity(session) == set()


def test_use_cases_write_with_the_whole_in_sight(database: Database) -> None:
    """Otherwise a supplier could register another's invoice, which it does not see."""
    with database.on_behalf(Viewer(ME)).write() as session:
        assert by_entity(session) == {"0xa1", "0xb1"}


def by_exists(session: Session) -> set[Any]:
    wanted = select(Receivable.id).where(select(Lot.id).where(Lot.receivable == Receivable.id).exists())
    return {f"{one}1" for one in session.scalars(wanted)}


def by_cte(session: Session) -> set[Any]:
    inner = select(Lot.id).cte()
    return set(session.scalars(select(inner.c.id)))


def by_value(session: Session) -> set[Any]:
    found = select(func.max(Lot.id)).scalar_subquery()
    return {f"{one}1" for one in session.scalars(select(Receivable.id).where(Receivable.id + "1" == found))}


@pytest.mark.parametrize("way", [*WAYS, by_exists, by_cte, by_value])
def test_each_table_that_a_statement_asks_is_found_in_it(
    database: Database, way: Callable[[Session], set[Any]]
) -> None:
    """What SQLAlchemy then writes names no table of ours but those, which are narrowed."""
    found: set[str] = set()
    written: set[str] = set()

    def noted(state: ORMExecuteState) -> None:
        found.update(model.__tablename__ for model in models_in(state.statement))

    with database.read() as session:  # nobody's view: nothing is added to what it writes
        event.listen(session, "do_orm_execute", noted)
        event.listen(
            session.connection(),
            "before_cursor_execute",
            lambda *given: written.update(re.findall(r'(?:FROM|JOIN|,)\s+"?(\w+)"?', given[2])),
        )
        way(session)
    assert written & {mapper.local_table.name for mapper in Base.registry.mappers} == found != set()


def test_every_model_is_narrowed_where_a_statement_brings_words_of_its_own() -> None:
    assert models_in(select(text("id")).select_from(text("lot"))) == spoken_for()


def test_queries_select_through_models() -> None:
    """A bare table would escape the criteria."""
    folder = Path(__file__).parents[2] / "registry"
    found = [str(path) for path in folder.rglob("*queries.py") if "__table__" in path.read_text()]
    # The mirror's reconcile compares whole projections and is nobody's view.
    assert [one for one in found if not one.endswith("mirror/queries.py")] == []
