"""The mirror believes nothing it can check, skips nothing, and stops loudly where it cannot go on."""

import copy
from contextlib import contextmanager
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from registry.chain.contract import UndecodableLog, decode_event
from registry.kit.clock import FixedClock
from registry.mirror import checks, fold, queries, reader
from registry.mirror.digest import digest
from registry.mirror.errors import (
    EventConflict,
    MirrorHalted,
    NodeBehind,
    NodeInconsistent,
    OtherSchema,
    ReorgDetected,
)
from registry.mirror.mirror import Mirror
from registry.mirror.model import ChainEvent, MirrorCursor
from registry.parties.model import ChainSetting


class Lying:
    """A node connection whose answers to one method are changed on their way."""

    def __init__(self, node, method, change):
        self._node = node
        self._method = method
        self._change = change

    def __getattr__(self, name):
        return getattr(self._node, name)

    def batch(self, requests):
        answers = copy.deepcopy(self._node.batch(requests))
        if requests and requests[0][0] == self._method:
            for place, answer in enumerate(answers):
                answers[place] = self._change(answer)
        return answers


def with_logs(change):
    """Change the first receipt that has logs."""

    def changed(receipts):
        for receipt in receipts:
            if receipt["logs"]:
                change(receipt)
                break
        return receipts

    return changed


def swap_data(logs):
    """The first and the last, or the only one with itself backwards; topics and numbers stay."""
    if len(logs) > 1:
        logs[0]["data"], logs[-1]["data"] = logs[-1]["data"], logs[0]["data"]
    else:
        logs[0]["data"] = "0x" + logs[0]["data"][:1:-1]


class Stale:
    """The first answer's logs again and again, under each later one's names."""

    def __init__(self):
        self._first = []

    def __call__(self, receipt):
        if not self._first:
            self._first = copy.deepcopy(receipt["logs"])
        names = {"transactionHash": receipt["transactionHash"]}
        receipt["logs"] = [{**log, **names} for log in self._first]


def set_field(name, value):
    def changed(block):
        block[name] = value
        return block

    return changed


HEADERS, RECEIPTS = "eth_getBlockByNumber", "eth_getBlockReceipts"
LIES = {
    "another time": (HEADERS, set_field("timestamp", "0x1")),
    "another hash": (HEADERS, set_field("hash", "0x" + "11" * 32)),
    "another bloom": (HEADERS, set_field("logsBloom", "0x" + "00" * 256)),
    "a header's time below zero": (HEADERS, set_field("timestamp", "-0x1")),
    "a header's transactions by number": (HEADERS, set_field("transactions", 3)),
    "text for a header": (HEADERS, lambda _: "0x00"),
    "no receipts": (RECEIPTS, lambda _: []),
    "no block": (RECEIPTS, lambda _: None),
    "one receipt too few": (RECEIPTS, lambda receipts: receipts[:-1]),
    "no logs": (RECEIPTS, with_logs(lambda receipt: receipt["logs"].clear())),
    "the last log left out": (RECEIPTS, with_logs(lambda receipt: receipt["logs"].pop())),
    "the first log left out": (RECEIPTS, with_logs(lambda receipt: receipt["logs"].pop(0))),
    "a log twice": (RECEIPTS, with_logs(lambda receipt: receipt["logs"].append(receipt["logs"][0]))),
    "another topic": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0]["topics"].__setitem__(-1, "0x" + "ab" * 32)),
    ),
    "another contract's log": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0].__setitem__("address", "0x" + "cd" * 20)),
    ),
    "other data": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0].__setitem__("data", "0x" + "ee" * 32)),
    ),
    "two logs changed places": (RECEIPTS, with_logs(lambda receipt: swap_data(receipt["logs"]))),
    "logs of an earlier block": (RECEIPTS, with_logs(Stale())),
    "a receipt without a list of logs": (RECEIPTS, with_logs(lambda receipt: receipt.pop("logs"))),
    "a log without data": (RECEIPTS, with_logs(lambda receipt: receipt["logs"][0].pop("data"))),
    "data that is no hex": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0].__setitem__("data", "0xzz")),
    ),
    "a topic too short": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0]["topics"].__setitem__(-1, "0x" + "ab" * 31)),
    ),
    "five topics": (
        RECEIPTS,
        with_logs(lambda receipt: receipt["logs"][0]["topics"].extend(["0x" + "ab" * 32] * 4)),
    ),
    "gas below zero": (RECEIPTS, with_logs(lambda receipt: receipt.__setitem__("cumulativeGasUsed", "-0x1"))),
    "text for receipts": (RECEIPTS, lambda receipts: ["0x00"] * len(receipts)),
    "a failed transaction": (RECEIPTS, with_logs(lambda receipt: receipt.__setitem__("status", "0x0"))),
    "receipts of another block": (
        RECEIPTS,
        with_logs(lambda receipt: receipt.__setitem__("blockHash", "0x" + "ef" * 32)),
    ),
}


