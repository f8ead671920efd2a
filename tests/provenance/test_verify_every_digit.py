"""Whatever single digit of a node's answers is changed, the lot is not called verified."""

import random
from typing import Any

import pytest

from registry.kit.errors import Refusal
from registry.provenance.model import Verdict, Verification
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_remedies import Remedied
from tests.provenance.provenance_story import Story
from tests.provenance.provenance_world import TRANSFER_TOPIC, Alter, is_invoice_use

Told = Story | Remedied


def _verify(story: Told, alter: Alter) -> Verification:
    with story.world.lying(alter) as node:
        return verify_lot(node, story.world.contract, story.lot)


@pytest.mark.parametrize("name", ["story", "remedied"])
def test_no_changed_digit_goes_unnoticed(name: str, request: pytest.FixtureRequest) -> None:
    """One hex digit of one answer, anywhere it may bear on the lot: never verified, and never a crash."""
    story: Told = request.getfixturevalue(name)
    answers = _recorded(story)
    chosen = random.Random(7).sample(range(len(answers)), 80)
    for place in chosen:
        number, path = answers[place]
        found: Verification | None = None
        try:
            found = _verify(story, _flip(number, path))
        except Refusal:
            continue  # no JSON-RPC form any more: said so, and not verified
        assert found.verdict is not Verdict.VERIFIED, (number, path)


# What a verification does not rest on, by method: gas, fees, blooms, repetitions of what stands elsewhere.
_IDLE = {
    "eth_getBlockByNumber": {"size", "totalDifficulty", "withdrawals", "uncles"},
    "eth_getTransactionByHash": {"gasPrice", "v", "blockTimestamp"},
    "eth_getTransactionReceipt": {
        "gasUsed", "cumulativeGasUsed", "effectiveGasPrice", "logsBloom", "contractAddress", "type", "from",
        "to", "blockTimestamp", "blockNumber", "transactionIndex",
    },
    "eth_getLogs": {"blockTimestamp", "transactionIndex"},
}  # fmt: skip


def _recorded(story: Told) -> list[tuple[int, tuple[Any, ...]]]:
    """Every hex string in every answer to one verification: the answer's number and the way to the string."""
    found: list[tuple[int, tuple[Any, ...]]] = []
    count = 0
    unheeded, elsewhere = _besides(story)

    def record(method: str, params: list[Any], result: Any) -> Any:
        nonlocal count
        is_idle = method == "eth_blockNumber" or is_invoice_use(params) or _is_of(params, unheeded)
        strings = [] if is_idle else _strings(result, ())
        for path, name in strings:
            if name not in _IDLE.get(method, set()) and not _is_announcement(result, path, elsewhere):
                found.append((count, path))
        count += 1
        return result

    _verify(story, record)
    # Of the last block, asked for again to see whether the chain moved, only the hash counts.
    return [(number, path) for number, path in found if number != count - 1 or path == ("hash",)]


def _besides(story: Told) -> tuple[set[str], set[str]]:
    """What is asked for and not rested on: the contest's block and transaction, whose effect the state bears out;
    events of another receivable in the same batches, of which only the signature under all of them matters."""
    if isinstance(story, Story):
        return set(), set()
    block = story.world.node.block(story.contested)
    assert block is not None
    elsewhere = {f"0x{number:064x}" for number in (story.other.receivable, story.other.root_lot)}
    return {hex(story.contested), *block["transactions"]}, elsewhere


def _is_of(params: list[Any], names: set[str]) -> bool:
    return bool(params) and isinstance(params[0], str) and params[0] in names


def _is_announcement(result: Any, path: tuple[Any, ...], elsewhere: set[str]) -> bool:
    """Whether a string stands in a ``Transfer`` log, an index to find a lot's birth by and no proof, or in one about
    another receivable."""
    for step in path:
        result = result[step]
        if isinstance(result, dict) and "topics" in result:
            topics = result["topics"]
            if topics[0] == TRANSFER_TOPIC or topics[1] in elsewhere:
                return True
    return False


def _strings(value: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        names = [each for each in path if isinstance(each, str)]
        return [(path, names[-1] if names else None)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for name, its in items for each in _strings(its, (*path, name))]


def _flip(number: int, path: tuple[Any, ...]) -> Alter:
    count = 0

    def alter(_method: str, _params: list[Any], result: Any) -> Any:
        nonlocal count
        count += 1
        return _flipped(result, path) if count - 1 == number else result

    return alter


def _flipped(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _flipped(copy[path[0]], path[1:])
    return copy
