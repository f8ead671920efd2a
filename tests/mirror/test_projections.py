"""The projections say what the chain says, each table as the contract's own views have it."""

import pytest
from sqlalchemy import delete, select

from registry.chain.contract import event_names
from registry.chain.messages import keccak256
from registry.chain.place import word_hex
from registry.chain.words import FactsWord, InvoiceUseWord, LotStatus, ReceivableStatus
from registry.mirror import fold
from registry.mirror.digest import digest
from registry.mirror.rebuild import rebuild
from registry.mirror.worker import Done
from registry.parties.model import ChainSetting, Party, PartyKey
from registry.receivables.model import InvoiceUse, Lot, LotHop, Obligation, Receivable
from registry.relay import queries as acts
from registry.relay.model import Act, ActStatus
from tests.mirror.life import CNY, EUR, FACE, KEYS, LIMITS, PARTIES


@pytest.fixture
def session(lived):
    with lived.database.read() as session:
        yield session


def test_every_event_of_the_contract_is_folded_or_ignored_for_a_reason():
    assert set(event_names()) == fold.handled() | set(fold.IGNORED)
    assert not fold.handled() & set(fold.IGNORED)
    assert all(fold.IGNORED.values())


def test_parties_and_keys_are_as_admitted(session):
    party = session.get_one(Party, PARTIES["third"])
    assert party.account == KEYS["third"].address
    assert party.flags == 2  # barred
    clerk = session.get_one(PartyKey, KEYS["clerk"].address)
    assert (clerk.party, clerk.scopes, clerk.cap) == (PARTIES["supplier"], 5, 2**64 - 1)
    assert session.get_one(PartyKey, KEYS["obligor"].address).scopes == 0xFFFF
    assert session.get_one(ChainSetting, "limits").value == word_hex(LIMITS.pack())
    assert session.get_one(ChainSetting, "fingerprint_key:1").value == "0x" + keccak256(b"public").hex()


def test_a_lot_knows_its_parent_and_history(lived, session):
    root, child, grandchild = (
        session.get_one(Lot, word_hex(each))
        for each in (lived.lived.root, lived.lived.child, lived.lived.grandchild)
    )
    assert (root.parent, child.parent, grandchild.parent) == (None, root.id, child.id)
    assert (child.holder, child.peer) == (PARTIES["funder"], PARTIES["supplier"])
    assert (child.status, grandchild.status) == (LotStatus.FINANCED, LotStatus.REDEEMED)
    hops = session.scalars(
        select(LotHop).where(LotHop.lot == child.id).order_by(LotHop.block_number, LotHop.log_index)
    )
    assert [(hop.kind, hop.amount) for hop in hops] == [
        ("transferred", 80_000_000), ("rejected", 80_000_000), ("split", 30_000_000), ("locked", 50_000_000),
        ("released", 50_000_000), ("locked", 50_000_000), ("financed", 50_000_000), ("settled", 20_000_000),
    ]  # fmt: skip


def test_what_is_owed_is_the_sum_of_what_is_open(lived, session):
    receivable = session.get_one(Receivable, f"0x{lived.lived.first.receivable:016x}")
    obligation = session.get_one(Obligation, (PARTIES["obligor"], CNY))
    live = session.scalars(select(Lot).where(Lot.receivable == receivable.id)).all()
    assert sum(lot.amount for lot in live) + receivable.settled == receivable.face == 2 * FACE
    assert obligation.outstanding == receivable.face - receivable.settled
    assert session.get_one(Obligation, (PARTIES["obligor"], EUR)).quota == 2**63 + 5
    word = FactsWord.unpack(lived.view("facts", lived.lived.first.receivable))
    assert (word.settled, word.maturity) == (receivable.settled, receivable.maturity)


def test_a_declined_receivable_gives_its_invoices_free(lived, session):
    refused = session.get_one(Receivable, f"0x{lived.lived.refused.receivable:016x}")
    assert (refused.status, refused.owed) == (ReceivableStatus.DECLINED, 7)
    for name in ("a", "a2", "b", "b2", "c"):
        fingerprint = keccak256(name.encode())
        word = InvoiceUseWord.unpack(lived.view("invoiceOf", fingerprint))
        use = session.get(InvoiceUse, "0x" + fingerprint.hex())
        assert (use is None) == (word.uses == 0)
        if use is not None:
            assert (use.used, use.uses, use.place) == (word.used, word.uses, word.place)


def test_rebuilding_after_dropping_every_row_gives_the_same_digest(lived):
    with lived.database.read() as session:
        before = digest(session)
    with lived.database.write() as session:
        for kind in fold.PROJECTIONS:
            session.execute(delete(kind))
        assert digest(session) != before
    rebuilt = rebuild(lived.database)
    assert rebuilt.digest_after == before
    assert not rebuilt.is_same
    assert rebuild(lived.database).is_same


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_the_digest_does_not_depend_on_the_size_of_steps(lived, limit):
    database = lived.open_database(f"steps_{limit}.db")
    mirror = lived.new_mirror(database)
    while mirror.step(limit):
        pass
    with database.read() as one, lived.database.read() as other:
        assert digest(one) == digest(other)
    database.close()


def test_an_act_is_included_in_the_step_that_applies_its_block(fresh):
    act_id = fresh.enqueue("admit", *fresh.admission("supplier"), sender="operator")
    assert fresh.relay.step() == 1
    while not fresh.mirror.step(1):
        pass
    seen = False
    while not seen:
        with fresh.database.read() as session:
            is_included = acts.act(session, act_id).status == ActStatus.INCLUDED
            seen = session.get(Party, PARTIES["supplier"]) is not None
        assert is_included == seen
        fresh.mirror.step(1)


def test_an_act_past_the_registry_is_mirrored_like_any_other(lived, session):
    through_outbox = {act.tx_hash for act in session.scalars(select(Act))}
    rejected = session.scalars(select(LotHop).where(LotHop.kind == "rejected")).one()
    assert rejected.tx_hash not in through_outbox


def test_at_the_head_there_is_nothing_to_do(lived):
    assert lived.worker.run_once() == Done(0, 0)
