"""When the chain takes blocks back, so does the mirror: afterwards the database says what the new branch says."""

from contextlib import closing
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import delete, func, select

from registry.chain.finality import Finality
from registry.kit.clock import FixedClock
from registry.mirror import mirror as mirroring
from registry.mirror import queries
from registry.mirror.digest import digest
from registry.mirror.errors import NodeBehind, NodeInconsistent, ReorgDetected
from registry.mirror.finality import NotFinal, is_final, require_final
from registry.mirror.mirror import Mirror
from registry.mirror.model import ChainBlock, ChainEvent, OrphanedEvent, ProjectionUndo
from registry.mirror.rebuild import rebuild
from registry.relay import queries as acts
from registry.relay.model import Act, ActStatus, ActTransaction
from tests.builders.databases import a_database
from tests.mirror.branches import BranchingNode

DEEPEST = 64
CLOCK = FixedClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
BY_TAG = Finality(None)


def mirror_of(database, node, finality=BY_TAG, **more):
    address = node.logs[0]["address"]
    return Mirror(database, node, address, 1, CLOCK, finality=finality, **more)


def digest_of(database):
    with database.read() as session:
        return digest(session)


def count(database, table):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def events_of(database):
    with database.read() as session:
        stored = select(ChainEvent).order_by(ChainEvent.block_number, ChainEvent.log_index)
        return [(each.block_hash, each.log_index) for each in session.scalars(stored)]


def place_of(database):
    with database.read() as session:
        found = queries.cursor(session)
        return (found.number, found.hash, found.final_number, found.final_hash)


def says_what_a_fresh_replay_says(database, node, finality):
    fresh = a_database()
    mirror_of(fresh, node, finality).catch_up()
    same = (digest_of(fresh), events_of(fresh)) == (digest_of(database), events_of(database))
    same = same and place_of(fresh)[:2] == place_of(database)[:2]
    fresh.close()
    return same


