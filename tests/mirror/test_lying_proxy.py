"""A node that lies over the wire: each kind of lie is noticed and named, and another node serves instead."""

import logging

import pytest

from registry.chain.node import Node
from registry.mirror import queries
from registry.mirror.errors import NodeInconsistent
from registry.mirror.mirror import Mirror
from registry.mirror.model import ChainEvent
from tests.builders.lying_proxy import lying_proxy
from tests.mirror.test_mirror_safety import RECEIPTS, Stale, count, digest_of, swap_data, with_logs


def forge(receipt):
    """One log more, of the same contract, that says the same of another record."""
    last = receipt["logs"][-1]
    following = hex(int(last["logIndex"], 16) + 1)
    receipt["logs"].append(
        {**last, "logIndex": following, "topics": [*last["topics"][:-1], "0x" + "ab" * 32]}
    )


LIES = {
    "drop": (with_logs(lambda receipt: receipt["logs"].pop()), "do not make the header's bloom"),
    "drop all receipts": (lambda _: [], "receipts are missing"),
    "forge": (with_logs(forge), "do not make the header's bloom"),
    "alter": (
        with_logs(lambda receipt: receipt["logs"][0].__setitem__("data", "0x" + "ee" * 32)),
        "do not hash to the header's root",
    ),
    "reorder": (with_logs(lambda receipt: swap_data(receipt["logs"])), "do not hash to the header's root"),
    "stale": (with_logs(Stale()), "the header's"),
}


def mirror_of(lived, database, *nodes):
    return Mirror(database, nodes[0], lived.address, lived.start_block, lived.clock, others=nodes[1:])


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_over_the_wire_is_noticed_and_named_and_another_node_serves(lived, target, lie, caplog):
    change, named = LIES[lie]
    with lying_proxy(lived.node.url, {RECEIPTS: change}) as url, Node(url) as liar:
        with pytest.raises(NodeInconsistent, match=named):
            mirror_of(lived, target, liar).catch_up()
        assert count(target, ChainEvent) < count(lived.database, ChainEvent)
        with caplog.at_level(logging.WARNING):
            mirror_of(lived, target, liar, lived.node).catch_up()
    assert f"node {url}: node_inconsistent" in caplog.text
    assert digest_of(target) == digest_of(lived.database)


def renumber(receipt):
    for log in receipt["logs"]:
        log["logIndex"] = "0x7"


def test_a_logs_number_is_its_place_whatever_the_node_says_it_is(lived, target):
    with lying_proxy(lived.node.url, {RECEIPTS: with_logs(renumber)}) as url, Node(url) as node:
        mirror_of(lived, target, node).catch_up()
    assert digest_of(target) == digest_of(lived.database)
    with target.read() as one, lived.database.read() as two:
        places = [
            [(event.block_number, event.log_index) for page in queries.event_pages(session) for event in page]
            for session in (one, two)
        ]
    assert places[0] == places[1] != []


def test_control_a_proxy_that_changes_nothing_is_believed(lived, target):
    with lying_proxy(lived.node.url, {}) as url, Node(url) as node:
        mirror_of(lived, target, node).catch_up()
    assert digest_of(target) == digest_of(lived.database)
