"""Every record says where it stands on the ledger, and nothing is called final before it is."""

from typing import Any

import pytest
from sqlalchemy import update

from api import views
from api.settings import Settings
from registry.chain.finality import Finality
from registry.mirror.model import MirrorCursor
from registry.parties import queries as parties
from registry.receivables import queries
from registry.relay import queries as relay
from registry.relay.use_cases import mark_orphaned
from tests.builders.office import Office


def _lot(office: Office) -> dict[str, Any]:
    with office.service.database.read() as session:
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


def test_a_block_is_final_once_the_mirror_says_that_it_cannot_be_undone(office: Office) -> None:
    act = office.pass_on(_root(office), "tier1", "tier2", "100.00")
    assert act.block_number is not None
    for final, status in ((act.block_number, "final"), (act.block_number - 1, "included")):
        with office.service.database.write() as session:
            session.execute(update(MirrorCursor).values(final_number=final))
        assert _lot(office) == {"status": status, "block": act.block_number, "act": None}
        with office.service.database.read() as session:
            assert views.act(relay.act(session, act.id), session)["ledger"]["status"] == status


def test_an_act_whose_block_went_is_orphaned_and_so_is_what_it_is_about(office: Office) -> None:
    before = _lot(office)
    act = office.pass_on(_root(office), "tier1", "tier2", "1000000.00")
    assert act.block_number is not None
    with office.service.database.write() as session:
        assert mark_orphaned(session, act.block_number - 1, office.clock.now()) == 1
    with office.service.database.read() as session:
        again = relay.act(session, act.id)
        shown = views.act(again, session)
        assert (shown["status"], shown["block"]) == ("orphaned", None)
        assert shown["ledger"] == {"status": "orphaned", "block": None, "act": act.id}
        assert relay.unfinished_about(session, again.about).id == act.id  # type: ignore[union-attr]
    assert _lot(office)["status"] == "orphaned" != before["status"]


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


@pytest.mark.parametrize(
    ("rpc_url", "said", "policy"),
    [
        (None, None, Finality(0)), ("http://node", None, Finality(None)), ("http://node", "instant", Finality(0)),
        ("http://node", "12", Finality(12)), (None, "finalized", Finality(None)),
    ],
)  # fmt: skip
def test_the_setting_names_the_policy(rpc_url: str | None, said: str | None, policy: Finality) -> None:
    settings = Settings(contract="0x", chain_id=1, rpc_url=rpc_url, finality=said)
    assert settings.finality_policy == policy


@pytest.mark.parametrize("said", ["never", "0", "-1", "10000", "Instant"])
def test_no_other_policy_can_be_set(said: str) -> None:
    with pytest.raises(ValueError, match="finality"):
        Settings(contract="0x", chain_id=1, finality=said)