def put_in_outbox(database, tx_hash, number=1, status=ActStatus.SENT):
    with database.write() as session:
        session.add(
            Act(
                id=f"act_{number}", kind="freeze", arguments=[1, True], consents=None, sender="operator",
                about=f"party:{number}", actor=0, status=status, created_at=CLOCK.now(), nonce=number,
                tx_hash=tx_hash, raw_transaction=b"\x02",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            ActTransaction(
                tx_hash=tx_hash,
                act=f"act_{number}",
                nonce=number,
                gas=1,
                max_fee=1,
                tip=1,
                signed_at=CLOCK.now(),
            )
        )


def act_of(database, number=1):
    with database.read() as session:
        return acts.act(session, f"act_{number}")


def test_after_random_reorganizations_the_projections_are_those_of_the_branch_that_stands(logs):
    """Depths to 64, branches shorter and longer, steps of any size in between, finality following at any distance."""
    undone = 0
    for seed, finality in ((1, BY_TAG), (2, Finality(DEEPEST)), (3, BY_TAG)):
        random = Random(seed)
        node, database = BranchingNode(logs, random, finalized=0), a_database()
        mirror = mirror_of(database, node, finality)
        node.grow(70)
        for _ in range(6):
            mirror.step(random.randint(1, 90))
            final = max(place_of(database)[2], node.finalized)
            depth = random.randint(0, min(DEEPEST, node.head - final))
            node.cut(depth)
            node.grow(random.randint(0, depth + 5), random.randint(0, 2))
            if place_of(database)[0] > node.head - depth and depth:
                undone += 1
            try:
                mirror.catch_up()
            except NodeBehind:
                node.grow(place_of(database)[0] - node.head + 1)
                mirror.catch_up()
            if random.random() < 0.4:
                node.finalized = random.randint(node.finalized, node.head)
            assert says_what_a_fresh_replay_says(database, node, finality)
        assert rebuild(database).is_same
        database.close()
    assert undone > 6


def test_what_was_rebuilt_can_still_be_undone(node, database, monkeypatch):
    mirror = mirror_of(database, node)
    node.grow(20)
    mirror.catch_up()
    # As after a change of the fold: what the rows of old were is of no use.
    monkeypatch.setattr(queries, "_PAGE", 3)
    with database.write() as session:
        session.execute(delete(ProjectionUndo))
    assert rebuild(database).is_same
    node.cut(15)
    node.grow(16)
    mirror.catch_up()
    assert says_what_a_fresh_replay_says(database, node, BY_TAG)


def test_the_events_that_went_are_kept_apart(node, database):
    mirror = mirror_of(database, node)
    node.grow(10, 1)
    mirror.catch_up()
    before = events_of(database)
    node.cut(10)
    node.grow(11, 0)
    mirror.catch_up()
    with database.read() as session:
        gone = [(one.block_hash, one.log_index) for one in session.scalars(select(OrphanedEvent))]
    assert sorted(gone) == sorted(before) != []
    assert events_of(database) == []
    with closing(a_database()) as untouched:
        assert digest_of(database) == digest_of(untouched)


def test_a_branch_that_comes_back_is_as_good_as_before(node, database):
    mirror = mirror_of(database, node)
    node.grow(6)
    mirror.catch_up()
    first, told, before = node.blocks[:], node.told[:], digest_of(database)
    for _ in range(2):
        node.cut(4)
        node.grow(5)
        mirror.catch_up()
        assert digest_of(database) != before
        node.blocks, node.told = first[:], told[:]
        assert mirror.step() == 4
        assert digest_of(database) == before
        assert place_of(database)[1] == first[-1]["hash"]


def test_a_shorter_branch_is_taken_and_a_prefix_is_a_node_that_lags(node, database):
    mirror = mirror_of(database, node)
    node.grow(10)
    mirror.catch_up()
    first, told = node.blocks[:], node.told[:]
    node.cut(3)
    with pytest.raises(NodeBehind):
        mirror.step()
    node.cut(2)
    node.grow(1)
    mirror.catch_up()
    assert place_of(database)[0] == 6
    assert says_what_a_fresh_replay_says(database, node, BY_TAG)
    node.blocks, node.told = first, told
    mirror.catch_up()
    assert says_what_a_fresh_replay_says(database, node, BY_TAG)


@pytest.mark.parametrize(
    ("finality", "finalized", "head_after"),
    [(Finality(0), None, 21), (Finality(5), None, 30), (BY_TAG, 12, 25)],
)
def test_a_reorganization_deeper_than_finality_halts_and_wipes_nothing(
    node, database, finality, finalized, head_after
):
    mirror = mirror_of(database, node, finality)
    node.grow(20)
    node.finalized = finalized
    mirror.catch_up()
    before, place = digest_of(database), place_of(database)
    node.cut(node.head - place[2] + 1)
    node.finalized = min(node.head, finalized) if finalized else None
    node.grow(head_after - node.head)
    for _ in range(2):
        with pytest.raises(ReorgDetected) as halted:
            mirror.catch_up()
    assert halted.value.fields["block_number"] == place[2]
    assert (digest_of(database), place_of(database), count(database, OrphanedEvent)) == (before, place, 0)


def test_a_reorganization_down_to_the_final_block_itself_is_followed(node, database):
    mirror = mirror_of(database, node, Finality(5))
    node.grow(20)
    mirror.catch_up()
    node.cut(5)
    node.grow(6)
    mirror.catch_up()
    assert says_what_a_fresh_replay_says(database, node, Finality(5))


def test_an_instant_chain_keeps_nothing_to_undo(node, database):
    node.grow(20)
    mirror_of(database, node, Finality(0)).catch_up()
    assert count(database, ProjectionUndo) == 0
    assert place_of(database)[:2] == place_of(database)[2:]


def test_what_is_final_needs_no_undo_and_its_empty_blocks_no_row(node, database):
    mirror = mirror_of(database, node)
    node.grow(30)
    mirror.catch_up()
    assert (count(database, ChainBlock), place_of(database)[2]) == (30, 0)
    assert count(database, ProjectionUndo) > 0
    node.finalized = 30
    assert mirror.step() == 0
    assert place_of(database)[2:] == (30, node.blocks[30]["hash"])
    assert count(database, ProjectionUndo) == 0
    with database.read() as session:
        assert all(each.events for each in session.scalars(select(ChainBlock)))


def test_finality_never_goes_back(node, database):
    mirror = mirror_of(database, node)
    node.grow(10)
    node.finalized = 8
    mirror.catch_up()
    for lower in (3, None):
        node.finalized = lower
        node.grow(1)
        mirror.catch_up()
        assert place_of(database)[2] == 8


def test_a_final_block_that_is_not_in_the_chain_the_node_sent_is_a_fault(node, database):
    mirror = mirror_of(database, node)
    node.grow(10)
    mirror.catch_up()
    other = BranchingNode(node.logs, Random(99))
    other.grow(5)
    answer = node.block
    node.block = lambda ref: other.blocks[5] if ref == "finalized" else answer(ref)
    with pytest.raises(NodeInconsistent, match="calls block 5 final"):
        mirror.step()
    assert place_of(database)[2] == 0


def test_what_rests_on_an_unfinal_block_can_be_told(node, database):
    mirror = mirror_of(database, node)
    node.grow(10)
    node.finalized = 6
    mirror.catch_up()
    with database.read() as session:
        assert is_final(session, 6)
        assert not is_final(session, 7)
        require_final(session, 6, "Lot 1")
        with pytest.raises(NotFinal, match="Lot 1 was last changed in block 7; final is block 6"):
            require_final(session, 7, "Lot 1")


HASH = "0x" + "5a" * 32


def test_an_act_whose_block_went_is_orphaned_until_another_block_has_it(node, database):
    put_in_outbox(database, HASH)
    mirror = mirror_of(database, node)
    node.grow(3)
    node.grow(1, hashes=[HASH])
    mirror.catch_up()
    assert (act_of(database).status, act_of(database).block_number) == (ActStatus.INCLUDED, 4)
    node.cut(1)
    node.grow(2)
    mirror.catch_up()
    orphaned = act_of(database)
    assert (orphaned.status, orphaned.block_number, orphaned.nonce) == (ActStatus.ORPHANED, None, 1)
    node.grow(1, hashes=[HASH])
    mirror.catch_up()
    assert (act_of(database).status, act_of(database).block_number) == (ActStatus.INCLUDED, 6)


def test_an_act_in_both_branches_is_included_in_the_one_that_stands(node, database):
    put_in_outbox(database, HASH)
    mirror = mirror_of(database, node)
    node.grow(1, hashes=[HASH])
    mirror.catch_up()
    node.cut(1)
    node.grow(1)
    node.grow(1, hashes=[HASH])
    mirror.catch_up()
    assert (act_of(database).status, act_of(database).block_number) == (ActStatus.INCLUDED, 2)


def test_an_act_refused_in_a_block_that_went_is_on_its_way_again(node, database):
    put_in_outbox(database, HASH)
    mirror = mirror_of(database, node)
    node.fail(HASH)
    mirror.catch_up()
    assert (act_of(database).status, act_of(database).refusal_code) == (ActStatus.REFUSED, "reverted")
    node.cut(1)
    node.grow(2)
    mirror.catch_up()
    assert (act_of(database).status, act_of(database).refusal_code) == (ActStatus.ORPHANED, None)


def test_acts_of_blocks_that_stand_are_left_alone(node, database):
    put_in_outbox(database, HASH)
    mirror = mirror_of(database, node)
    node.grow(1, hashes=[HASH])
    node.grow(3)
    mirror.catch_up()
    node.cut(3)
    node.grow(4)
    mirror.catch_up()
    assert act_of(database).status == ActStatus.INCLUDED


class Killed(BaseException):
    """The process ends here."""


POINTS = [
    "undo",
    "orphan_events",
    "mark_orphaned",
    "write_blocks",
    "fold",
    "_finish_acts",
    "forget_final",
    "witness",
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_of_a_reorganization_nothing_of_it_stands(
    node, database, monkeypatch, point, when
):
    put_in_outbox(database, HASH)
    mirror = mirror_of(database, node, witness=lambda _: None)
    node.grow(5)
    node.grow(1, hashes=[HASH])
    mirror.catch_up()
    node.cut(4)
    node.grow(6)
    before = (digest_of(database), place_of(database), act_of(database).status, events_of(database))
    with monkeypatch.context() as dying:
        place, name = (mirror, "_witness") if point == "witness" else (mirroring, point)
        wrapped = getattr(place, name)

        def die(*given, **named):
            if when == "after":
                wrapped(*given, **named)
            raise Killed

        dying.setattr(place, name, die)
        with pytest.raises(Killed):
            mirror.step()
    assert (digest_of(database), place_of(database), act_of(database).status, events_of(database)) == before
    mirror.catch_up()
    assert act_of(database).status == ActStatus.ORPHANED
    assert says_what_a_fresh_replay_says(database, node, BY_TAG)
