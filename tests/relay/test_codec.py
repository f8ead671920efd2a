"""An act's arguments survive the outbox: the call made from the row is the call that was meant."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.artifact import registry_artifact
from registry.chain.contract import encode_call
from registry.chain.messages import Consent, Move, Payment, Terms
from registry.chain.place import address_of
from registry.relay import codec
from registry.relay.codec import ActMalformed

FUNCTIONS = {
    entry["name"]: entry["inputs"] for entry in registry_artifact().abi if entry["type"] == "function"
}
ADDRESSES = st.integers(1, 2**160 - 1).map(address_of)
CONSENTS = st.lists(
    st.builds(Consent, ADDRESSES, st.integers(0, 2**40 - 1), st.binary(min_size=65, max_size=65)), max_size=2
)
PLAIN = {"bool": st.booleans(), "address": ADDRESSES, "bytes": st.binary(max_size=100)}


def values(member):
    kind = member["type"]
    if kind.endswith("[]"):
        return st.lists(values({**member, "type": kind[:-2]}), max_size=3)
    if kind == "tuple":
        return st.tuples(*(values(part) for part in member["components"]))
    if kind in PLAIN:
        return PLAIN[kind]
    if kind.startswith("bytes"):
        width = int(kind[5:])
        return st.binary(min_size=width, max_size=width)
    assert kind.startswith("uint")
    return st.integers(0, 2 ** int(kind[4:]) - 1)


@pytest.mark.parametrize("kind", FUNCTIONS)
@given(data=st.data())
def test_the_call_made_from_the_row_is_the_call_that_was_meant(kind, data):
    members = [member for member in FUNCTIONS[kind] if member["name"] != "consents"]
    arguments = [data.draw(values(member)) for member in members]
    consents = data.draw(CONSENTS) if codec.takes_consents(kind) else []
    row = orjson.loads(orjson.dumps(codec.arguments_to_json(kind, arguments)))
    assert codec.arguments_from_json(kind, row) == arguments
    signed = orjson.loads(orjson.dumps([consent.as_json() for consent in consents]))
    meant = [*arguments, consents] if codec.takes_consents(kind) else arguments
    assert codec.calldata(kind, row, signed) == encode_call(kind, *meant)


def test_large_integers_are_kept_exactly_where_json_readers_would_round():
    assert codec.arguments_to_json("lotOf", [2**53 + 1]) == [str(2**53 + 1)]
    assert codec.arguments_to_json("lotOf", [7]) == [7]


TERMS = Terms(1, 2, 3, 2**63, 978, 4, 5, 6, 7, bytes(32), bytes(31) + b"\1", b"\2" * 32)
BATCHES = {
    "registerMany": [[TERMS, TERMS], [b"", b"\1\2"]],
    "confirmMany": [[TERMS]],
    "transferMany": [2, [Move(2**255, 0, 9, 3, 9), Move(1, 1, 9, 4, 2**53 + 1)]],
    "settleMany": [7, [Payment(2**200, 3, 2**60, 5, 2**60, b"\3" * 32)]],
}


@pytest.mark.parametrize("kind", BATCHES)
def test_a_batch_of_objects_is_the_batch_of_their_tuples(kind):
    stored = orjson.loads(orjson.dumps(codec.arguments_to_json(kind, BATCHES[kind])))
    assert codec.calldata(kind, stored, []) == encode_call(kind, *BATCHES[kind], [])
    again = codec.arguments_from_json(kind, stored)
    assert codec.arguments_to_json(kind, again) == stored


@pytest.mark.parametrize(
    ("kind", "arguments", "consents"),
    [
        ("mint", [], None),
        ("freeze", [1], None),
        ("freeze", [2**32, True], None),
        ("transferMany", [1, [(1, 2**32, 3)]], None),
        ("confirmMany", [[(1, 2)]], None),
        ("setRoles", [1, 1, 1], [{"signer": "0x" + "11" * 20, "deadline": 1, "signature": "0x"}]),
    ],
    ids=[
        "no such function",
        "too few",
        "too large",
        "a part too large",
        "a part too short",
        "consents where none belong",
    ],
)
def test_what_does_not_fit_the_contract_is_refused(kind, arguments, consents):
    with pytest.raises(ActMalformed):
        codec.calldata(kind, codec.arguments_to_json(kind, arguments), consents)
