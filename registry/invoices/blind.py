"""Whether an invoice is known to a registry, asked so that the registry learns nothing of the invoice. No I/O.

Whoever asks blinds what its invoice is known by, has that evaluated under the registry's key (RFC 9497, with the
proof that it was this key), and holds the invoice's secrets: what the registry computed itself if it has the same
one. It then fetches the *tokens* of everything known, the same for all who ask, and looks for its own among them.
A token is a hash of such a secret under the answer's salt: without the secret it is noise, and the next answer
looks unrelated. So the registry is asked neither about an entry nor about a number, and nobody learns from the
tokens what he could not have asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Self

from registry.fingerprints.keys import ENTRY_BYTES, fingerprint_input
from registry.invoices.entries import AMOUNTS, NOT_SAID, content_inputs
from registry.invoices.identity import content_tag, legal_keys
from registry.invoices.invoice import Invoice

MAX_ELEMENTS = 64  # of one question
SALT_BYTES = 16
TOKEN_BYTES = 8  # among millions of tokens one that is met by chance is met once in 2⁴⁰ questions
TOKENS_PER_KEY = 1 + len(AMOUNTS)
# A registry of more keys gives its tokens in parts: then it learns which part was asked for, which so many share.
PART_KEYS = 60_000
_PREFIX_BITS = 32


class State(StrEnum):
    """What is known of an invoice, the less first."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    USED = "used"


class Kind(StrEnum):
    """How the content of a known invoice stands to the one asked about, as ``ContentTag.compare`` has it."""

    OTHER_CONTENT = "other_content"
    PARTIAL = "partial"
    EXACT = "exact"


def parts_for(keys: int) -> int:
    """In how many parts the tokens of so many keys are given: a power of two."""
    return 1 << max(0, -(-keys // PART_KEYS) - 1).bit_length()


def part_of(check_key: bytes, parts: int) -> int:
    """The part that holds the tokens of a key."""
    return int.from_bytes(check_key[: _PREFIX_BITS // 8]) * parts >> _PREFIX_BITS


def first_of(part: int, parts: int) -> bytes:
    """The least check key of a part, as a prefix."""
    return (part * (1 << _PREFIX_BITS) // parts).to_bytes(_PREFIX_BITS // 8)


def tokens(salt: bytes, state: State, check_key: bytes, contents: bytes) -> list[bytes]:
    """What tells a known key to whoever has its secrets: TOKENS_PER_KEY of TOKEN_BYTES each, always."""
    found = [_token(salt, check_key, state.value)]
    for place, name in enumerate(AMOUNTS):
        secret = contents[place * ENTRY_BYTES : (place + 1) * ENTRY_BYTES]
        is_said = secret != NOT_SAID
        found.append(_token(salt, secret) if is_said else _token(salt, check_key, f"no {name}"))
    return found


def _token(salt: bytes, secret: bytes, word: str = "") -> bytes:
    return sha256(salt + secret + word.encode()).digest()[:TOKEN_BYTES]


@dataclass(frozen=True)
class Tokens:
    """One part of what a registry knows under the key of ``version``."""

    version: int
    part: int
    parts: int
    salt: bytes
    found: frozenset[bytes]

    def holds(self, secret: bytes, word: str = "") -> bool:
        return _token(self.salt, secret, word) in self.found


@dataclass(frozen=True)
class Question:
    """One legal key under the key of ``version``: what to have evaluated for it, the key itself and each of
    AMOUNTS, None for what the invoice does not say."""

    version: int
    key: bytes
    amounts: tuple[bytes | None, ...]

    @property
    def messages(self) -> list[bytes]:
        return [self.key, *(one for one in self.amounts if one is not None)]


def questions(invoice: Invoice, version: int) -> list[Question]:
    """What to ask about an invoice. Raises the refusals of identity and money."""
    tag = content_tag(invoice)
    return [
        Question(
            version,
            fingerprint_input(version, legal.domain, *legal.fields),
            tuple(
                None if asked is None else fingerprint_input(version, *asked)
                for asked in content_inputs(legal, tag)
            ),
        )
        for legal in legal_keys(invoice)
    ]


@dataclass(frozen=True)
class Secrets:
    """What was evaluated for a question. ``entry`` is what stands on chain, if anything does."""

    version: int
    entry: bytes
    check_key: bytes
    contents: tuple[bytes | None, ...]

    @classmethod
    def of(cls, asked: Question, outputs: Mapping[bytes, bytes]) -> Self:
        """``outputs``: 64 bytes by message."""
        whole = outputs[asked.key]
        contents = (None if one is None else outputs[one][ENTRY_BYTES:] for one in asked.amounts)
        return cls(asked.version, whole[:ENTRY_BYTES], whole[ENTRY_BYTES:], tuple(contents))

    def state(self, known: Tokens) -> State:
        found = [one for one in (State.USED, State.REGISTERED) if known.holds(self.check_key, one.value)]
        return found[0] if found else State.UNKNOWN

    def kind(self, known: Tokens) -> Kind:
        """Of a key that is known: the amounts both state are compared, with date, class and currency."""
        is_partial, agreeing = False, 0
        for name, mine in zip(AMOUNTS, self.contents, strict=True):
            is_said = not known.holds(self.check_key, f"no {name}")
            if mine is None or not is_said:
                is_partial = is_partial or (mine is not None) != is_said
            elif known.holds(mine):
                agreeing += 1
            else:
                return Kind.OTHER_CONTENT
        if not agreeing:
            return Kind.OTHER_CONTENT
        return Kind.PARTIAL if is_partial else Kind.EXACT
