"""What a dictionary of invoice numbers is worth to somebody who has the chain: `scripts/bench dictionary`.

The attacker knows the seller, the year and how numbers are formed, has every entry that stands on chain and every
token an outsider is given, and tries each number with whatever can be computed without the key. Against entries
that are plain hashes, the control, the same dictionary finds each of them.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256, sha512
from time import perf_counter

from registry.fingerprints import voprf
from registry.fingerprints.keys import ENTRY_BYTES, FingerprintKey, fingerprint_input
from registry.invoices import blind

FULL = 1_000_000
SAMPLE = 100  # of so many numbers one is also tried with group arithmetic, which is slow
SALT = bytes(range(blind.SALT_BYTES))
_ONE = (1).to_bytes(voprf.SCALAR_BYTES, "little")


@dataclass(frozen=True)
class Found:
    """How many of ``entries`` a dictionary of ``numbers`` found, with ``guesses`` values in ``seconds``."""

    numbers: int
    entries: int
    guesses: int
    keyed: int
    unkeyed: int
    seconds: float


def message(number: int) -> bytes:
    return fingerprint_input(1, "inv/1", "DE", "307141589", f"R{number:07d}", "2026", "invoice")


def attack(numbers: int, *, key: FingerprintKey, every: int = 10) -> Found:
    """Enter one of ``every`` numbers under the key, and by a plain hash as the control, and try all."""
    entered = range(0, numbers, every)
    keyed, unkeyed = set[bytes](), set[bytes]()
    for number in entered:
        output = voprf.evaluate(key.secret, message(number))
        keyed |= _shown(output)
        unkeyed |= _shown(sha512(message(number)).digest())
    wrong = FingerprintKey.create()
    began, guesses = perf_counter(), 0
    hits: dict[str, set[int]] = {"keyed": set(), "unkeyed": set()}
    for number in range(numbers):
        for guess in _guesses(message(number), number, key.public, wrong):
            guesses += 1
            if guess in keyed:
                hits["keyed"].add(number)
            if guess in unkeyed:
                hits["unkeyed"].add(number)
    seconds = perf_counter() - began
    return Found(numbers, len(entered), guesses, len(hits["keyed"]), len(hits["unkeyed"]), seconds)


def _shown(output: bytes) -> set[bytes]:
    """What everybody sees of an output: the entry on chain, and the token an outsider is given."""
    return {output[:ENTRY_BYTES], _token(output)}


def _token(output: bytes) -> bytes:
    no_contents = bytes(len(blind.AMOUNTS) * ENTRY_BYTES)
    return blind.tokens(SALT, blind.State.REGISTERED, output[ENTRY_BYTES:], no_contents)[0]


_HASHES: tuple[Callable[[bytes, bytes], bytes], ...] = (
    lambda said, _public: sha512(said).digest(),
    lambda said, _public: sha256(said).digest(),
    lambda said, public: sha512(public + said).digest(),
    lambda said, public: sha512(said + public).digest(),
)


def _guesses(said: bytes, number: int, public: bytes, wrong: FingerprintKey) -> Iterator[bytes]:
    for place, hashed in enumerate(_HASHES):
        output = hashed(said, public)
        yield output[:ENTRY_BYTES]
        if place == 0:
            yield _token(output)
    if number % SAMPLE == 0:
        for secret in (_ONE, wrong.secret):
            output = voprf.evaluate(secret, said)
            yield output[:ENTRY_BYTES]
            yield _token(output)


def main() -> None:
    numbers = int(sys.argv[1]) if len(sys.argv) > 1 else FULL
    found = attack(numbers, key=FingerprintKey.create())
    print(  # noqa: T201
        f"{found.numbers:,} numbers, {found.guesses:,} guesses in {found.seconds:.0f} s against "
        f"{found.entries:,} entries\n"
        f"under the key: {found.keyed:,} found\n"
        f"as plain hashes, the control: {found.unkeyed:,} found"
    )


if __name__ == "__main__":
    main()
