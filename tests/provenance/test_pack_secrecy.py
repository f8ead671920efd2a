"""What a supplier does not show cannot be found out from a pack by trying all values it may have."""

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from registry.fingerprints.keys import fingerprint_input
from registry.provenance.pack import Pack, write_pack
from registry.receivables.rules import leaf_hash, merkle_path
from tests.provenance.pack_story import FIELDS, KEY, LEAVES, LEGAL, Told

AMOUNTS = range(99_990_000, 100_010_000)
NUMBERS = range(12_340_000, 12_360_000)
Hash = Callable[[str, str], bytes]


def hashes_in(pack: Pack, beside: list[bytes] | None = None) -> set[bytes]:
    """Every 32 bytes that stand anywhere in what a pack holds, and those ``beside`` instead of its own paths."""
    found = set(beside or [])
    for node in pack.nodes:
        encoded = bytes.fromhex(node[2:])
        found |= {encoded[at : at + 32] for at in range(len(encoded) - 31)}
    if beside is None:
        found |= {bytes.fromhex(each.hash[2:]) for one in pack.documents for each in one.path}
    return found


def guesses(salts: list[bytes], hashed: Callable[[bytes, str, str], bytes] = leaf_hash) -> Iterator[bytes]:
    """The amount hidden behind the number and the date that are shown, guessed with every salt that is known."""
    for amount in AMOUNTS:
        for salt in salts:
            yield hashed(salt, "0.payable_minor", str(amount))


@pytest.fixture(scope="module")
def closed(told: Told) -> Pack:
    """Shows an invoice's number, not its date and amount, nor what its fingerprint is of."""
    return told.pack(shown=(0, 3), opened=False)


def test_a_hidden_field_is_not_found_by_trying_every_value(closed: Pack) -> None:
    known = [bytes.fromhex(one.salt[2:]) for one in closed.documents]
    assert not hashes_in(closed) & set(guesses([b"", *known]))


def test_control_without_salts_it_is_found_at_once(closed: Pack) -> None:
    leaves = [leaf_hash(b"", field, value) for field, value in FIELDS]
    beside = [each for place in (0, 3) for each, _ in merkle_path(leaves, place)]
    shown_alone = {leaf_hash(b"", "0.issued_on", f"2026-03-{day:02}") for day in range(1, 32)}
    assert len(hashes_in(closed, beside) & shown_alone) == 1
    assert not hashes_in(closed) & shown_alone


def test_control_with_its_salt_it_is_found(closed: Pack) -> None:
    """So the search looks in the right place, and the salt is what hides it."""
    salt, field, value = LEAVES[1]
    assert leaf_hash(salt, field, value) in hashes_in(closed)


def test_a_hidden_number_is_not_found_by_its_fingerprint(closed: Pack) -> None:
    """Whoever has the pack and the chain has the public key only."""
    assert KEY.fingerprint(*LEGAL) in hashes_in(closed)
    held = hashes_in(closed)
    for number in NUMBERS:
        message = fingerprint_input(KEY.version, LEGAL[0], LEGAL[1], str(number))
        for guess in (sha256(message), sha256(KEY.public + message)):
            assert guess.digest() not in held


def test_control_without_a_key_the_number_is_found() -> None:
    """On a chain of plain hashes the same search ends at the invoice's number."""
    on_chain = sha256(fingerprint_input(KEY.version, *LEGAL)).digest()
    found = [
        number
        for number in NUMBERS
        if sha256(fingerprint_input(KEY.version, LEGAL[0], LEGAL[1], str(number))).digest() == on_chain
    ]
    assert found == [int(LEGAL[2])]


def test_what_is_hidden_stands_nowhere_in_the_file(closed: Pack) -> None:
    text = write_pack(closed)
    for place, (_, value) in enumerate(FIELDS):
        if len(value) > 6 and value.encode() in text:
            assert place in (0, 3) or value == "100000000", (place, value)  # the face is public
    assert LEGAL[2].encode() not in text.replace(FIELDS[0][1].encode(), b"")
