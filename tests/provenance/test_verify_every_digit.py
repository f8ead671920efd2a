"""Whatever single digit of a node's answers is changed, the lot is not called verified."""

import random
from typing import Any

from registry.kit.errors import Refusal
from registry.provenance.model import Verdict, Verification
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_story import Story
from tests.provenance.provenance_world import TRANSFER_TOPIC, Alter, is_invoice_use


def _verify(story: Story, alter: Alter) -> Verification:
    with story.world.lying(alter) as node:
        return verify_lot(node, story.world.contract, story.lot)


def test_no_changed_digit_goes_unnoticed(story: Story) -> None:
    """One hex digit of one answer, anywhere it may bear on the lot: never verified, and never a crash."""
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


def _recorded(story: Story) -> list[tuple[int, tuple[Any, ...]]]:
    """Every hex string in every answer to one verification: the answer's number and the way to the string."""
    found: list[tuple[int, tuple[Any, ...]]] = []
    count = 0

    def record(method: str, params: list[Any], result: Any) -> Any:
        nonlocal count
        is_idle = method == "eth_blockNumber" or is_invoice_use(params)
        strings = [] if is_idle else _strings(result, ())
        for path, name in strings:
            if name not in _IDLE.get(method, set()) and not _is_announcement(result, path):
                found.append((count, path))
        count += 1
        return result

    _verify(story, record)
    # Of the last block, asked for again to see whether the chain moved, only the hash counts.
    return [(number, path) for number, path in found if number != count - 1 or path == ("hash",)]


def _is_announcement(result: Any, path: tuple[Any, ...]) -> bool:
    """Whether a string stands in a ``Transfer`` log: an index to find a lot's birth by, and no proof."""
    for step in path:
        result = result[step]
        if isinstance(result, dict) and result.get("topics", [""])[0] == TRANSFER_TOPIC:
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