def cursor_of(database):
    with database.read() as session:
        return queries.cursor(session)


def digest_of(database):
    with database.read() as session:
        return digest(session)


def count(database, table):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_noticed_and_nothing_of_it_is_kept(lived, target, lie):
    lying = lived.new_mirror(target, Lying(lived.node, *LIES[lie]))
    with pytest.raises(NodeInconsistent):
        lying.catch_up()
    assert count(target, ChainEvent) == 0
    lived.new_mirror(target).catch_up()
    assert digest_of(target) == digest_of(lived.database)


def test_control_without_the_receipts_root_altered_data_is_believed(lived, target, monkeypatch):
    altered = []

    def halve_the_smallest_lot(receipts):
        for receipt in receipts:
            for log in receipt["logs"]:
                if len(log["data"]) == 66 and not altered:
                    altered.append(log)
                    log["data"] = log["data"][:-2] + ("00" if log["data"][-2:] != "00" else "01")
        return receipts

    monkeypatch.setattr(checks, "is_bound", lambda *_: True)
    lived.new_mirror(target, Lying(lived.node, RECEIPTS, halve_the_smallest_lot)).catch_up()
    assert altered
    assert digest_of(target) != digest_of(lived.database)


def test_a_node_that_lags_is_waited_for(lived, target):
    seen = []

    def lag(block):
        seen.append(block)
        return block if len(seen) <= 4 else None

    assert lived.new_mirror(target, Lying(lived.node, HEADERS, lag)).step() == 4
    assert lived.new_mirror(target).catch_up() > 0
    assert digest_of(target) == digest_of(lived.database)


def test_another_history_halts_the_mirror(lived, target):
    mirror = lived.new_mirror(target)
    mirror.step(5)
    with target.write() as session:
        session.execute(update(MirrorCursor).values(hash="0x" + "00" * 32))
    before = digest_of(target)
    with pytest.raises(ReorgDetected) as halted:
        mirror.step()
    assert halted.value.fields["block_number"] == cursor_of(target).final_number
    assert digest_of(target) == before


def test_another_history_is_noticed_at_the_head_too(lived, target):
    mirror = lived.new_mirror(target)
    mirror.catch_up()
    with target.write() as session:
        session.execute(update(MirrorCursor).values(hash="0x" + "00" * 32))
    with pytest.raises(ReorgDetected):
        mirror.step()


def test_a_node_behind_the_mirror_is_not_taken_for_an_idle_one(lived, target):
    mirror = lived.new_mirror(target)
    mirror.catch_up()
    with target.write() as session:
        session.execute(update(MirrorCursor).values(number=MirrorCursor.number + 1))
    with pytest.raises(NodeBehind):
        mirror.step()


def test_two_mirrors_at_once_write_each_event_once(lived, target):
    mirrors = [lived.new_mirror(target) for _ in range(2)]
    mirrors[0].step(1)
    failures = []

    def run(mirror):
        try:
            while cursor_of(target).number < lived.node.block_number():
                mirror.step(2)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=run, args=(mirror,)) for mirror in mirrors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert digest_of(target) == digest_of(lived.database)
    assert count(target, ChainEvent) == count(lived.database, ChainEvent)


def test_the_slower_of_two_mirrors_changes_nothing(lived, target):
    fast = lived.new_mirror(target)
    fast.step(2)

    def overtaken(receipts):
        fast.step(3)
        return receipts

    slow = lived.new_mirror(target, Lying(lived.node, RECEIPTS, overtaken))
    start = cursor_of(target).number
    assert slow.step(1) == 0
    assert cursor_of(target).number == start + 3


