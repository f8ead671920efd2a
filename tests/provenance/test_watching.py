"""A watch tells what is done to lots, once each, and what the chain takes back."""

import copy
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.genesis import Genesis
from registry.chain.embedded.rpc import Rpc
from registry.chain.messages import child_lot
from registry.kit.clock import FixedClock
from registry.provenance.watch_memory import MemoryForeign, MemoryUnreadable, read_memory
from registry.provenance.watching import (
    LotNotOnChain,
    NoRegistryThere,
    Notice,
    TooManyLots,
    Watch,
    WatchInterrupted,
)
from tests.provenance.provenance_world import (
    DAY,
    FACE,
    FUNDER,
    OBLIGOR,
    PAYERS,
    SUPPLIER,
    TIER_2,
    TIER_3,
    LocalNode,
    NoMiner,
    World,
)


def branch(world: World, folder: Path) -> World:
    """The same chain so far, from here on another."""
    folder.mkdir()
    with (
        closing(sqlite3.connect(world.chain_file)) as source,
        closing(sqlite3.connect(folder / "chain.db")) as copied,
    ):
        source.backup(copied)
    other = copy.copy(world)
    other.clock = FixedClock(world.clock.now() + timedelta(minutes=5))
    genesis = Genesis(balances=tuple((key.address, 10**20) for key in PAYERS))
    other.chain = EmbeddedChain(folder / "chain.db", other.clock, genesis=genesis)
    other.rpc = Rpc(other.chain, NoMiner(), "world")  # type: ignore[arg-type]
    other.node = LocalNode(other.rpc)
    return other


def name(lot: int) -> str:
    return f"0x{lot:064x}"


def kinds(notices: list[Notice]) -> list[tuple[str, str | None]]:
    return [(each.kind, each.event) for each in notices]


@pytest.fixture
def lot(world: World) -> int:
    return world.issue().root_lot


@pytest.fixture
def watch(world: World, lot: int) -> Watch:
    """Begun, and told how the lot stands."""
    begun = Watch(world.node, world.contract, [name(lot)])
    assert kinds(begun.look()) == [("state", None)]
    return begun


def test_it_begins_with_how_a_lot_stands_and_says_nothing_where_nothing_happens(
    world: World, lot: int
) -> None:
    watch = Watch(world.node, world.contract, [name(lot)])
    (stands,) = watch.look()
    assert "1,000,000.00 EUR, free, held by party 2" in stands.text
    assert watch.is_at_head
    world.mine(3)
    world.issue()
    assert watch.look() == []
    assert watch.look() == []


def test_each_act_on_the_lot_is_told_once_in_its_order(world: World, lot: int, watch: Watch) -> None:
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    world.send(TIER_2, "lock", lot, FUNDER, world.now + 10 * DAY, [])
    world.sell(lot, TIER_2, FUNDER, with_recourse=True)
    found = watch.look()
    assert kinds(found) == [("act", "LotTransferred"), ("act", "LotLocked"), ("act", "LotFinanced")]
    assert "for party 6 until" in found[1].text
    assert found[2].state is not None
    assert (found[2].state["holder"], found[2].state["status"]) == (FUNDER, "financed")
    assert watch.look() == []


def test_a_part_split_off_and_a_payment_are_told(world: World, lot: int, watch: Watch) -> None:
    world.send(SUPPLIER, "transfer", lot, TIER_3, 400, [])
    world.send(SUPPLIER, "settle", lot, SUPPLIER, SUPPLIER, FACE - 400, 600, b"\1" * 32, [])
    found = watch.look()
    assert kinds(found) == [("act", "LotSplit"), ("act", "LotSettled")]
    assert found[1].state is not None
    assert found[1].state["amount_minor"] == FACE - 1_000


