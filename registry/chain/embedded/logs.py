"""eth_getLogs: by one block's hash or a range, filtered by address and topics."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from eth_bloom.bloom import BloomFilter

from registry.chain.embedded.faults import BAD_PARAMS, REFUSED, TOO_MUCH, RpcError
from registry.chain.embedded.hexes import data, read_data
from registry.chain.embedded.views import Views

Json = dict[str, Any]
MAX_LOGS = 20_000
MAX_BLOCKS = 100_000
_FIELDS = {"fromBlock", "toBlock", "blockHash", "address", "topics"}


@dataclass(frozen=True)
class Filter:
    """``addresses`` any of which, or none for all; ``topics`` by position, an empty set for any."""

    addresses: frozenset[bytes]
    topics: tuple[frozenset[bytes], ...]

    def may_match(self, bloom: int) -> bool:
        """False where the bloom rules every log of a block out."""
        found = BloomFilter(bloom)
        wanted = (self.addresses, *self.topics)
        return all(not choices or any(choice in found for choice in choices) for choices in wanted)

    def matches(self, log: Json) -> bool:
        if self.addresses and bytes.fromhex(log["address"][2:]) not in self.addresses:
            return False
        if len(log["topics"]) < len(self.topics):
            return False
        pairs = zip(self.topics, log["topics"], strict=False)
        return all(not choices or bytes.fromhex(topic[2:]) in choices for choices, topic in pairs)


def find_logs(views: Views, query: object, lock: AbstractContextManager[Any]) -> list[Json]:
    """The logs of a filter object, in chain order. Raises RpcError where it is malformed, names an unknown
    block, or would answer more than 20,000 logs or look at more than 100,000 blocks."""
    if not isinstance(query, dict) or not set(query) <= _FIELDS:
        raise RpcError(
            BAD_PARAMS, f"invalid filter: want an object with some of {', '.join(sorted(_FIELDS))}"
        )
    wanted = Filter(_addresses(query.get("address")), _topics(query.get("topics")))
    if "blockHash" in query:
        if "fromBlock" in query or "toBlock" in query:
            raise RpcError(BAD_PARAMS, "cannot specify both blockHash and fromBlock/toBlock")
        block_hash = read_data(query["blockHash"], "blockHash", 32)
        with lock:
            header = views.header_by_hash(block_hash)
            if header is None:
                raise RpcError(REFUSED, f"unknown block {data(block_hash)}")
            return _of_block(views, header, wanted)
    span = views.span(query.get("fromBlock"), query.get("toBlock"))
    if len(span) > MAX_BLOCKS:
        raise RpcError(TOO_MUCH, f"block range too large: {len(span)} blocks, limit {MAX_BLOCKS}")
    found: list[Json] = []
    for number in span:
        with lock:
            found += _of_block(views, views.header(hex(number)), wanted)
        if len(found) > MAX_LOGS:
            raise RpcError(TOO_MUCH, f"query returned more than {MAX_LOGS} results")
    return found


def _of_block(views: Views, header: Any, wanted: Filter) -> list[Json]:
    if not header.bloom or not wanted.may_match(header.bloom):
        return []
    return [log for receipt in views.receipts(header) for log in receipt["logs"] if wanted.matches(log)]


def _addresses(given: object) -> frozenset[bytes]:
    if given is None:
        return frozenset()
    several = given if isinstance(given, list) else [given]
    return frozenset(read_data(each, "address", 20) for each in several)


def _topics(given: object) -> tuple[frozenset[bytes], ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > 4:
        raise RpcError(BAD_PARAMS, "invalid topics: want a list of at most four")
    return tuple(_choices(each) for each in given)


def _choices(given: object) -> frozenset[bytes]:
    if given is None:
        return frozenset()
    several = given if isinstance(given, list) else [given]
    if None in several:
        return frozenset()
    return frozenset(read_data(each, "topic", 32) for each in several)
