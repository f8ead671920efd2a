"""Events by the words' places, beside a library that decodes in general."""

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.artifact import registry_artifact
from registry.chain.layouts import Layout, Member, MisfitError

EVENTS = [entry for entry in registry_artifact().abi if entry["type"] == "event"]
VALUES = {
    "address": st.binary(min_size=20, max_size=20).map(lambda octets: "0x" + octets.hex()),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes": st.binary(max_size=100),
    **{f"uint{bits}": st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64, 256)},
}


def members(entry: dict[str, Any], *, indexed: bool) -> list[Member]:
    return [Member(each["name"], each["type"]) for each in entry["inputs"] if each["indexed"] is indexed]


def layout_of(entry: dict[str, Any]) -> Layout:
    return Layout(entry["name"], members(entry, indexed=True), members(entry, indexed=False))


@st.composite
def logs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], list[bytes], bytes]:
    """An event, its values, and how the library writes them as topics and data."""
    entry = draw(st.sampled_from(EVENTS))
    values = {each["name"]: draw(VALUES[each["type"]]) for each in entry["inputs"]}
    topics = [encode([each.kind], [values[each.name]]) for each in members(entry, indexed=True)]
    plain = members(entry, indexed=False)
    return entry, values, topics, encode([each.kind for each in plain], [values[each.name] for each in plain])


def by_library(entry: dict[str, Any], topics: list[bytes], data: bytes) -> dict[str, Any]:
    plain = members(entry, indexed=False)
    found = dict(zip((each.name for each in plain), decode([each.kind for each in plain], data), strict=True))
    for each, topic in zip(members(entry, indexed=True), topics, strict=True):
        found[each.name] = decode([each.kind], topic)[0]
    return found


@given(logs())
def test_every_event_reads_as_it_was_written(log: Any) -> None:
    entry, values, topics, data = log
    assert layout_of(entry).values(topics, data) == values == by_library(entry, topics, data)


@given(logs(), st.data())
def test_what_the_library_refuses_is_refused_and_what_is_read_is_read_alike(log: Any, draw: Any) -> None:
    entry, _, topics, data = log
    parts = [*topics, data]
    place = draw.draw(st.integers(0, len(parts) - 1))
    part = bytearray(parts[place])
    if part:
        part[draw.draw(st.integers(0, len(part) - 1))] ^= draw.draw(st.integers(1, 255))
    cut = draw.draw(st.integers(0, len(part)))
    parts[place] = bytes(part if draw.draw(st.booleans()) else part[:cut])
    *topics, data = parts
    try:
        found = layout_of(entry).values(topics, data)
    except MisfitError:
        return
    assert found == by_library(entry, topics, data)


@given(logs())
def test_nothing_may_follow_or_be_missing(log: Any) -> None:
    entry, _, topics, data = log
    layout = layout_of(entry)
    for wrong in (data + bytes(32), data[:-32] if data else b"\1", data + b"\0"):
        with pytest.raises(MisfitError):
            layout.values(topics, wrong)
    with pytest.raises(MisfitError):
        layout.values([*topics, bytes(32)], data)


def test_a_type_nobody_thought_of_is_refused_when_the_layout_is_made() -> None:
    for kinds in (["string"], ["int8"], ["bytes", "bytes"], ["uint256[]"]):
        with pytest.raises(ValueError, match=r"known|several"):
            Layout("Odd", [], [Member(str(at), kind) for at, kind in enumerate(kinds)])


def test_the_library_refuses_numbers_that_do_not_fit_as_well() -> None:
    word = (2**32).to_bytes(32)
    with pytest.raises(MisfitError):
        Layout("Odd", [Member("party", "uint32")], []).values([word], b"")
    with pytest.raises(DecodingError):
        decode(["uint32"], word)
