"""Receipts as their blocks hold them, beside a library's encoding of the same."""

from random import Random

import pytest
import rlp as library

from registry.chain.receipts import MAX_TOPICS, NO_RECEIPT, TOPIC_BYTES, logs_of, raw_receipt

LENGTHS = (0, 1, 31, 32, 55, 56, 96, 255, 256, 700)  # of data: where what stands before it changes
PREFIX = b"\xa0"  # before 32 octets


def log(random: Random, topics: int, octets: int) -> dict[str, object]:
    return {
        "address": "0x" + random.randbytes(20).hex(),
        "topics": ["0x" + random.randbytes(TOPIC_BYTES).hex() for _ in range(topics)],
        "data": "0x" + random.randbytes(octets).hex(),
    }


def receipt(*logs: dict[str, object], kind: str = "0x2") -> dict[str, object]:
    return {
        "type": kind,
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [*logs],
    }


def by_library(given: dict[str, object]) -> bytes:
    logs = [(emitter, list(topics), data) for emitter, topics, data in logs_of(given)]
    kind = int(str(given["type"]), 16)
    return (bytes([kind]) if kind else b"") + library.encode([1, 0x5208, bytes(256), logs])


@pytest.mark.parametrize("kind", ["0x0", "0x2"])
@pytest.mark.parametrize("topics", range(MAX_TOPICS + 1))
def test_a_receipt_is_encoded_as_the_library_does(topics: int, kind: str) -> None:
    random = Random(topics)
    given = receipt(*(log(random, topics, octets) for octets in LENGTHS), kind=kind)
    assert raw_receipt(given) == raw_receipt(given, logs_of(given)) == by_library(given)


def test_octets_that_run_from_one_topic_into_the_next_are_no_receipt() -> None:
    random = Random(1)
    first, second = random.randbytes(TOPIC_BYTES - 1) + PREFIX, random.randbytes(TOPIC_BYTES)
    honest = receipt({**log(random, 0, 0), "topics": ["0x" + first.hex(), "0x" + second.hex()]})
    shifted = receipt(
        {**honest["logs"][0], "topics": ["0x" + first[:-1].hex(), "0x" + (PREFIX + second).hex()]}  # type: ignore[index]
    )
    joined = [b"".join(PREFIX + topic for topic in logs_of(each)[0].topics) for each in (honest, shifted)]
    assert joined[0] == joined[1]  # all that tells them apart is their lengths
    assert raw_receipt(honest) == by_library(honest)
    with pytest.raises(NO_RECEIPT):
        raw_receipt(shifted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0x" + "ab" * 19},
        {"address": "0x" + "ab" * 21},
        {"topics": ["0x" + "ab" * 31]},
        {"topics": ["0x" + "ab" * 32] * (MAX_TOPICS + 1)},
        {"topics": None},
        {"data": None},
        {"data": "0x1"},
    ],
)
def test_what_no_log_can_be_is_no_receipt(wrong: dict[str, object]) -> None:
    right = log(Random(1), 2, 64)
    assert raw_receipt(receipt(right))
    with pytest.raises(NO_RECEIPT):
        raw_receipt(receipt({**right, **wrong}))