def test_another_event_at_the_same_place_is_an_error(lived, target):
    mirror = lived.new_mirror(target)
    mirror.step(1)
    first = cursor_of(target)
    mirror.catch_up()
    with target.write() as session:
        session.execute(update(MirrorCursor).values(number=first.number, hash=first.hash))
    before = digest_of(target)
    with pytest.raises(EventConflict):
        mirror.step()
    assert digest_of(target) == before
    assert cursor_of(target).number == first.number


def test_a_log_that_cannot_be_decoded_stops_the_cursor_before_its_block(lived, target, monkeypatch):
    def of_an_older_version(topics, data):
        event = decode_event(topics, data)
        if event.name == "BarSet":
            raise UndecodableLog("Unknown event topic.")
        return event

    mirror = lived.new_mirror(target)
    with monkeypatch.context() as older:
        older.setattr(reader, "decode_event", of_an_older_version)
        for _ in range(2):
            with pytest.raises(MirrorHalted) as halted:
                mirror.catch_up()
    assert cursor_of(target).number == halted.value.fields["block_number"] - 1
    with target.read() as session:
        assert queries.quarantined(session) == 1
        assert queries.quarantine(session)[0].reason == "Unknown event topic."
    mirror.catch_up()
    assert digest_of(target) == digest_of(lived.database)
    with target.read() as session:
        assert queries.quarantined(session) == 0


def test_an_event_that_does_not_fit_the_projections_stops_the_cursor_as_well(lived, target, monkeypatch):
    def missing(*_):
        raise LookupError("no such lot")

    mirror = lived.new_mirror(target)
    with monkeypatch.context() as broken:
        broken.setitem(fold.receivables._HANDLERS, "LotLocked", missing)
        with pytest.raises(MirrorHalted):
            mirror.catch_up()
    with target.read() as session:
        stopped = queries.quarantine(session)[0]
    assert stopped.reason == "LotLocked: no such lot"
    assert cursor_of(target).number == stopped.block_number - 1
    mirror.catch_up()
    assert digest_of(target) == digest_of(lived.database)


@contextmanager
def halted_by(handler, node, database, monkeypatch):
    """A block with all logs, of which those that lock a lot are folded by ``handler``; within, what was put in
    quarantine and the mirror, which folds as it should again after."""
    node.grow(1, most_logs=10**6)
    mirror = Mirror(database, node, node.logs[0]["address"], 1, FixedClock())
    with monkeypatch.context() as broken:
        broken.setitem(fold.receivables._HANDLERS, "LotLocked", handler)
        with pytest.raises(MirrorHalted):
            mirror.catch_up()
    with database.read() as session:
        [stopped] = queries.quarantine(session)
    locked = [place for place, log in enumerate(node.logs) if name_of(log) == "LotLocked"]
    assert stopped.log_index == locked[0]
    yield stopped.reason
    mirror.catch_up()
    assert count(database, ChainEvent) == len(node.logs)


def test_of_a_block_written_at_once_the_right_event_is_blamed(node, database, monkeypatch):
    def twice(rows, event, at):
        for _ in range(2):
            rows.add(ChainSetting, {"name": "odd", "value": event.name, "block_number": at.block_number})
            rows.write()

    with halted_by(twice, node, database, monkeypatch) as reason:
        assert reason == "LotLocked: there is a chain_setting odd already"


def test_an_event_the_database_refuses_is_blamed_though_all_are_written_together(node, database, monkeypatch):
    def without_a_value(rows, _event, at):
        rows.put(ChainSetting, {"name": "odd", "value": None, "block_number": at.block_number})

    with halted_by(without_a_value, node, database, monkeypatch) as reason:
        assert reason.startswith("LotLocked: ")


def name_of(log):
    return decode_event(
        [bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])
    ).name


def test_projections_of_another_version_are_not_mixed_with_this_ones(lived, target):
    mirror = lived.new_mirror(target)
    mirror.step(2)
    with target.write() as session:
        session.execute(update(MirrorCursor).values(schema_version=0))
    with pytest.raises(OtherSchema):
        mirror.step()


def test_a_step_that_dies_in_the_middle_leaves_no_trace(lived, target, monkeypatch):
    mirror = lived.new_mirror(target)
    mirror.step(2)
    before, stood = digest_of(target), cursor_of(target).number

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("registry.mirror.mirror._finish_acts", die)
        with pytest.raises(Killed):
            mirror.step()
    assert (digest_of(target), cursor_of(target).number) == (before, stood)
