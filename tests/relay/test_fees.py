"""What must be offered so that nodes take a transaction in another's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.relay.rules import Fees, free_nonces, raised

FEE = st.integers(0, 10**13)


@given(FEE, FEE, FEE, FEE, FEE)
def test_a_replacement_offers_a_tenth_more_of_both_and_never_more_than_the_bound(a, b, c, d, bound):
    before, asked = Fees(max(a, b), min(a, b)), Fees(max(c, d), min(c, d))
    after = raised(before, asked, bound)
    if after is None:
        assert before.max_fee * 11 > bound * 10 or before.max_fee >= bound
        return
    assert after.max_fee * 10 >= before.max_fee * 11
    assert after.tip * 10 >= before.tip * 11
    assert after.max_fee > before.max_fee
    assert after.tip > before.tip
    assert after.tip <= after.max_fee <= bound


@pytest.mark.parametrize(
    ("following", "taken", "last", "free"),
    [
        (5, set(), None, [5]), (5, {5, 6, 8}, None, [7]), (5, {4, 6}, None, [5]),
        (5, {7}, 7, [5, 6]), (5, {6, 7}, 7, [5]), (7, {7}, 7, []), (9, {7}, 7, []),
    ],
)  # fmt: skip
def test_a_nonce_is_given_once_and_gaps_are_found(following, taken, last, free):
    assert free_nonces(following, taken, last) == free
