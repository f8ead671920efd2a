"""What follows on the chain from the rarer acts, and that the mirror says the same."""

import pytest
from sqlalchemy import select, update

from registry.chain.place import receivable_hex, word_hex
from registry.chain.words import LotStatus, PartyFlag, PartyWord, ReceivableStatus
from registry.mirror import fold, queries
from registry.mirror.digest import digest
from registry.mirror.errors import OtherSchema
from registry.mirror.folding import happened
from registry.mirror.model import MirrorCursor
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.parties import queries as parties
from registry.parties.model import ChainSetting, Party, PartyKey, PartyRecovery
from registry.receivables import queries as receivables
from registry.receivables.model import InvoiceUse, Lot, Receivable
from registry.receivables.page_queries import contests_of_receivables
from registry.receivables.rules import RECEIVABLE_STATUS_NAMES, receivable_flag_names
from tests.mirror.life import FACE, KEYS, PARTIES, embedded_life
from tests.mirror.second_life import CONDITIONS, REASON, live_on


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """Look, do not touch."""
    with embedded_life(tmp_path_factory.mktemp("second")) as (life, _):
        life.admit(*PARTIES)
        yield life, live_on(life)


@pytest.fixture
def session(second):
    life, _ = second
    with life.database.read() as session:
        yield session


def kinds(session, lot):
    return [(hop.kind, hop.amount) for hop in receivables.hops(session, word_hex(lot))]


def record(session, terms):
    return session.get_one(Receivable, receivable_hex(terms.receivable))


def test_nothing_drifts_and_rebuilding_gives_the_same(second):
    life, _ = second
    assert reconcile(life.database, life.node, life.address).drifts == []
    assert rebuild(life.database).is_same
    other = life.open_database("other.db")
    mirror = life.new_mirror(other)
    while mirror.step(3):
        pass
    with life.database.read() as one, other.read() as two:
        assert digest(one) == digest(two)
    other.close()


def test_no_act_of_the_contract_is_left_out(lived, second):
    life, _ = second
    seen = set()
    for database in (lived.database, life.database):
        with database.read() as session:
            for event in queries.events_in(session, 0, 2**40):
                seen.add(happened(event).event.name)
    assert fold.handled() <= seen


def test_receivables_that_came_to_nothing_say_how_and_free_their_invoices(second, session):
    _, told = second
    ended = [record(session, each) for each in (told.withdrawn, told.expired, told.canceled)]
    assert [RECEIVABLE_STATUS_NAMES[each.status] for each in ended] == ["withdrawn", "expired", "canceled"]
    assert [each.reason for each in ended] == ["0x" + REASON.hex(), None, "0x" + REASON.hex()]
    assert {use.receivable for use in session.scalars(select(InvoiceUse))} == {
        receivable_hex(told.kept.receivable),
        receivable_hex(told.paid.receivable),
    }
    root = session.get_one(Lot, word_hex(told.canceled.root_lot))
    assert (root.status, root.amount) == (LotStatus.REDEEMED, 0)
    assert kinds(session, told.canceled.root_lot) == [("confirmed", FACE), ("canceled", FACE)]


def test_a_pledge_its_enforcement_and_the_loss_stand_in_the_lots_history(second, session):
    _, told = second
    assert kinds(session, told.pledged) == [
        ("transferred", 30_000_000), ("locked", 30_000_000), ("pledged", 30_000_000),
        ("released", 30_000_000), ("locked", 30_000_000), ("pledged", 30_000_000), ("settled", 1_000_000),
        ("settled", 2_000_000), ("enforced", 27_000_000), ("reassigned", 27_000_000),
        ("written_off", 7_000_000),
    ]  # fmt: skip
    hops = receivables.hops(session, word_hex(told.pledged))
    assert (hops[5].holder, hops[5].peer) == (PARTIES["second"], PARTIES["funder"])
    assert (hops[8].holder, hops[8].peer) == (PARTIES["funder"], 0)
    assert [hop.detail for hop in hops[-2:]] == ["0x" + CONDITIONS.hex(), "0x" + REASON.hex()]
    assert kinds(session, told.sold)[-4:] == [
        ("reassigned", 20_000_000), ("put_back", 20_000_000), ("forced", 20_000_000), ("settled", 20_000_000),
    ]  # fmt: skip
    kept = record(session, told.kept)
    live = session.scalars(select(Lot).where(Lot.receivable == kept.id)).all()
    assert sum(lot.amount for lot in live) + kept.settled == kept.face


def test_contests_are_listed_with_code_evidence_and_lot(second, session):
    _, told = second
    (contest,) = contests_of_receivables(session, [receivable_hex(told.kept.receivable)])
    assert (contest.party, contest.lot, contest.code) == (PARTIES["second"], word_hex(told.pledged), 2)
    assert len(contest.evidence) == 66


def test_a_suspension_is_a_flag_with_a_reason(second, session):
    _, told = second
    kept = record(session, told.kept)
    assert receivable_flag_names(kept.flags) == ["suspended"]
    assert (kept.status, kept.reason) == (ReceivableStatus.CONFIRMED, "0x" + REASON.hex())


def test_a_recovered_party_has_the_new_account_and_only_open_proposals_are_left(second, session):
    life, _ = second
    party = session.get_one(Party, PARTIES["second"])
    assert (party.account, party.epoch) == (KEYS["successor"].address, 1)
    assert not party.flags & PartyFlag.VETOED
    assert PartyWord.unpack(life.view("party", PARTIES["second"])).nonce == party.nonce
    keys = {name: session.get_one(PartyKey, KEYS[name].address) for name in ("second", "successor")}
    assert {name: key.epoch for name, key in keys.items()} == {"second": 0, "successor": 1}
    assert [each.party for each in session.scalars(select(PartyRecovery))] == [PARTIES["bank"]]
    waiting = parties.recovery(session, PARTIES["bank"])
    assert waiting is not None
    assert waiting.account == KEYS["arbiter"].address
    assert parties.recovery(session, PARTIES["second"]) is None


def test_the_arbiter_is_known_once_it_was_replaced(lived, session):
    assert parties.arbiter(session) == KEYS["clerk"].address
    with lived.database.read() as other:
        assert parties.arbiter(other) is None


def test_a_wrong_arbiter_or_proposal_is_a_drift(second):
    life, _ = second
    edits = [
        (ChainSetting, ChainSetting.name == "arbiter", {"value": KEYS["bank"].address}, "value"),
        (PartyRecovery, PartyRecovery.party == PARTIES["bank"], {"effective": 1}, "effective"),
    ]
    for table, where, values, field in edits:
        with life.database.write() as session:
            session.execute(update(table).where(where).values(**values))
        (drift,) = reconcile(life.database, life.node, life.address).drifts
        assert (drift.table, drift.field) == (table.__tablename__, field)
        rebuild(life.database)


def test_a_database_of_the_version_before_is_rebuilt_on_demand(second, tmp_path):
    """As the migration leaves it: projections of the older fold, the new tables empty, all events there."""
    life, _ = second
    with life.database.read() as session:
        wanted = digest(session)
    with life.database.write() as session:
        for row in session.scalars(select(PartyRecovery)):
            session.delete(row)
        session.execute(update(Receivable).values(reason=None))
        session.execute(update(MirrorCursor).values(schema_version=fold.SCHEMA_VERSION - 1))
    with pytest.raises(OtherSchema, match="counterfoil mirror rebuild"):
        life.mirror.step()
    assert rebuild(life.database).digest_after == wanted
    assert life.mirror.step() == 0