def test_contested_and_suspended_and_resumed_are_told_of_every_lot_of_the_receivable(world: World) -> None:
    terms = world.issue()
    world.send(SUPPLIER, "transfer", terms.root_lot, TIER_2, 500, [])
    part = child_lot(terms.root_lot, 0)
    watch = Watch(world.node, world.contract, [name(terms.root_lot), name(part)])
    assert kinds(watch.look()) == [("state", None)] * 2
    world.send(OBLIGOR, "contest", terms.receivable, 0, OBLIGOR, 2, b"\7" * 32, [])
    contested = watch.look()
    assert kinds(contested) == [("act", "ReceivableContested")] * 2
    assert "CONTESTED by party 1, ground C02: the whole receivable" in contested[0].text
    world.send(world.arbiter, "suspend", terms.receivable, b"\7" * 32)
    suspended = watch.look()
    assert kinds(suspended) == [("act", "SuspensionSet")] * 2
    assert all("SUSPENDED by the arbiter" in each.text and each.state["is_suspended"] for each in suspended)
    world.send(world.arbiter, "resume", terms.receivable, b"\7" * 32)
    assert ["resumed" in each.text for each in watch.look()] == [True, True]


def test_control_another_receivables_troubles_are_not_told(world: World, watch: Watch) -> None:
    other = world.issue()
    world.send(OBLIGOR, "contest", other.receivable, 0, OBLIGOR, 2, b"\7" * 32, [])
    world.send(world.arbiter, "suspend", other.receivable, b"\7" * 32)
    assert watch.look() == []


def test_an_act_taken_back_is_said_and_what_came_instead(
    world: World, lot: int, watch: Watch, tmp_path: Path
) -> None:
    other = branch(world, tmp_path / "other")
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    world.send(TIER_2, "lock", lot, FUNDER, world.now + 10 * DAY, [])
    assert len(watch.look()) == 2
    other.send(SUPPLIER, "transfer", lot, TIER_3, FACE, [])
    world.node._rpc = other.rpc
    found = watch.look()
    assert kinds(found) == [
        ("taken_back", "LotLocked"), ("taken_back", "LotTransferred"), ("act", "LotTransferred"),
    ]  # fmt: skip
    assert "held by party 4" in found[2].text
    assert watch.look() == []


def test_after_a_reorganization_onto_less_it_says_how_the_lot_stands(
    world: World, lot: int, watch: Watch, tmp_path: Path
) -> None:
    """The other branch has nothing yet, and is shorter."""
    other = branch(world, tmp_path / "other")
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    watch.look()
    world.node._rpc = other.rpc
    assert kinds(watch.look()) == [("taken_back", "LotTransferred")]
    other.mine(1)
    found = watch.look()
    assert kinds(found) == [("state", None)]
    assert "held by party 2" in found[0].text


def test_an_act_that_stays_where_it_was_is_not_told_again(
    world: World, lot: int, watch: Watch, tmp_path: Path
) -> None:
    """Only what comes after it is reorganized."""
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    other = branch(world, tmp_path / "other")
    world.mine(3)
    assert kinds(watch.look()) == [("act", "LotTransferred")]
    other.mine(4)
    world.node._rpc = other.rpc
    assert watch.look() == []


def test_a_lot_that_came_of_a_branch_that_went_is_on_the_chain_no_more(
    world: World, lot: int, tmp_path: Path
) -> None:
    other = branch(world, tmp_path / "other")
    world.send(SUPPLIER, "transfer", lot, TIER_2, 500, [])
    watch = Watch(world.node, world.contract, [name(child_lot(lot, 0))])
    watch.look()
    other.mine(2)
    world.node._rpc = other.rpc
    (gone,) = watch.look()
    assert "on the chain no more" in gone.text


def test_it_goes_on_from_its_memory_and_misses_nothing(
    world: World, lot: int, watch: Watch, tmp_path: Path
) -> None:
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    watch.look()
    kept = watch.memory.model_dump_json().encode()
    other = branch(world, tmp_path / "other")
    world.send(TIER_2, "lock", lot, FUNDER, world.now + 10 * DAY, [])
    again = Watch(world.node, world.contract, [name(lot)], read_memory(kept))
    assert kinds(again.look()) == [("act", "LotLocked")]
    kept = again.memory.model_dump_json().encode()
    other.mine(1)
    world.node._rpc = other.rpc
    later = Watch(world.node, world.contract, [name(lot)], read_memory(kept))
    assert kinds(later.look()) == [("taken_back", "LotLocked"), ("state", None)]


def test_from_a_block_on_it_tells_what_happened_since(world: World, lot: int) -> None:
    born = world.node.block_number()
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    world.send(TIER_2, "transfer", lot, TIER_3, FACE, [])
    all_of_it = Watch(world.node, world.contract, [name(lot)], since=born + 1).look()
    assert kinds(all_of_it) == [("act", "LotTransferred")] * 2 + [("state", None)]
    assert len(Watch(world.node, world.contract, [name(lot)], since=born + 2).look()) == 2


