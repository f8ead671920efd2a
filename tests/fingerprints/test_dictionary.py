"""Invoice numbers are guessable; their fingerprints are not."""

from registry.fingerprints.keys import FingerprintKey
from tests.fingerprints.dictionary import attack

KEY = FingerprintKey.create(seed=b"\x09" * 32)


def test_a_dictionary_finds_nothing_on_chain_and_in_the_control_everything() -> None:
    found = attack(2_000, key=KEY)
    assert (found.numbers, found.entries) == (2_000, 200)
    assert found.keyed == 0
    assert found.unkeyed == found.entries
