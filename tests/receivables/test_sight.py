"""What is found for a viewer is what it is shown, on both databases, and a page takes looking at no more than a page."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, Select, delete, select

from api import ids, views
from api.shown_queries import LOTS
from registry.financing.model import Financing
from registry.kit.clock import SystemClock
from registry.receivables import queries
from registry.receivables.model import Lot, LotHop, Receivable
from registry.receivables.seen_queries import _PAGES
from registry.relay.model import KeptConsent
from registry.storage.sight import Viewer, seen_by
from registry.storage.unit_of_work import Database
from tests.api.bench_api import FILL
from tests.builders.databases import POSTGRESQL, SQLITE, a_database

PARTIES = range(1, 9)
RECEIVABLES = 30
NONE = 99


def an_id(random: Random, octets: int) -> str:
    return f"0x{random.getrandbits(8 * octets):0{2 * octets}x}"


def receivable(random: Random, number: str, *parties: int) -> Receivable:
    obligor, originator, settler = parties
    return Receivable(
        id=number, commitment=an_id(random, 32), status=random.choice((1, 2, 2)), flags=0, expires=0, obligor=obligor,
        originator=originator, settler=settler, face=1, settled=0, currency=978, maturity=0, issued_on=0,
        delivered_on=0, accepted_on=0, documents_root="0x", invoices_hash="0x", salt="0x", owed=None, reason=None,
        block_number=1,
    )  # fmt: skip


def lot(random: Random, of: str, holder: int, peer: int) -> Lot:
    return Lot(id=an_id(random, 32), receivable=of, parent=None, holder=holder, peer=peer, amount=1, until=0, seq=0,
               hops=0, status=1, block_number=1)  # fmt: skip


def hop(of: Lot, holder: int, place: int) -> LotHop:
    return LotHop(lot=of.id, block_number=place, log_index=0, receivable=of.receivable, kind="transferred",
                  holder=holder, peer=0, amount=1, status=1, detail=None, at=0, tx_hash="0x")  # fmt: skip


def offer(random: Random, of: Lot, funder: int) -> Financing:
    ended = random.choice((None, SystemClock().now()))
    return Financing(id=an_id(random, 8), lot=of.id, funder=funder, seller=of.holder, until=0, status="reserved",
                     terms=None, terms_hash=None, act=None, created_at=SystemClock().now(), ended_at=ended,
                     ended_because=None)  # fmt: skip


def awaiting(about: str, holder: int, whom: int) -> KeptConsent:
    return KeptConsent(kind="reassign", about=about, party=holder, awaits=whom, message="0x", consents=[], filled_in={},
                       deadline=0, kept_at=SystemClock().now())  # fmt: skip


def fill(database: Database, random: Random) -> None:
    """Parties named in terms, holding, having held, having a claim, being offered; and others."""
    with database.write() as session:
        for _ in range(RECEIVABLES):
            one = receivable(random, an_id(random, 8), *(random.choice(PARTIES) for _ in range(3)))
            session.add(one)
            session.flush()
            if one.status == 1:
                continue
            for _ in range(random.randrange(1, 4)):
                made = lot(random, one.id, random.choice(PARTIES), random.choice((0, 0, *PARTIES)))
                session.add_all((made, hop(made, random.choice(PARTIES), 1), hop(made, made.holder, 2)))
                if random.random() < 0.3:
                    session.add(offer(random, made, random.choice(PARTIES)))


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def filled(request: pytest.FixtureRequest) -> Iterator[Database]:
    database = a_database(on=request.param)
    fill(database, Random(7))
    yield database
    database.close()


def viewers() -> list[Viewer]:
    alone = [Viewer(number) for number in (*PARTIES, NONE, 0)]
    return [*alone, Viewer(NONE, frozenset({2, 5})), Viewer(1, frozenset({4})), Viewer(0, frozenset({3}))]


def lots_by_pages(database: Database, limit: int) -> list[str]:
    found: list[str] = []
    while page := views.lots_page(database, found[-1] if found else "", limit):
        found += [ids.LOT.loosely(one["id"]) for one in page]
    return found


def receivables_by_pages(
    database: Database, limit: int, status: int | None, party: int | None = None
) -> list[str]:
    found: list[str] = []
    with database.read() as session:
        while page := queries.receivables(
            session, party=party, status=status, after=found[-1] if found else "", limit=limit
        ):
            found += [one.id for one in page]
    return found


@pytest.mark.parametrize("limit", [2, 50])
def test_page_by_page_a_viewer_finds_what_it_sees_and_each_once(filled: Database, limit: int) -> None:
    sizes = set()
    for viewer in viewers():
        mine = filled.on_behalf(viewer)
        with mine.read() as session:
            lots = sorted(session.execute(select(Lot.receivable, Lot.id)).all())
            seen = {status: sorted(session.scalars(of(status)).all()) for status in (None, 1, 2)}
        assert lots_by_pages(mine, limit) == [one for _, one in lots], viewer
        for status, wanted in seen.items():
            assert receivables_by_pages(mine, limit, status) == wanted, viewer
        sizes.add(len(lots))
    assert min(sizes) == 0
    assert max(sizes) < len(lots_by_pages(filled, 50))  # the control: nobody sees all


@pytest.mark.parametrize("limit", [2, 50])
def test_page_by_page_whose_terms_name_a_party_is_found_as_far_as_the_viewer_sees_it(
    filled: Database, limit: int
) -> None:
    named = set()
    for viewer in (None, *viewers()):
        mine = filled.on_behalf(viewer)
        for party, status in product((*PARTIES[:3], NONE), (None, 1)):
            with mine.read() as session:
                is_named = (Receivable.obligor == party) | (Receivable.originator == party)
                wanted = sorted(session.scalars(of(status).where(is_named)).all())
            assert receivables_by_pages(mine, limit, status, party) == wanted, (viewer, party, status)
            named.add(len(wanted))
    assert min(named) == 0
    assert max(named) > 2


def of(status: int | None):  # type: ignore[no-untyped-def]
    query = select(Receivable.id)
    return query if status is None else query.where(Receivable.status == status)


def test_whom_a_reassignment_awaits_finds_it(filled: Database) -> None:
    with filled.read() as session:
        one = session.scalars(select(Lot).limit(1)).one()
        about, holder = f"lot:{one.id}", one.holder
    mine = filled.on_behalf(Viewer(NONE))
    assert lots_by_pages(mine, 50) == []
    with filled.write() as session:
        session.add(awaiting(about, holder, NONE))
    assert one.id in lots_by_pages(mine, 50)
    with filled.write() as session:
        session.execute(delete(KeptConsent))


def test_a_page_is_found_by_indexes_alone() -> None:
    """On SQLite, whose plan says in words what is looked at: only what an index leads to."""
    database = a_database(on=SQLITE)
    fill(database, Random(8))
    plan = plan_of(database.engine, Viewer(3, frozenset({2, 5})))
    scanned = [
        line
        for line in plan
        if line.startswith("SCAN ") and not line.startswith(("SCAN (", "SCAN anon", "SCAN CONST"))
    ]
    assert [line for line in scanned if not is_of_a_page(line)] == []
    assert any("ix_lot_holder_receivable" in line for line in plan)
    assert any("ix_lot_hop_holder_receivable" in line for line in plan)
    database.close()


def is_of_a_page(line: str) -> bool:
    """A subquery that was cut to a page before."""
    return "SUBQUERY" in line or "LIST" in line


def plan_of(engine: Engine, viewer: Viewer) -> list[str]:
    compiled = LOTS[frozenset()].put_by(viewer).compile(
        dialect=engine.dialect, compile_kwargs={"render_postcompile": True}
    )  # fmt: skip
    given = tuple(compiled.params[name] for name in compiled.positiontup or ())
    with engine.connect() as connection:
        return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", given)]


MANY = 20_000


def looked_at(node: dict[str, Any]) -> float:
    """How many rows the scans of a plan read, thrown away or not."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    own = rows * node["Actual Loops"] if node["Node Type"].endswith("Scan") else 0
    return float(own + sum(map(looked_at, node.get("Plans", ()))))


def test_on_postgresql_a_page_from_the_middle_looks_at_a_few_pages_of_rows() -> None:
    """Whoever sees all of many, and the control: criteria alone, for one who sees nothing, look at each."""
    database = a_database(on=POSTGRESQL)
    with database.migration() as connection:
        connection.exec_driver_sql(FILL.replace("%(lots)s", str(MANY)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        middle = connection.exec_driver_sql(
            "SELECT id FROM lot ORDER BY receivable OFFSET 10000 LIMIT 1"
        ).scalar()

        def cost(statement: Select[Any], **more: int) -> float:
            compiled = statement.compile(
                dialect=database.engine.dialect, compile_kwargs={"render_postcompile": True}
            )
            given = {**compiled.params, "after": middle, "limit": 50, **more}
            found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", given).scalar()
            assert isinstance(found, list)
            return looked_at(found[0]["Plan"])

        by_id = LOTS[frozenset()].put_by(None)
        assert cost(LOTS[frozenset()].put_by(Viewer(2))) < 3_000
        assert cost(seen_by(by_id, Viewer(NONE))) > MANY / 4
        assert cost(_PAGES[frozenset({"party"})].put_by(None), party=2) < 3_000
    database.close()
