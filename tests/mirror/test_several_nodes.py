"""One node may lie, lag, be away or take little at a time: the others are asked, and two must agree on what is final."""

import copy
import logging
from contextlib import closing
from random import Random

import pytest

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.finality import Finality
from registry.mirror.errors import NodeInconsistent, NodesDisagree, ReorgDetected
from registry.mirror.mirror import Mirror
from registry.mirror.model import ProjectionUndo
from registry.mirror.pace import Pace, in_batches
from tests.builders.databases import a_database
from tests.mirror.branches import BranchingNode
from tests.mirror.test_reorganizations import (
    CLOCK,
    count,
    digest_of,
    events_of,
    mirror_of,
    place_of,
)

FIVE = Finality(5)


class Faulty:
    """A node that answers otherwise than it should."""

    def __init__(self, node, batch):
        self._node = node
        self._batch = batch
        self.url = "http://faulty"

    def __getattr__(self, name):
        return getattr(self._node, name)

    def batch(self, requests):
        return self._batch(requests, copy.deepcopy(self._node.batch(requests)))


def away(_requests, _answers):
    raise ChainNotReachable("It does not answer.")


def empty(requests, answers):
    return [[] for _ in answers] if requests[0][0] == "eth_getBlockReceipts" else answers


def unknown(requests, answers):
    return [None for _ in answers] if requests[0][0] == "eth_getBlockReceipts" else answers


def forged(requests, answers):
    for receipts in answers if requests[0][0] == "eth_getBlockReceipts" else []:
        for receipt in receipts:
            for log in receipt["logs"]:
                log["data"] = log["data"][:-2] + ("00" if log["data"][-2:] != "00" else "01")
    return answers


FAULTS = {"away": away, "empty under a bloom hit": empty, "no such block": unknown, "forged data": forged}


@pytest.mark.parametrize("fault", FAULTS)
def test_where_one_node_is_at_fault_another_is_asked_and_the_fault_is_named(node, database, fault, caplog):
    node.grow(20)
    faulty = Faulty(node, FAULTS[fault])
    with closing(a_database()) as alone, pytest.raises((ChainNotReachable, NodeInconsistent)):
        mirror_of(alone, faulty).catch_up()
    mirror = mirror_of(database, faulty, others=[node])
    with caplog.at_level(logging.WARNING):
        mirror.catch_up()
    assert "node http://faulty: " in caplog.text
    fresh = a_database()
    mirror_of(fresh, node).catch_up()
    assert (digest_of(database), events_of(database)) == (digest_of(fresh), events_of(fresh))
    fresh.close()


def test_the_node_that_served_is_asked_first_from_then_on(node, database, caplog):
    node.grow(3)
    mirror = mirror_of(database, Faulty(node, away), others=[node])
    mirror.catch_up()
    node.grow(3)
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        mirror.catch_up()
    assert caplog.text == ""
    assert place_of(database)[0] == 6


def twin_of(node, seed=5):
    """A node with the same chain so far, that goes on by itself."""
    twin = BranchingNode(node.logs, Random(seed), url="http://twin")
    twin.blocks, twin.told, twin.receipts = node.blocks[:], node.told[:], dict(node.receipts)
    return twin


def test_a_block_is_final_once_two_nodes_have_it(node, database):
    node.grow(10)
    twin = twin_of(node)
    mirror = mirror_of(database, node, FIVE, others=[twin])
    mirror.catch_up()
    assert place_of(database)[2] == 5
    node.grow(10)
    mirror.catch_up()
    # The other one lags: what it does not know yet is applied, and not final.
    assert (place_of(database)[0], place_of(database)[2]) == (20, 5)
    twin.blocks, twin.told = node.blocks[:], node.told[:]
    mirror.step()
    assert place_of(database)[2] == 15


