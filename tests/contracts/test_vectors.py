"""Ids, hashes and packed words come out the same in Solidity and in Python."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.chain import messages, words
from registry.chain.messages import (
    InvoiceEntry,
    Move,
    Payment,
    Signed,
    Terms,
    child_lot,
    keccak256,
    pack_invoices,
    unpack_invoices,
)
from registry.chain.words import Word
from tests.builders import acts
from tests.builders.ledger import SECOND, Ledger
from tests.builders.signables import SIGNABLES

CONTRACTS = Path(__file__).parents[2] / "contracts"
SOLIDITY = "\n".join(path.read_text() for path in sorted(CONTRACTS.rglob("*.sol")))
WORDS = [
    each
    for each in vars(words).values()
    if isinstance(each, type) and issubclass(each, Word) and each != Word
]
SIGNED = [
    each
    for each in vars(messages).values()
    if isinstance(each, type) and issubclass(each, Signed) and each != Signed
]
PARTS = [Terms, Move, Payment]
LAYOUTS = {
    "LimitsWord": "graded state 8 | max tenor days 16 | max hops 8 | reject window days 8 "
    "| expiry days 8 | min lot 64",
    "PartyWord": "account 160 | validUntil 40 | nonce 32 | epoch 8 | roles 8 | flags 8",
    "KeyWord": "party 32 | scopes 16 | currency 16 | validUntil 40 | cap 64 | epoch 8",
    "RecoveryWord": "account 160 | effective 40",
    "ObligationWord": "outstanding 64 | quota 64 | count 32",
    "TermsWord": "obligor 32 | originator 32 | settler 32 | face 64 | currency 16 | maturity 32",
    "DatesWord": "issuedOn 32 | deliveredOn 32 | acceptedOn 32",
    "RegisteredWord": "low 192 bits of the commitment | expires 40 | - 8 | status 8 | flags 8",
    "FactsWord": "face 64 | settled 64 | maturity 32 | obligor 32 | settler 32 | currency 16 "
    "| status 8 | flags 8",
    "LotWord": "holder 32 | peer 32 | amount 64 | receivable 64 | until 32 | seq 16 | hops 8 | status 8",
    "InvoiceUseWord": "receivable 64 | cap 64 | used 64 | uses 32 | currency 16 | place 8 | fingerprints 8",
}


def one_line(text: str) -> str:
    """Comments joined, with what stands in brackets left out."""
    joined = re.sub(r"\s*\n\s*///\s*", " ", text)
    return re.sub(r"\s*\([^)]*\)", "", joined)


@pytest.mark.parametrize("kind", WORDS)
@given(word=st.integers(0, 2**256 - 1))
@settings(derandomize=True, database=None, max_examples=60, deadline=None)
def test_words_unpack_and_pack_to_the_same_bits(kind: type[Word], word: int) -> None:
    used = word & ((1 << sum(kind.widths)) - 1)
    assert kind.unpack(used).pack() == used


@pytest.mark.parametrize("kind", WORDS)
def test_a_field_too_large_for_its_bits_is_refused(kind: type[Word]) -> None:
    for place, width in enumerate(kind.widths):
        values = [0] * len(kind.widths)
        values[place] = 1 << width
        with pytest.raises(OverflowError):
            kind(*values).pack()


@pytest.mark.parametrize("kind", WORDS)
def test_fields_stand_in_the_order_the_contracts_comments_give(kind: type[Word]) -> None:
    layout = LAYOUTS[kind.__name__]
    assert layout in one_line(SOLIDITY)
    stated = [int(width) for width in re.findall(r" (\d+)(?= bits| \||$)", layout)]
    assert stated == list(kind.widths)
    if kind.__name__ != "RegisteredWord":
        named = [re.sub(r"[^a-z]", "", name.lower()) for name in re.findall(r"([a-zA-Z ]+?) \d+", layout)]
        own = [field.name.replace("_", "") for field in fields(kind)]
        assert all(field in name for field, name in zip(own, named, strict=True)), (own, named)


@pytest.mark.parametrize("kind", [*SIGNED, *PARTS])
def test_typed_data_members_are_the_contracts(kind: type) -> None:
    deadline = "" if kind in PARTS else ",uint40 deadline"
    assert f"{kind.__name__}({kind.layout}{deadline})" in SOLIDITY


@pytest.mark.parametrize("kind", [*SIGNED, *PARTS])
def test_python_fields_are_the_typed_members_in_snake_case(kind: type) -> None:
    members = [member.split(" ")[1] for member in kind.layout.split(",")]
    snake = [re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), member) for member in members]
    assert [field.name for field in fields(kind)] == snake


def test_every_signed_message_is_accepted_on_chain_by_some_act() -> None:
    accepted = set()
    for make in SIGNABLES.values():
        ledger = Ledger()
        waiting = make(ledger)
        waiting.send(ledger, *ledger.sign(waiting.message, waiting.own_key))
        accepted.add(type(waiting.message))
    assert accepted == set(SIGNED)


def test_commitment_receivable_and_root_lot_agree() -> None:
    ledger = Ledger()
    new = acts.claim()
    lot = acts.issue(ledger, new)
    confirmed = next(event for event in ledger.events() if event.name == "ReceivableConfirmed")
    assert confirmed.values["rootLot"] == lot == int.from_bytes(new.terms.struct_hash)
    assert confirmed.values["receivable"] == new.receivable == lot >> 192


@given(parent=st.integers(0, 2**256 - 1), seq=st.integers(0, 2**16 - 1))
@settings(derandomize=True, database=None, max_examples=60, deadline=None)
def test_child_ids_agree(parent: int, seq: int) -> None:
    assert VIEWER.view("childOf", parent, seq) == child_lot(parent, seq)


VIEWER = Ledger(parties=())


def test_a_split_uses_the_seq_before_it() -> None:
    ledger = Ledger()
    lot = acts.issue(ledger)
    for seq in range(3):
        assert acts.transfer(ledger, lot, to=SECOND, amount=1_000) == child_lot(lot, seq)
        assert ledger.lot(child_lot(lot, seq)).amount == 1_000


entries = st.builds(
    InvoiceEntry,
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=4).map(
        lambda prints: tuple(sorted(prints))
    ),
)


@given(listed=st.lists(entries, max_size=5))
@settings(derandomize=True, database=None, max_examples=60, deadline=None)
def test_packed_invoices_unpack_to_the_same(listed: list[InvoiceEntry]) -> None:
    assert unpack_invoices(pack_invoices(listed)) == listed


def test_the_packed_list_hashes_to_what_the_terms_sign() -> None:
    ledger = Ledger()
    new = acts.claim(invoices=[acts.invoice(amount=600), acts.invoice(amount=400, cap=500)])
    assert new.terms.invoices_hash == keccak256(new.invoices)
    acts.register(ledger, new)
    event = next(event for event in ledger.events() if event.name == "ReceivableRegistered")
    assert event.values["invoices"] == new.invoices
    assert Terms.of_event(event.values) == new.terms


def test_the_event_of_a_registration_carries_each_member_of_its_terms() -> None:
    ledger = Ledger()
    new = acts.claim(currency=2**16 - 1, face=2**64 - 1)
    days = {"issued_on": 2**31 + 1, "delivered_on": 2**32 - 2, "accepted_on": 2**32 - 1}
    dated = replace(new, terms=replace(new.terms, **days))
    acts.register(ledger, dated)
    [event] = ledger.events()
    assert Terms.of_event(event.values) == dated.terms
