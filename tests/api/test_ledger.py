"""Every record says where it stands on the ledger, and nothing is called final before it is."""

from typing import Any

from api import views
from registry.parties import queries as parties
from registry.receivables import queries
from registry.relay import queries as relay
from registry.storage.unit_of_work import Database
from tests.builders.office import Office


def _lot(office: Office, database: Database | None = None) -> dict[str, Any]:
    with (database or office.service.database).read() as session:
        return dict(views.lot(session, queries.lots(session)[0])["ledger"])


def _root(office: Office) -> str:
    with office.service.database.read() as session:
        return queries.lots(session)[0].id


def test_a_record_is_pending_while_an_act_on_it_is_unfinished_and_final_after(office: Office) -> None:
    before = _lot(office)
    assert before == {"status": "final", "block": before["block"], "act": None}
    act = office.send(_root(office), "tier1", "tier2", "100.00")
    assert _lot(office) == {"status": "pending", "block": before["block"], "act": act.id}
    done = office.settle(act)
    assert _lot(office) == {"status": "final", "block": done.block_number, "act": None}


def test_a_block_is_final_once_as_many_stand_upon_it_as_the_settings_say(office: Office) -> None:
    act = office.pass_on(_root(office), "tier1", "tier2", "100.00")
    url = office.service.database.url
    for blocks, status in ((0, "final"), (1, "included")):
        patient = Database(url, info={"finality_blocks": blocks})
        assert _lot(office, patient) == {"status": status, "block": act.block_number, "act": None}
        with patient.read() as session:
            assert views.act(relay.act(session, act.id), session)["ledger"]["status"] == status
        patient.close()


def test_an_act_the_ledger_refused_stands_nowhere_on_it(office: Office) -> None:
    act = office.pass_on(_root(office), "tier1", "tier2", "100.00")
    act.status = "refused"
    assert views.act(act)["ledger"] is None


def test_parties_and_what_they_owe_say_where_they_stand(office: Office) -> None:
    obligor = office.number("obligor")
    with office.service.database.read() as session:
        party = views.party(session, parties.profile(session, obligor))
        owed = [views.obligation(session, one) for one in queries.obligations(session, obligor)]
        receivable = views.receivable(session, queries.receivables(session)[0])
    assert {one["ledger"]["status"] for one in (party, *owed, receivable)} == {"final"}


def test_the_setting_reaches_every_session(office: Office) -> None:
    with office.service.database.read() as session:
        assert session.info["finality_blocks"] == office.service.settings.finality_blocks
