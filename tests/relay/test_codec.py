"""An act's arguments survive the outbox: the call made from the row is the call that was meant."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.artifact import registry_artifact
from registry.chain.contract import encode_call
from registry.chain.messages import Consent
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


def values(member):
    kind = member["type"]
    if kind == "tuple":
        return st.tuples(*(values(part) for part in member["components"]))
    if kind == "bool":
        return st.booleans()
    if kind == "address":
        return ADDRESSES
    if kind == "bytes":
        return st.binary(max_size=100)
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


@pytest.mark.parametrize(
    ("kind", "arguments", "consents"),
    [
        ("mint", [], None),
        ("freeze", [1], None),
        ("freeze", [2**32, True], None),
        ("setRoles", [1, 1, 1], [{"signer": "0x" + "11" * 20, "deadline": 1, "signature": "0x"}]),
    ],
    ids=["no such function", "too few", "too large", "consents where none belong"],
)
def test_what_does_not_fit_the_contract_is_refused(kind, arguments, consents):
    with pytest.raises(ActMalformed):
        codec.calldata(kind, codec.arguments_to_json(kind, arguments), consents)
