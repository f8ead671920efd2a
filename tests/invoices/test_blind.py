"""What a blind check tells by: tokens, parts, and how contents compare. No server."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints import voprf
from registry.invoices import blind
from registry.invoices.blind import PART_KEYS, Kind, Secrets, State, Tokens, first_of, part_of, parts_for
from registry.invoices.entries import enter
from registry.invoices.identity import content_tag, legal_keys
from registry.invoices.invoice import Invoice
from registry.invoices.rules import Match
from tests.invoices.builders import KEY, an_invoice

SALT = b"\x05" * blind.SALT_BYTES


def known(invoice: Invoice, state: State = State.REGISTERED) -> Tokens:
    """What a registry that has this invoice gives away."""
    found = [
        token
        for one in enter(legal_keys(invoice), content_tag(invoice), [KEY])
        for token in blind.tokens(SALT, state, one.check_key, one.contents)
    ]
    return Tokens(1, 0, 1, SALT, frozenset(found))


def secrets(invoice: Invoice) -> Secrets:
    """What whoever asks about this invoice gets evaluated."""
    [question] = blind.questions(invoice, 1)
    return Secrets.of(question, {one: voprf.evaluate(KEY.secret, one) for one in question.messages})


amounts = st.one_of(st.none(), st.sampled_from([Decimal(1000), Decimal(1190), Decimal("1190.01")]))
changes = st.fixed_dictionaries(
    {"net": amounts, "gross": amounts, "payable": st.sampled_from([Decimal(1190), Decimal(1191)])}
)


@given(mine=changes, theirs=changes)
def test_contents_compare_blind_as_they_do_in_clear(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    one, other = an_invoice(**mine), an_invoice(**theirs)
    expected = {
        Match.EQUAL: Kind.EXACT,
        Match.PARTIAL: Kind.PARTIAL,
        Match.DIFFERENT: Kind.OTHER_CONTENT,
    }[content_tag(one).compare(content_tag(other))]
    assert secrets(one).kind(known(other)) is expected


@pytest.mark.parametrize("state", [State.REGISTERED, State.USED])
def test_a_state_is_told_to_whoever_has_the_invoice_and_to_nobody_else(state: State) -> None:
    assert secrets(an_invoice()).state(known(an_invoice(), state)) is state
    assert secrets(an_invoice(number="2026-18")).state(known(an_invoice(), state)) is State.UNKNOWN


def test_every_key_has_as_many_tokens_whatever_its_invoice_says() -> None:
    full, scant = an_invoice(), an_invoice(net=None, gross=None)
    assert len(known(full).found) == len(known(scant).found) == blind.TOKENS_PER_KEY


def test_tokens_under_another_salt_look_unrelated() -> None:
    [one] = enter(legal_keys(an_invoice()), content_tag(an_invoice()), [KEY])
    first = blind.tokens(SALT, State.USED, one.check_key, one.contents)
    second = blind.tokens(b"\x06" * blind.SALT_BYTES, State.USED, one.check_key, one.contents)
    assert not set(first) & set(second)


def test_an_amount_has_to_be_asked_for_invoice_by_invoice() -> None:
    """Else one evaluated amount could be tried on every number known."""
    [one] = enter(legal_keys(an_invoice()), content_tag(an_invoice()), [KEY])
    other = an_invoice(number="2026-18")
    [two] = enter(legal_keys(other), content_tag(other), [KEY])
    assert one.contents != two.contents
    assert content_tag(other) == content_tag(an_invoice())


@pytest.mark.parametrize(
    ("keys", "parts"), [(0, 1), (1, 1), (PART_KEYS, 1), (PART_KEYS + 1, 2), (10 * PART_KEYS, 16)]
)
def test_what_is_known_is_given_in_parts_that_stay_large(keys: int, parts: int) -> None:
    assert parts_for(keys) == parts


@given(check_key=st.binary(min_size=32, max_size=32), bits=st.integers(0, 12))
def test_a_key_lies_in_its_part(check_key: bytes, bits: int) -> None:
    parts = 1 << bits
    part = part_of(check_key, parts)
    assert first_of(part, parts) <= check_key
    assert part + 1 == parts or check_key < first_of(part + 1, parts)