def test_a_lot_added_later_is_told_as_it_stands(world: World, lot: int, watch: Watch) -> None:
    second = world.issue().root_lot
    more = Watch(world.node, world.contract, [name(lot), name(second)], watch.memory)
    assert [each.lot for each in more.look()] == [name(second)]
    world.send(SUPPLIER, "transfer", second, TIER_2, FACE, [])
    assert kinds(more.look()) == [("act", "LotTransferred")]


def test_what_logs_do_not_show_the_state_does(world: World, lot: int, watch: Watch) -> None:
    """A node that withholds logs: the lot's word gives it away."""
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    blind = world.lying(lambda method, _, result: [] if method == "eth_getLogs" else result)
    watch._node = blind
    found = watch.look()
    assert kinds(found) == [("state", None)]
    assert "held by party 3" in found[0].text


def test_a_chain_that_moves_while_it_is_read_is_read_again(
    world: World, lot: int, watch: Watch, tmp_path: Path
) -> None:
    """The reorganization comes between the logs and the end of the pass: nothing of it is told."""
    other = branch(world, tmp_path / "other")
    world.send(SUPPLIER, "transfer", lot, TIER_2, FACE, [])
    other.send(SUPPLIER, "transfer", lot, TIER_3, FACE, [])
    moving: Any

    def move(method: str, _: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            moving._rpc = other.rpc
        return result

    moving = world.lying(move)
    watch._node = moving
    with pytest.raises(WatchInterrupted):
        watch.look()
    assert [each.state["holder"] for each in watch.look() if each.state] == [TIER_3]


def test_random_lives_over_two_branches_are_told_as_they_were(world: World, tmp_path: Path) -> None:
    """Whatever is switched when: what was told and not taken back is what the branch in force holds."""
    chosen = random.Random(11)
    lots = [world.issue().root_lot for _ in range(3)]
    sides = [world, branch(world, tmp_path / "other")]
    node = LocalNode(world.rpc)
    watch = Watch(node, world.contract, [name(lot) for lot in lots])
    watch.look()
    standing: list[tuple[str, str | None, str | None]] = []
    for _ in range(30):
        side = chosen.choice(sides)
        if chosen.random() < 0.6:
            lot = chosen.choice(lots)
            holder = side.lot(lot).holder
            side.send(holder, "transfer", lot, chosen.choice([each for each in (2, 3, 4, 5) if each != holder]),
                      side.lot(lot).amount, [])  # fmt: skip
        node._rpc = side.rpc
        for each in watch.look():
            if each.kind == "taken_back":
                standing.remove((each.lot, each.event, each.tx))
            elif each.kind == "act":
                standing.append((each.lot, each.event, each.tx))
    ends = Watch(node, world.contract, [name(lot) for lot in lots], since=watch.memory.trail[0].number + 1)
    held = [(each.lot, each.event, each.tx) for each in ends.look() if each.kind == "act"]
    assert held
    assert sorted(standing, key=str) == sorted(held, key=str)


def test_what_cannot_be_watched_is_refused(world: World, lot: int) -> None:
    with pytest.raises(LotNotOnChain):
        Watch(world.node, world.contract, [name(lot + 1)])
    with pytest.raises(NoRegistryThere):
        Watch(world.node, "0x" + "12" * 20, [name(lot)])
    with pytest.raises(TooManyLots):
        Watch(world.node, world.contract, [name(each) for each in range(101)])


def test_a_memory_of_another_chain_or_of_no_watch_is_refused(world: World, lot: int, watch: Watch) -> None:
    world.mine(2)
    watch.look()
    foreign = watch.memory.model_copy(update={"chain_id": 1})
    with pytest.raises(MemoryForeign):
        Watch(world.node, world.contract, [name(lot)], foreign)
    lost = watch.memory.model_copy(
        update={"trail": [each.model_copy(update={"hash": "0x" + "12" * 32}) for each in watch.memory.trail]}
    )
    with pytest.raises(MemoryForeign):
        Watch(world.node, world.contract, [name(lot)], lost).look()
    for content in (b"", b"{}", b"[" * 9_000_000, b'{"format": "counterfoil-watch/1"}'):
        with pytest.raises(MemoryUnreadable):
            read_memory(content)
