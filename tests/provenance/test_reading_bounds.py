"""Reading is bounded, whatever the node answers, and asks in smaller spans where a node wants that."""

from typing import Any

import pytest

from registry.chain.errors import NodeRefused
from registry.chain.messages import child_lot
from registry.provenance import history, reading
from registry.provenance.model import Outcome, Verdict
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_story import Story
from tests.provenance.provenance_world import SUPPLIER, TIER_2, TIER_3, TIER_4, World


def _short_sighted(span: int) -> Any:
    def alter(method: str, params: list[Any], result: Any) -> Any:
        if (
            method == "eth_getLogs"
            and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= span
        ):
            return RuntimeError("query exceeds max block range")
        return result

    return alter


def test_node_that_refuses_wide_spans_is_asked_in_narrow_ones(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LEAST_SPAN", 2)
    with story.world.lying(_short_sighted(5)) as node:
        found = verify_lot(node, story.world.contract, story.lot)
    assert found.verdict is Verdict.VERIFIED
    assert found.path == verify_lot(story.world.node, story.world.contract, story.lot).path


def test_node_that_answers_no_logs_at_all_is_no_verdict(story: Story) -> None:
    with story.world.lying(_short_sighted(0)) as node, pytest.raises(NodeRefused):
        verify_lot(node, story.world.contract, story.lot)


@pytest.mark.parametrize(
    ("module", "name", "bound", "reason", "outcome"),
    [
        (reading, "MAX_LOGS", 3, "too_many_logs", Outcome.NOT_CHECKED),
        (history, "MAX_LOGS", 9, "too_many_logs", Outcome.NOT_CHECKED),
        # The contract itself counts hops in eight bits.
        (history, "MAX_HOPS", 1, "too_many_hops", Outcome.FAILED),
    ],
)
def test_past_a_bound_the_walk_ends(
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    bound: int,
    reason: str,
    outcome: Outcome,
) -> None:
    monkeypatch.setattr(module, name, bound)
    found = verify_lot(story.world.node, story.world.contract, story.lot)
    assert [check.name for check in found.checks if check.outcome is not Outcome.PROVEN] == [reason]
    assert found.of(outcome)


@pytest.mark.parametrize(
    "method", ["eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getBlockByNumber"]
)
def test_node_that_keeps_only_recent_blocks_leaves_it_incomplete(story: Story, method: str) -> None:
    """Pruned, as honest nodes may be (EIP-4444): nothing is wrong, and nothing is called verified."""
    head = hex(story.world.node.block_number())

    def alter(asked: str, params: list[Any], result: Any) -> Any:
        return None if asked == method and params[0] != head else result

    with story.world.lying(alter) as node:
        found = verify_lot(node, story.world.contract, story.lot)
    assert found.verdict is Verdict.INCOMPLETE
    assert [check.name for check in found.of(Outcome.NOT_CHECKED)] == ["node_lacks"]


def test_five_tiers_down_takes_few_questions(world: World) -> None:
    """Round trips, not computing, are what a verification against a distant node costs."""
    lot, amount, holder = world.issue().root_lot, 50_000_000, SUPPLIER
    for taker in (TIER_2, TIER_3, TIER_4, TIER_2, TIER_3):
        world.send(holder, "transfer", lot, taker, amount, [])
        lot, amount, holder = child_lot(lot, 0), amount // 2, taker
    with world.lying(lambda _method, _params, result: result) as node:
        found = verify_lot(node, world.contract, lot)
        assert found.verdict is Verdict.VERIFIED
        assert found.path is not None
        assert len(found.path.lineage) == 6
        assert node.trips < 80
