"""A lot shown by one question is the lot shown by its records, whoever looks and wherever it stands."""

from api import ids, views
from registry.kit.errors import Refusal
from registry.receivables import queries
from registry.storage.sight import Viewer
from registry.storage.unit_of_work import Database
from tests.builders.office import Office


def by_records(database: Database, lot: str) -> object:
    try:
        with database.read() as session:
            return views.lot(session, queries.lot(session, lot))
    except Refusal as refusal:
        return refusal.code


def by_question(database: Database, lot: str) -> object:
    try:
        return views.lot_by_id(database, lot)
    except Refusal as refusal:
        return refusal.code


def page_by_page(database: Database, holder: int | None, receivable: str | None) -> list[views.View]:
    found: list[views.View] = []
    while page := views.lots_page(
        database, ids.LOT.loosely(found[-1]["id"]) if found else "", 1, holder=holder, receivable=receivable
    ):
        found += page
    return found


def by_id(lot: views.View) -> str:
    return str(lot["id"])


def by_receivable(lot: views.View) -> tuple[str, str]:
    return lot["receivable"], lot["id"]


def by_session(database: Database, holder: int | None, receivable: str | None) -> list[views.View]:
    with database.read() as session:
        return views.lots_of(session, queries.lots(session, holder=holder, receivable_id=receivable))


def test_a_lot_is_the_same_by_one_question_for_everybody(office: Office) -> None:
    database = office.service.database
    with database.read() as session:
        [(root, receivable)] = [(one.id, one.receivable) for one in queries.lots(session)]
    office.pass_on(root, "tier1", "tier2", "100.00")
    with database.read() as session:
        part = next(one.id for one in queries.lots(session) if one.id != root)
    pending = office.send(part, "tier2", "tier1")
    viewers = [None, *(Viewer(number) for number in range(12)), Viewer(9, frozenset({2, 3, 4}))]
    seen = set()
    for viewer in viewers:
        as_seen = database.on_behalf(viewer)
        for lot in (root, part, "0x" + "00" * 32):
            found = by_question(as_seen, lot)
            assert found == by_records(as_seen, lot), viewer
            seen.add(str(found["ledger"]["act"]) if isinstance(found, dict) else found)
        for holder in (None, 2, 3, 4, 5):
            for of in (None, receivable, "0x" + "00" * 8):
                paged = page_by_page(as_seen, holder, of)
                assert sorted(paged, key=by_id) == by_session(as_seen, holder, of)
                assert paged == sorted(paged, key=by_id if viewer is None or holder or of else by_receivable)
    # Those who see the act that is on its way, those who do not, and those who see no lot.
    assert seen == {pending.id, "None", "lot_not_found"}