def test_a_block_two_nodes_have_is_not_final_while_one_alone_calls_it_so(node, database):
    node.grow(10)
    twin = twin_of(node)
    node.finalized, twin.finalized = 8, 3
    mirror = mirror_of(database, node, Finality(None), others=[twin])
    mirror.catch_up()
    assert (place_of(database)[0], place_of(database)[2]) == (10, 0)
    with closing(a_database()) as alone:
        mirror_of(alone, node, Finality(None)).catch_up()
        assert place_of(alone)[2] == 8
    twin.finalized = 9
    mirror.step()
    assert place_of(database)[2] == 8


def test_nothing_becomes_final_while_two_nodes_disagree(node, database):
    node.grow(10)
    twin = twin_of(node)
    mirror = mirror_of(database, node, FIVE, others=[twin])
    mirror.catch_up()
    node.grow(10)
    twin.grow(10)
    with pytest.raises(NodesDisagree, match="Block 15 is"):
        mirror.catch_up()
    assert place_of(database)[2] == 5
    alone = mirror_of(database, node, FIVE)
    alone.catch_up()
    assert place_of(database)[2] == 15


def test_of_three_nodes_two_outvote_one(node, database):
    node.grow(10)
    second, third = twin_of(node), twin_of(node)
    mirror = mirror_of(database, node, FIVE, others=[second, third])
    mirror.catch_up()
    node.grow(10)
    second.grow(10)
    third.blocks, third.told, third.receipts = second.blocks, second.told, second.receipts
    mirror.catch_up()
    assert place_of(database)[:3] == (20, second.blocks[20]["hash"], 15)


def test_a_node_whose_chain_branches_off_below_what_is_final_is_left_for_another(node, database):
    node.grow(10)
    good, other = twin_of(node), twin_of(node)
    mirror = mirror_of(database, node, Finality(2), others=[good, other])
    mirror.catch_up()
    node.cut(6)
    node.grow(9)
    good.grow(1)
    other.blocks, other.told, other.receipts = good.blocks, good.told, good.receipts
    with pytest.raises(ReorgDetected):
        mirror_of(database, node, Finality(2)).step()
    mirror.catch_up()
    assert place_of(database)[1] == good.blocks[-1]["hash"]


def test_on_an_instant_chain_too_a_second_node_must_have_the_block(node, database):
    node.grow(4)
    twin = twin_of(node)
    mirror = mirror_of(database, node, Finality(0), others=[twin])
    mirror.catch_up()
    node.grow(6, 3)
    mirror.catch_up()
    assert (place_of(database)[0], place_of(database)[2]) == (10, 4)
    assert count(database, ProjectionUndo) > 0
    twin.blocks, twin.told = node.blocks[:], node.told[:]
    mirror.step()
    assert (place_of(database)[2], count(database, ProjectionUndo)) == (10, 0)


def test_a_node_that_takes_little_at_a_time_is_asked_for_less(node, database):
    node.grow(60)
    sizes = []

    def stingy(requests, answers):
        sizes.append(len(requests))
        if len(requests) > 7:
            raise NodeRefused("no", rpc_code=-32005, rpc_message="batch too large")
        return answers

    Mirror(database, Faulty(node, stingy), node.logs[0]["address"], 1, CLOCK).catch_up()
    assert place_of(database)[0] == 60
    assert max(sizes) == 60
    assert sum(size > 7 for size in sizes) < len(sizes) / 2


def test_what_is_asked_halves_and_grows_and_keeps_its_order():
    pace, most = Pace(64), [10]

    def batch(requests):
        if len(requests) > most[0]:
            raise NodeRefused("no", rpc_code=-32005, rpc_message="limit exceeded")
        return [2 * each for each in requests]

    assert in_batches(pace, batch, list(range(200))) == [2 * each for each in range(200)]
    assert pace.size <= 13
    most[0] = 1_000
    in_batches(pace, batch, list(range(2_000)))
    assert pace.size == 64


def test_what_is_refused_alone_is_refused():
    def never(_):
        raise NodeRefused("no", rpc_code=-32000, rpc_message="no")

    with pytest.raises(NodeRefused):
        in_batches(Pace(8), never, [1, 2, 3])
